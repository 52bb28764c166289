//! SQL's tokens, as far as values must be told from names: comments and white space are passed over.

use super::Dialect;
use memchr::{memchr, memmem};

/// One token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// A literal or a parameter.
    Value,
    /// A keyword or name, a variable.
    Word(&'t str),
    /// A quoted name, with its quotation marks.
    Quoted(&'t str),
    /// An operator, bracket, comma …
    Operator(&'t str),
}

/// Operators of more than one character; the longer before what they begin with.
const OPERATORS: [&str; 27] = [
    "->>", "#>>", "<=>", "!~~*", "!~~", "!~*", "~~*", "::", ":=", "->", "#>", "<=", ">=", "<>", "!=", "||",
    "&&", "@>", "<@", "~*", "!~", "~~", "<<", ">>", "=>", "@@", "^@",
];

pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
    dialect: Dialect,
}

impl<'t> Lexer<'t> {
    pub fn new(text: &'t str, dialect: Dialect) -> Self {
        Self { text, at: 0, dialect }
    }

    fn bytes(&self) -> &'t [u8] {
        &self.text.as_bytes()[self.at..]
    }

    /// Passes so many bytes: what they are. They end between characters.
    fn take(&mut self, len: usize) -> &'t str {
        let text = self.text.get(self.at..self.at + len).unwrap_or_default();
        self.at += len;
        text
    }

    /// The next token. `takes_sign`: a sign before a number is part of it.
    pub fn next(&mut self, takes_sign: bool) -> Option<Token<'t>> {
        self.skip();
        let bytes = self.bytes();
        let first = *bytes.first()?;
        Some(match first {
            b'\'' => self.value(quoted(bytes, 0, self.dialect == Dialect::MySql)),
            b'"' if self.dialect == Dialect::MySql => self.value(quoted(bytes, 0, true)),
            b'"' | b'`' => Token::Quoted(self.take(quoted(bytes, 0, false))),
            b'0'..=b'9' => self.number(0),
            b'.' if is_digit(bytes, 1) => self.number(0),
            b'+' | b'-'
                if takes_sign
                    && (is_digit(bytes, 1) || bytes.get(1) == Some(&b'.') && is_digit(bytes, 2)) =>
            {
                self.number(1)
            }
            b'?' => {
                // A folded list, in what is in its normal form already.
                let is_list = matches!(bytes, [_, b'+', b')' | b']', ..]);
                self.value(1 + usize::from(is_list))
            }
            b'$' => self.dollar(),
            b':' if bytes.get(1).is_some_and(|b| b.is_ascii_alphabetic()) => {
                self.value(1 + word_len(&bytes[1..]))
            }
            b'%' if bytes.get(1) == Some(&b's') && word_len(&bytes[1..]) == 1 => self.value(2),
            b'%' if bytes.starts_with(b"%(") => match word_len(&bytes[2..]) {
                len if bytes[2 + len..].starts_with(b")s") => self.value(len + 4),
                _ => Token::Operator(self.take(1)),
            },
            b'@' if word_len(&bytes[1..]) > 0 => Token::Word(self.take(1 + word_len(&bytes[1..]))),
            b if is_word(b) => self.word(),
            _ => self.operator(),
        })
    }

    fn value(&mut self, len: usize) -> Token<'t> {
        self.at += len;
        Token::Value
    }

    /// Passes white space and comments; of `/*! … */`, which MySQL runs, only the marks.
    fn skip(&mut self) {
        loop {
            let bytes = self.bytes();
            let is_mysql = self.dialect == Dialect::MySql;
            let len = match bytes {
                [b, ..] if b.is_ascii_whitespace() || *b == 0 => 1,
                [b'-', b'-', rest @ ..] if !is_mysql || rest.first().is_none_or(|b| *b <= b' ') => {
                    line(bytes)
                }
                [b'#', ..] if is_mysql => line(bytes),
                [b'/', b'*', b'!', rest @ ..] if is_mysql => {
                    3 + rest.iter().take_while(|b| b.is_ascii_digit()).count()
                }
                [b'*', b'/', ..] if is_mysql => 2,
                [b'/', b'*', rest @ ..] => memmem::find(rest, b"*/").map_or(bytes.len(), |n| n + 4),
                _ => match self.text[self.at..].chars().next() {
                    Some(c) if c.is_whitespace() => c.len_utf8(),
                    _ => return,
                },
            };
            self.at += len;
        }
    }

    /// A number behind so many bytes of sign; digits that a name goes on from are the name's.
    fn number(&mut self, sign: usize) -> Token<'t> {
        let bytes = &self.bytes()[sign..];
        let word = word_len(bytes);
        let is_number = match &bytes[..word] {
            [b'0', b'x' | b'X', hex @ ..] => !hex.is_empty() && hex.iter().all(u8::is_ascii_hexdigit),
            [b'0', b'b' | b'B', bits @ ..] => {
                !bits.is_empty() && bits.iter().all(|b| matches!(b, b'0' | b'1'))
            }
            word => is_decimal(word),
        };
        if !is_number {
            return Token::Word(self.take(sign + word));
        }
        let mut len = word;
        if bytes.get(len) == Some(&b'.') && !bytes[..len].contains(&b'e') {
            let fraction = word_len(&bytes[len + 1..]);
            if is_decimal(&bytes[len + 1..len + 1 + fraction]) {
                len += 1 + fraction;
            }
        }
        if len == 0 {
            // `.5a` is a point and a name.
            return Token::Operator(self.take(1));
        }
        // `1e` and then a sign
        if matches!(bytes[..len].last(), Some(b'e' | b'E')) && matches!(bytes.get(len), Some(b'+' | b'-')) {
            len += 1 + bytes[len + 1..].iter().take_while(|b| b.is_ascii_digit()).count();
        }
        self.value(sign + len)
    }

    /// `$1`, `$tag$…$tag$`.
    fn dollar(&mut self) -> Token<'t> {
        let bytes = self.bytes();
        let digits = bytes[1..].iter().take_while(|b| b.is_ascii_digit()).count();
        if digits > 0 {
            return self.value(1 + digits);
        }
        let tag = bytes[1..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count() + 2;
        if self.dialect == Dialect::Ansi && bytes.get(tag - 1) == Some(&b'$') {
            let end = memmem::find(&bytes[tag..], &bytes[..tag]);
            return self.value(end.map_or(bytes.len(), |n| tag + n + tag));
        }
        Token::Operator(self.take(1))
    }

    /// A word, or a string with letters before it that say of what kind it is.
    fn word(&mut self) -> Token<'t> {
        let bytes = self.bytes();
        let len = word_len(bytes);
        if bytes.get(len) == Some(&b'\'') {
            match bytes[..len] {
                [b'e' | b'E'] => return self.value(quoted(bytes, 1, true)),
                [b'b' | b'B' | b'x' | b'X' | b'n' | b'N'] => {
                    return self.value(quoted(bytes, 1, self.dialect == Dialect::MySql));
                }
                _ => (),
            }
        }
        if len == 1 && bytes[1..].starts_with(b"&'") && matches!(bytes[0], b'u' | b'U') {
            return self.value(quoted(bytes, 2, false));
        }
        Token::Word(self.take(len))
    }

    fn operator(&mut self) -> Token<'t> {
        let rest = &self.text[self.at..];
        let known = OPERATORS.iter().find(|o| rest.starts_with(**o)).map(|o| o.len());
        let first = rest.chars().next().map_or(1, char::len_utf8);
        Token::Operator(self.take(known.unwrap_or(first)))
    }
}

fn is_digit(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_some_and(u8::is_ascii_digit)
}

/// Letters (also beyond ASCII), digits, `_`, and `$` within.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn word_len(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|b| is_word(**b)).count()
}

/// Digits, with `_` between and an exponent behind.
fn is_decimal(word: &[u8]) -> bool {
    let mut exponent = word.splitn(2, |b| matches!(b, b'e' | b'E'));
    let all_digits = |part: Option<&[u8]>| part.is_none_or(|p| p.iter().all(|b| b.is_ascii_digit()));
    all_digits(exponent.next()) && all_digits(exponent.next())
}

/// Length up to the end of the line.
fn line(bytes: &[u8]) -> usize {
    memchr(b'\n', bytes).unwrap_or(bytes.len())
}

/// Length of a string or quoted name that begins at `start` with its quotation mark, which stands twice where it is
/// meant; up to the end of the text if it is not closed.
fn quoted(bytes: &[u8], start: usize, backslash: bool) -> usize {
    let quote = bytes[start];
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if backslash => at += 2,
            b if b == quote && bytes.get(at + 1) == Some(&quote) => at += 2,
            b if b == quote => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

//! Values by the name that stands before them: `password=x`, `user[password]=x` in queries; in texts also
//! `"password": "x"`, `:password => "x"`, `password: x`, `Authorization: token x`.

use super::Spans;
use super::signs::said;
use memchr::{memchr, memchr2_iter};

/// The names whose values are hidden, ready to be looked up.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    /// Small letters, without `_` and `-`.
    names: Vec<String>,
    /// Bit `n`: a name begins with the `n`-th letter.
    first: u32,
    /// The same of last letters.
    last: u32,
    /// By the last letter: which stand before it; by that one: which stand before both.
    second: [u32; 32],
    third: [u32; 32],
}

/// Names that are also plain words: after a colon, what follows them is hidden only if it looks like a secret.
const WORDS: [&str; 4] = ["token", "secret", "sig", "signature"];
/// Names before a scheme (RFC 9110, section 11.6.2) and what it needs.
const HEADERS: [&str; 2] = ["authorization", "proxyauthorization"];

/// Words behind a name that say whether there is a secret, and are none.
const SAYS_WHETHER: [&[u8]; 6] = [b"yes", b"no", b"true", b"false", b"null", b"none"];

/// Bytes of a value that tell whether it is a secret.
const LOOKED_AT: usize = 256;

impl Names {
    pub fn new(names: &[String]) -> Self {
        let plain = |name: &String| -> String {
            name.chars().filter(|c| !matches!(c, '_' | '-')).map(|c| c.to_ascii_lowercase()).collect()
        };
        let names: Vec<String> = names.iter().map(plain).filter(|name| !name.is_empty()).collect();
        let bits =
            |of: fn(&String) -> Option<&u8>| names.iter().filter_map(of).fold(0, |set, b| set | bit(*b));
        let (first, last) = (bits(|n| n.as_bytes().first()), bits(|n| n.as_bytes().last()));
        let (mut second, mut third) = ([0; 32], [0; 32]);
        for name in &names {
            let letters = name.as_bytes();
            // A mark may stand between any two.
            let behind =
                |n: usize| letters.len().checked_sub(n).map_or(u32::MAX, |at| bit(letters[at]) | bit(b'_'));
            let last = letters[letters.len() - 1];
            second[place(last)] |= behind(2);
            third[place(b'_')] |= u32::MAX;
            match letters {
                [.., before, _] => third[place(*before)] |= behind(3),
                _ => third = [u32::MAX; 32],
            }
        }
        Self { names, first, last, second, third }
    }

    /// The known name that this is, if it is one.
    #[inline]
    pub fn get(&self, name: &[u8]) -> Option<&str> {
        let (Some(first), Some(last)) = (name.first(), name.last()) else { return None };
        if self.first & bit(*first) == 0 || self.last & bit(*last) == 0 {
            return None;
        }
        self.names.iter().map(String::as_str).find(|known| is(known, name))
    }

    /// Does the text end with a name, whatever stands before that?
    #[inline]
    pub fn may_end(&self, text: &[u8]) -> bool {
        let [.., third, second, last] = text else { return !text.is_empty() && self.ends(text) };
        self.second[place(*last)] & bit(*second) != 0
            && self.third[place(*second)] & bit(*third) != 0
            && self.ends(text)
    }

    #[inline(never)]
    fn ends(&self, text: &[u8]) -> bool {
        self.names.iter().any(|known| {
            let letters = text.iter().rev().filter(|b| !matches!(b, b'_' | b'-'));
            let mut letters = letters.map(u8::to_ascii_lowercase);
            known.bytes().rev().all(|b| letters.next() == Some(b))
        })
    }

    /// Finds the values. `spoken`: also as texts write them.
    pub fn find(&self, bytes: &[u8], spoken: bool, spans: &mut Spans) {
        if self.names.is_empty() {
            return;
        }
        let mut from = 0;
        let colon = if spoken { b':' } else { b'=' };
        for at in memchr2_iter(b'=', colon, bytes) {
            if at < from {
                continue;
            }
            let (start, end) = match self.value(bytes, from, at, spoken) {
                Some(span) => span,
                // A name never reaches back over `=` or `:`.
                None => (at, at + 1),
            };
            if end > start && start > at {
                spans.push((start, end));
            }
            from = end.max(at + 1);
        }
    }

    /// Start and end of the value behind the `=` or `:` at `at`, if its name is one of ours.
    fn value(&self, bytes: &[u8], from: usize, at: usize, spoken: bool) -> Option<(usize, usize)> {
        if !spoken {
            self.get(name_before(&bytes[from..at]))?;
            return Some(value_after(bytes, at + 1));
        }
        let before = &bytes[from..at];
        if said(before).is_some_and(|before| !self.may_end(before)) {
            return None;
        }
        let before = before.trim_ascii_end();
        let (inside, quoted) = unquoted(before);
        let name = self.get(name_before(inside))?;
        let start = skip_arrow(bytes, at + 1);
        let is_word = bytes[at] == b':' && !quoted && WORDS.contains(&name);
        if is_word && !looks_secret(&bytes[start..]) {
            return None;
        }
        let (start, end) = spoken_value(bytes, start, quoted)?;
        if HEADERS.contains(&name) {
            return Some(credentials(bytes, start, end));
        }
        Some((start, end))
    }
}

/// Bit of a letter, whatever its case; of any other byte one that no letter has.
#[inline]
fn bit(byte: u8) -> u32 {
    match byte | 0x20 {
        letter @ b'a'..=b'z' => 1 << (letter - b'a'),
        _ => 1 << 31,
    }
}

/// Number of the letter's [`bit`].
#[inline]
fn place(byte: u8) -> usize {
    bit(byte).trailing_zeros() as usize
}

/// Is the name the known one, but for case, `_` and `-`?
fn is(known: &str, name: &[u8]) -> bool {
    let letters = name.iter().filter(|b| !matches!(b, b'_' | b'-')).map(u8::to_ascii_lowercase);
    known.bytes().eq(letters)
}

/// The parameter's name at the end of `before`; of `user[password]` the last part, also with escaped brackets.
fn name_before(before: &[u8]) -> &[u8] {
    let mut name = before;
    if let Some(b']' | b'D' | b'd') = before.last() {
        for end in [b"]".as_slice(), b"%5D", b"%5d", b"[", b"%5B", b"%5b", b"]", b"%5D", b"%5d"] {
            name = name.strip_suffix(end).unwrap_or(name);
        }
    }
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let start = name.iter().rposition(|b| !is_name(b));
    match start {
        // What follows a percent sign is a byte in hexadecimal, not part of the name.
        Some(at) if name[at] == b'%' => name.get(at + 3..).unwrap_or_default(),
        Some(at) => &name[at + 1..],
        None => name,
    }
}

/// What stands before a closing quote, its backslashes taken off, and whether there was one.
fn unquoted(before: &[u8]) -> (&[u8], bool) {
    match before {
        [inside @ .., b'"' | b'\''] => {
            let end = inside.iter().rposition(|b| *b != b'\\').map_or(0, |n| n + 1);
            (&inside[..end], true)
        }
        _ => (before, false),
    }
}

/// Passes `>` of Ruby's `=>`, and spaces.
fn skip_arrow(bytes: &[u8], at: usize) -> usize {
    let at = at + usize::from(bytes.get(at) == Some(&b'>'));
    bytes[at..].iter().position(|b| *b != b' ').map_or(bytes.len(), |n| at + n)
}

/// Start and end of the value that begins at `start`: to its closing quote, else to what ends a parameter or word.
fn value_after(bytes: &[u8], start: usize) -> (usize, usize) {
    match bytes.get(start) {
        Some(quote @ (b'"' | b'\'')) => {
            let inside = start + 1;
            (inside, memchr(*quote, &bytes[inside..]).map_or(bytes.len(), |n| inside + n))
        }
        _ => {
            let ends =
                |b: &u8| b.is_ascii_whitespace() || matches!(b, b'&' | b';' | b',' | b'#' | b'"' | b'\'');
            (start, bytes[start..].iter().position(ends).map_or(bytes.len(), |n| start + n))
        }
    }
}

/// As [`value_after`], where the quotes may be escaped and the value may be one of JSON; `None` if it is no text and
/// no number. `in_json`: its name stood in quotes.
fn spoken_value(bytes: &[u8], start: usize, in_json: bool) -> Option<(usize, usize)> {
    let backslashes = bytes[start..].iter().take_while(|b| **b == b'\\').count();
    let quote = bytes.get(start + backslashes).copied().unwrap_or_default();
    if matches!(quote, b'"' | b'\'') {
        let inside = start + backslashes + 1;
        return Some((inside, closing(bytes, inside, quote, backslashes)));
    }
    let (start, mut end) = value_after(bytes, start);
    if !in_json {
        // The bracket of `(using password: YES)` is the sentence's, and what it says opens nothing.
        let value = &bytes[start..end];
        let inside = value.strip_suffix(b")").filter(|inside| !inside.contains(&b'('));
        end -= usize::from(inside.is_some());
        let said = inside.unwrap_or(value);
        return (!SAYS_WHETHER.iter().any(|word| said.eq_ignore_ascii_case(word))).then_some((start, end));
    }
    let value = &bytes[start..end];
    if quote == b'[' {
        return Some((start + 1, memchr(b']', &bytes[start..]).map_or(bytes.len(), |n| start + n)));
    }
    end = value.iter().position(|b| matches!(b, b'}' | b']')).map_or(end, |n| start + n);
    let value = &bytes[start..end];
    (quote != b'{' && ![b"null".as_slice(), b"true", b"false"].contains(&value)).then_some((start, end))
}

/// Place of the backslashes and quote that close a string opened with as many.
fn closing(bytes: &[u8], inside: usize, quote: u8, backslashes: usize) -> usize {
    let mut run = 0;
    for (at, byte) in bytes.iter().enumerate().skip(inside) {
        match *byte {
            b'\\' => run += 1,
            // Fewer: the string around this one ends; the same: this one does. At an even number more, its own
            // backslashes stand before the quote.
            byte if byte == quote && (run <= backslashes || backslashes == 0 && run % 2 == 0) => {
                return at - run.min(backslashes);
            }
            _ => run = 0,
        }
    }
    bytes.len()
}

/// A header's credentials: without the scheme before them.
fn credentials(bytes: &[u8], start: usize, end: usize) -> (usize, usize) {
    let in_line =
        |from: usize| bytes[from..].iter().position(|b| matches!(b, b'\n' | b'\r' | b'"' | b'\'' | b','));
    let value = &bytes[start..end];
    let scheme_end = value.iter().position(|b| *b == b' ').unwrap_or(value.len());
    let is_scheme = value[..scheme_end].iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-');
    if is_scheme && bytes.get(start + scheme_end) == Some(&b' ') {
        let from = start + scheme_end + 1;
        return (from, in_line(from).map_or(bytes.len(), |n| from + n).max(from));
    }
    (start, end)
}

/// Words and prose do not: a secret is one word, long enough, with a digit in it.
fn looks_secret(rest: &[u8]) -> bool {
    let rest = &rest[..rest.len().min(LOOKED_AT)];
    let (start, end) = value_after(rest, 0);
    end - start >= 8 && rest[start..end].iter().any(u8::is_ascii_digit)
}

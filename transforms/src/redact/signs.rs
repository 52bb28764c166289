//! What one look at a line says of all fields that are parts of it: where a token may stand, and whether there is any
//! name, URL or statement with a password. Most fields lie in the line as it was sent, so they need no search of their
//! own; texts that a format made are searched as before.

use super::{Redactor, cards, escaped, sql, urls};
use catchwater_schemas::config::RedactRule;
use memchr::memchr3_iter;
use std::ops::Range;

/// Places of a kind that are kept; a line with more is looked through as a whole.
const MOST_PLACES: usize = 4;

/// Where signs of one kind stand, from the line's start.
#[derive(Clone, Copy, Debug, Default)]
struct Places {
    places: [(usize, usize); MOST_PLACES],
    len: usize,
    /// There are more.
    everywhere: bool,
}

impl Places {
    fn push(&mut self, from: usize, to: usize) {
        match self.places.get_mut(self.len) {
            Some(place) => {
                *place = (from, to);
                self.len += 1;
            }
            None => self.everywhere = true,
        }
    }

    fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Does one touch this part? Signs may overlap, and only one of two is kept: what touches one may hold the other.
    fn touch(&self, from: usize, to: usize) -> bool {
        self.everywhere || self.places[..self.len].iter().any(|(at, end)| *at < to && *end > from)
    }
}

/// The signs of secrets in one line.
#[derive(Clone, Debug, Default)]
pub struct Signs {
    /// Where the line lies in memory.
    line: Range<usize>,
    /// Escapes, or parts of other lines, may hide the sign of anything.
    anything: bool,
    /// What tokens begin with.
    tokens: Places,
    /// There may be a card's number.
    cards: bool,
    /// Marks behind names of secrets.
    names: Places,
    /// There may be a password in a URL or in a statement, or a secret behind escapes.
    passwords: bool,
}

/// What a text may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Here {
    /// A key or a token.
    pub tokens: bool,
    /// A card's number.
    pub cards: bool,
    /// A secret behind a name, in a URL or in a statement.
    pub named: bool,
}

impl Here {
    /// Is there nothing to look for?
    pub fn is_clean(self) -> bool {
        !(self.tokens || self.cards || self.named)
    }
}

impl Signs {
    /// Anything may stand anywhere.
    pub fn of_anything() -> Self {
        Self { anything: true, ..Self::default() }
    }

    /// May any part of the line hold what begins like a token or a card's number?
    pub fn marked(&self) -> bool {
        self.anything || !self.tokens.is_empty() || self.cards
    }

    /// What may stand in a text that is no part of the line.
    pub(super) fn elsewhere(&self) -> Here {
        Here {
            tokens: self.anything || !self.tokens.is_empty(),
            cards: self.anything || self.cards,
            named: true,
        }
    }

    /// What may stand in this text: in a part of the line only what the line has there.
    pub(super) fn of(&self, text: &str) -> Here {
        let start = text.as_ptr() as usize;
        let (from, to) = (start.wrapping_sub(self.line.start), start + text.len());
        if start < self.line.start || to > self.line.end {
            return self.elsewhere();
        }
        let to = from + text.len();
        Here {
            tokens: self.anything || self.tokens.touch(from, to),
            cards: self.anything || self.cards,
            named: self.anything || self.passwords || self.names.touch(from, to),
        }
    }
}

impl Redactor {
    /// Looks for signs of secrets in a line.
    pub fn look(&self, line: &str) -> Signs {
        let bytes = line.as_bytes();
        let start = line.as_ptr() as usize;
        let mut signs = Signs { line: start..start + line.len(), ..Signs::default() };
        for (at, end, is_escape) in self.marks.find_in(line) {
            if is_escape {
                // The sign of a name, or of another token, may be escaped.
                signs.anything = true;
                return signs;
            }
            signs.tokens.push(at, end);
        }
        signs.cards = self.rules.has(RedactRule::Cards) && cards::may_be_in(bytes);
        let mut url = false;
        for at in memchr3_iter(b'=', b':', b'@', bytes) {
            if bytes[at] == b'@' {
                url = true;
            } else if said(&bytes[..at]).is_none_or(|before| self.names.may_end(before)) {
                signs.names.push(at, at + 1);
            }
        }
        signs.passwords = url && self.rules.has(RedactRule::UrlPasswords) && urls::are_in(bytes)
            || self.rules.has(RedactRule::SqlPasswords) && sql::may_be_in(bytes)
            || escaped::may_be_in(bytes);
        signs
    }
}

/// Bytes that may stand between a name and its mark; behind more it is not known what was said.
const MOST_BETWEEN: usize = 32;

/// A text without the spaces, quotes and brackets at its end, also as JSON escapes them; `None` if there are too many of
/// them to look behind.
pub(super) fn said(before: &[u8]) -> Option<&[u8]> {
    let mut text = before;
    loop {
        text = match text {
            [rest @ .., b'\\', b't' | b'n' | b'r' | b'f'] => rest,
            [rest @ .., b'"' | b'\'' | b'\\' | b'[' | b']' | b'(' | b'='] => rest,
            [rest @ .., b] if b.is_ascii_whitespace() => rest,
            [rest @ .., b'%', b'5', b'B' | b'b' | b'D' | b'd'] => rest,
            _ => return Some(text),
        };
        if before.len() - text.len() > MOST_BETWEEN {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use catchwater_schemas::config::Redact;
    use catchwater_schemas::field::Field;
    use catchwater_schemas::fields::{Fields, Value};
    use proptest::prelude::*;

    fn redactor() -> Redactor {
        Redactor::new(&Redact::default()).unwrap()
    }

    #[test]
    fn only_fields_with_a_sign_are_suspects() {
        let redactor = redactor();
        let line = "GET /a?b=c by AKIAIOSFODNN7EXAMPLE at 10:22";
        let signs = redactor.look(line);
        assert_eq!(signs.of(&line[4..10]), Here { tokens: false, cards: false, named: false });
        assert_eq!(signs.of(&line[14..]), Here { tokens: true, cards: false, named: false });
        assert_eq!(signs.of(&line[16..]), Here { tokens: true, cards: false, named: false });
        assert_eq!(signs.of(&String::from("elsewhere")), Here { tokens: true, cards: false, named: true });
        let named = |line: &str| redactor.look(line).of(line).named;
        for line in
            ["x?Pass-Word = 1", r#"{\"token\" : 1}"#, "ftp://bob:x@host/", "ALTER ROLE bob PASSWORD 'x'"]
        {
            assert!(named(line), "{line}");
        }
        for line in ["10:22:33 http://a/?page=2&q=token", "to bob@example.org", "it's"] {
            assert!(!named(line), "{line}");
        }
    }

    /// What lines are put together of: signs, their parts, and what may stand between.
    const PIECES: &str = "(password|passwd|pass_word|api[-_]?key|token|user\\[pwd\\]|AKIA|ASIAKIA|IOSFODNN7EXAMPLE|AKIAIOSFODNN7EXAMPLE|\
        eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln|Bearer |Basic |YWxhZGRpbjpvcGVuc2VzYW1l|4111 1111 1111 1111|4111111111111111|\
        http://bob:pw@host/|postgres://u:p@h|%22|%3A|%3D|IDENTIFIED BY 'x'|PASSWORD 'y'|\\\\u0061|\\\\n|\\\\t|\\\\\"|\"|'|=| |: |:|@|%5D|%20|&|\\?|[a-z]{1,6}|[0-9]{1,4}|\\PC)";

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn a_part_of_the_line_is_hidden_as_a_text_of_its_own_is(
            pieces in proptest::collection::vec(PIECES, 1..14),
            from in any::<proptest::sample::Index>(),
            to in any::<proptest::sample::Index>(),
            escaped in any::<bool>(),
        ) {
            let redactor = redactor();
            let line = pieces.concat();
            let signs = redactor.look(&line);
            let (a, b) = (from.index(line.len() + 1), to.index(line.len() + 1));
            let (a, b) = (line.floor_char_boundary(a.min(b)), line.floor_char_boundary(a.max(b)));
            let part = &line[a..b];
            let elsewhere = part.to_string();
            for field in [Field::Message, Field::UrlQuery, Field::HttpRequestId] {
                let hidden = |text: &str| {
                    let mut fields = Fields::new();
                    if escaped {
                        fields.set(field, Value::Escaped(text));
                    } else {
                        fields.set(field, text);
                    }
                    redactor.complete(&mut fields, &signs);
                    fields.text(field).map(|text| text.into_owned())
                };
                prop_assert_eq!(hidden(part), hidden(&elsewhere), "{} in {}", part, line);
            }
        }
    }
}

//! `key=value` as lograge writes it: no value but that of `error` is quoted, so that a value ends where the next key
//! begins. Hashes and arrays that Ruby prints are passed as wholes.

use crate::scan::ruby_hash;

/// Walks the pairs of a line.
pub(super) struct Pairs<'a> {
    rest: &'a str,
    /// Something that was opened has no end: nothing of its kind is looked for again, so that time is linear.
    unbalanced: bool,
    unquoted: bool,
}

impl<'a> Pairs<'a> {
    pub fn of(text: &'a str) -> Self {
        Self { rest: text, unbalanced: false, unquoted: false }
    }

    fn value(&mut self, text: &'a str) -> (&'a str, &'a str) {
        match text.as_bytes().first() {
            Some(mark @ (b'\'' | b'"')) if !self.unquoted => match quoted(text, char::from(*mark)) {
                Some(found) => return found,
                None => self.unquoted = true,
            },
            Some(b'{' | b'[') if !self.unbalanced => match ruby_hash::cut(text) {
                Some((value, rest)) if rest.is_empty() || is_next(rest) => return (value, rest),
                Some(_) => {}
                None => self.unbalanced = true,
            },
            _ => {}
        }
        let mut from = 0;
        while let Some(at) = memchr::memchr(b' ', &text.as_bytes()[from..]).map(|at| from + at) {
            if is_next(&text[at..]) {
                return text.split_at(at);
            }
            from = at + 1;
        }
        (text, "")
    }
}

impl<'a> Iterator for Pairs<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<(&'a str, &'a str)> {
        let text = self.rest.trim_start_matches(' ');
        let key = key(text)?;
        let (value, rest) = self.value(&text[key.len() + 1..]);
        self.rest = rest;
        Some((key, value.trim_end()))
    }
}

/// The key at the front, if a sign follows it.
fn key(text: &str) -> Option<&str> {
    const MOST: usize = 64;
    let of_key = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-' | b'#' | b'@');
    let end = text.bytes().take(MOST + 1).take_while(|b| of_key(b)).count();
    let valid = end > 0 && end <= MOST && text.as_bytes().get(end) == Some(&b'=');
    // `=>` stands in a hash of Ruby, `==` in code.
    let is_sign = !matches!(text.as_bytes().get(end + 1), Some(b'>' | b'='));
    (valid && is_sign && !text.starts_with(|c: char| c.is_ascii_digit())).then(|| &text[..end])
}

/// Does a pair begin here, behind a space?
fn is_next(text: &str) -> bool {
    text.strip_prefix(' ').is_some_and(|text| key(text.trim_start_matches(' ')).is_some())
}

/// A value in quotation marks. One inside is not escaped, so that the mark that ends it is the one before the next key
/// or the end.
fn quoted(text: &str, mark: char) -> Option<(&str, &str)> {
    let inside = &text[1..];
    inside.match_indices(mark).find_map(|(at, _)| {
        let rest = &inside[at + 1..];
        (rest.is_empty() || is_next(rest)).then(|| (&inside[..at], rest))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_end_where_the_next_key_begins() {
        let line = r#"method=GET path=/a time=2015-01-01 00:00:00 +0000 error='It's: b=c' params={"q"=>"x y=z"} agent=a (b; c) d e="f g" f="#;
        let expected = [
            ("method", "GET"),
            ("path", "/a"),
            ("time", "2015-01-01 00:00:00 +0000"),
            ("error", "It's: b=c"),
            ("params", r#"{"q"=>"x y=z"}"#),
            ("agent", "a (b; c) d"),
            ("e", "f g"),
            ("f", ""),
        ];
        assert_eq!(Pairs::of(line).collect::<Vec<_>>(), expected);
        assert_eq!(Pairs::of("a={ b={} c='").collect::<Vec<_>>(), [("a", "{"), ("b", "{}"), ("c", "'")]);
        assert_eq!(Pairs::of("words alone").next(), None);
    }

    proptest! {
        #[test]
        fn never_panics_and_ends(text in "(a=|b=| |'|\"|\\{|\\[|\\}|é|=>|x){0,40}") {
            prop_assert!(Pairs::of(&text).count() <= text.len());
        }
    }
}

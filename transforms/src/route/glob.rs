//! The patterns of routes.

/// Text in which each `*` stands for any text, also none.
#[derive(Clone, Debug)]
pub(crate) struct Glob {
    parts: Vec<String>,
}

/// What a text must surely have to match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Anchor<'g> {
    /// It is this.
    Whole(&'g str),
    /// It begins so.
    Start(&'g str),
    /// It ends so.
    End(&'g str),
}

impl Glob {
    pub(crate) fn new(text: &str) -> Self {
        Self { parts: text.split('*').map(String::from).collect() }
    }

    /// Each part is taken at its first place: enough, for the last is held to the end.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let [first, middle @ .., last] = self.parts.as_slice() else {
            return self.parts.first().is_some_and(|only| only == text);
        };
        let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
        for part in middle {
            match rest.find(part.as_str()) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.ends_with(last.as_str())
    }

    /// What tells texts that cannot match apart most surely; `None` where there is nothing at either end.
    pub(super) fn anchor(&self) -> Option<Anchor<'_>> {
        match self.parts.as_slice() {
            [whole] => Some(Anchor::Whole(whole)),
            [first, .., last] if first.len() >= last.len() && !first.is_empty() => Some(Anchor::Start(first)),
            [.., last] if !last.is_empty() => Some(Anchor::End(last)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        let cases = [
            ("a", "a", true),
            ("a", "ab", false),
            ("*", "", true),
            ("a*", "abc", true),
            ("*c", "abc", true),
            ("a*c", "ac", true),
            ("a*b*c", "aXbYbZc", true),
            ("ab*ba", "aba", false),
            ("a**b", "ab", true),
            ("/aws/*/prod", "/aws/lambda/x/prod", true),
            ("*ä*", "xäx", true),
        ];
        for (glob, text, expected) in cases {
            assert_eq!(Glob::new(glob).matches(text), expected, "{glob} {text}");
        }
    }

    #[test]
    fn anchors() {
        for (glob, anchor) in [
            ("a", Some(Anchor::Whole("a"))),
            ("", Some(Anchor::Whole(""))),
            ("/a*b", Some(Anchor::Start("/a"))),
            ("a*/b", Some(Anchor::End("/b"))),
            ("*b", Some(Anchor::End("b"))),
            ("*b*", None),
            ("*", None),
        ] {
            assert_eq!(Glob::new(glob).anchor(), anchor, "{glob}");
        }
    }
}

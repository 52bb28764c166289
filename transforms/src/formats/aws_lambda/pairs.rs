//! `Name: value` after `Name: value`, with tabs or mere spaces between them, as the platform's lines are written.

/// Longest list in brackets that is one value, in bytes: names of a few events.
const MOST_LIST: usize = 256;

/// The pairs of a text. A name may have spaces in it, a value is one word, with its unit if one follows, or a list in
/// brackets.
#[derive(Clone, Debug)]
pub(super) struct Pairs<'a> {
    rest: &'a str,
}

/// A name and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pair<'a> {
    /// Without the colon.
    pub name: &'a str,
    /// Without its unit.
    pub value: &'a str,
    /// `ms` or `MB`, empty for none.
    pub unit: &'a str,
}

impl<'a> Pairs<'a> {
    pub fn of(text: &'a str) -> Self {
        Self { rest: text.trim_start() }
    }

    /// Cuts the next word off.
    fn word(&mut self) -> &'a str {
        let end = self.rest.find(char::is_whitespace).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start();
        word
    }

    fn value(&mut self) -> &'a str {
        if self.rest.starts_with('[')
            && let Some(end) = self.rest.bytes().take(MOST_LIST).position(|byte| byte == b']')
        {
            let (list, rest) = self.rest.split_at(end + 1);
            self.rest = rest.trim_start();
            return list;
        }
        self.word()
    }
}

impl<'a> Iterator for Pairs<'a> {
    type Item = Pair<'a>;

    fn next(&mut self) -> Option<Pair<'a>> {
        let from = self.rest;
        let name = loop {
            let before = self.rest;
            let word = self.word();
            if word.is_empty() {
                return None;
            }
            if let Some(last) = word.strip_suffix(':') {
                break &from[..from.len() - before.len() + last.len()];
            }
        };
        let value = self.value();
        let mut ahead = self.clone();
        let unit = match ahead.word() {
            unit @ ("ms" | "MB") => {
                *self = ahead;
                unit
            }
            _ => "",
        };
        Some(Pair { name, value, unit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_tabs_spaces_units_and_lists() {
        let text = "RequestId: 1\tDuration: 0.81 ms  Max Memory Used: 90 MB Types: [platform, function]\t\nXRAY TraceId: x";
        let pairs: Vec<_> = Pairs::of(text).map(|p| (p.name, p.value, p.unit)).collect();
        let expected = [
            ("RequestId", "1", ""),
            ("Duration", "0.81", "ms"),
            ("Max Memory Used", "90", "MB"),
            ("Types", "[platform, function]", ""),
            ("XRAY TraceId", "x", ""),
        ];
        assert_eq!(pairs, expected);
        assert_eq!(Pairs::of("no pair").next(), None);
        assert_eq!(Pairs::of("cut:").next(), Some(Pair { name: "cut", value: "", unit: "" }));
    }

    proptest! {
        #[test]
        fn never_panics_and_ends(text in "[a: \\[\\]\tmsMB\u{a0}é]{0,60}") {
            prop_assert!(Pairs::of(&text).count() <= text.len());
        }
    }
}

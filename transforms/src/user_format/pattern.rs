//! The expression of a format: a regular expression, or grok on the same engine.

use crate::formats::RecordState;
use grok::Grok;
use regex::RegexBuilder;
use regex_automata::Input;
use regex_automata::meta::{Config, Regex};
use regex_automata::util::primitives::NonMaxUsize;
use std::collections::BTreeMap;

/// Patterns that grok knows, a line each.
const PATTERNS: &str = include_str!("../../data/grok.patterns");

/// Most bytes of a compiled expression: enough for long patterns, and a bound on their memory.
const MOST_BYTES: usize = 16 << 20;

/// Most bytes of the automaton that finds a match's groups in one pass. It can be made of an expression in which each next
/// character leaves one way to go on (`\[[^\]]*\]`, not `".*"`), and takes a third of the time of the other engines. Crate
/// `regex` stops at 1 MiB, which classes of all of Unicode (`\w`, `\d`) soon exceed.
const MOST_ONE_PASS_BYTES: usize = 8 << 20;

/// A compiled expression and its named groups.
#[derive(Debug)]
pub struct Pattern {
    engine: Engine,
    groups: Vec<String>,
    hints: Vec<Option<String>>,
}

#[derive(Debug)]
enum Engine {
    /// With the number of each named group.
    Regex(Regex, Vec<usize>),
    /// Groups in the order of their names.
    Grok(Box<grok::Pattern>),
}

/// Room for start and end of groups, kept from line to line.
#[derive(Default)]
struct Places(Vec<Option<NonMaxUsize>>);

impl Pattern {
    /// Compiles a regular expression; the error says what is wrong with it and where.
    pub fn regex(text: &str) -> Result<Self, String> {
        // Its errors say where in the expression something is wrong.
        let checked_by =
            RegexBuilder::new(text).size_limit(MOST_BYTES).build().map_err(|e| told(&e.to_string()))?;
        let named =
            checked_by.capture_names().enumerate().filter_map(|(n, name)| Some((n, name?.to_string())));
        let (numbers, groups): (Vec<usize>, Vec<String>) = named.unzip();
        let config =
            Config::new().nfa_size_limit(Some(MOST_BYTES)).onepass_size_limit(Some(MOST_ONE_PASS_BYTES));
        let regex = Regex::builder().configure(config).build(text).map_err(|e| told(&e.to_string()))?;
        let hints = vec![None; groups.len()];
        checked(Self { engine: Engine::Regex(regex, numbers), groups, hints })
    }

    /// Compiles a grok pattern; `own` come before those that are built in.
    pub fn grok(text: &str, own: &BTreeMap<String, String>) -> Result<Self, String> {
        let mut grok = Grok::empty();
        let built_in = PATTERNS.lines().filter(|line| !line.starts_with('#'));
        for (name, pattern) in built_in.filter_map(|line| line.split_once(' ')) {
            grok.add_pattern(name, pattern);
        }
        for (name, pattern) in own {
            grok.add_pattern(name.as_str(), pattern.as_str());
        }
        let pattern = grok.compile(text, true).map_err(|e| told(&e.to_string()))?;
        let groups: Vec<String> = pattern.capture_names().map(String::from).collect();
        let hints = groups.iter().map(|group| pattern.get_extract(group).map(String::from)).collect();
        checked(Self { engine: Engine::Grok(Box::new(pattern)), groups, hints })
    }

    /// Names of the groups.
    pub fn groups(&self) -> &[String] {
        &self.groups
    }

    /// What grok says of each group's type: `int`, `float`.
    pub fn hints(&self) -> &[Option<String>] {
        &self.hints
    }

    /// Calls `take` with the place of each group that took part and its text; `false` if the line does not match.
    pub fn each<'a>(
        &self,
        state: &mut RecordState,
        line: &'a str,
        mut take: impl FnMut(usize, &'a str),
    ) -> bool {
        match &self.engine {
            Engine::Regex(regex, numbers) => {
                let places = &mut state.of::<Places>("user_format").0;
                // Another format's expression may have left its own.
                places.clear();
                places.resize(2 * (numbers.last().copied().unwrap_or_default() + 1), None);
                if regex.search_slots(&Input::new(line), places).is_none() {
                    return false;
                }
                for (group, number) in numbers.iter().enumerate() {
                    if let (Some(from), Some(to)) = (places[2 * number], places[2 * number + 1]) {
                        take(group, &line[from.get()..to.get()]);
                    }
                }
                true
            }
            Engine::Grok(pattern) => {
                let Some(matches) = pattern.match_against(line) else { return false };
                let mut group = 0;
                for (name, value) in matches.iter() {
                    // Both are in the order of their names; groups without a part are left out here.
                    while self.groups.get(group).is_some_and(|known| known != name) {
                        group += 1;
                    }
                    // The match borrows from itself: its place in the line is what lives on.
                    let from = value.as_ptr() as usize - line.as_ptr() as usize;
                    take(group, &line[from..from + value.len()]);
                }
                true
            }
        }
    }
}

fn checked(pattern: Pattern) -> Result<Pattern, String> {
    match pattern.groups.is_empty() {
        true => Err("the pattern has no named group, so that nothing would be read".into()),
        false => Ok(pattern),
    }
}

/// The engine's words, without the whole expanded expression that they may end with.
fn told(error: &str) -> String {
    let mut text = error.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    if let Some((at, _)) = text.char_indices().nth(300) {
        text.truncate(at);
        text.push('…');
    }
    if error.contains("look-around") || error.contains("look-ahead") {
        text.push_str(" (the engine is linear in time and has no look-around)");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read<'a>(pattern: &'a Pattern, line: &'a str) -> Option<Vec<(&'a str, &'a str)>> {
        let mut found = Vec::new();
        let groups = pattern.groups();
        pattern
            .each(&mut RecordState::default(), line, |n, text| found.push((groups[n].as_str(), text)))
            .then_some(found)
    }

    #[test]
    fn groups_of_both_kinds() {
        let regex = Pattern::regex(r"^(?<ip>\S+) (?:(?<user>\w+) )?(\d+)$").unwrap();
        assert_eq!(read(&regex, "1.2.3.4 7"), Some(vec![("ip", "1.2.3.4")]));
        assert_eq!(read(&regex, "1.2.3.4 bob 7"), Some(vec![("ip", "1.2.3.4"), ("user", "bob")]));
        assert_eq!(read(&regex, "1.2.3.4"), None);
        let own = BTreeMap::from([("COLOUR".to_string(), "red|green".to_string())]);
        let grok =
            Pattern::grok("%{IP:source.ip} (?:%{COLOUR:colour} )?%{NUMBER:took:float}ms", &own).unwrap();
        assert_eq!(grok.hints(), [None, None, Some("float".to_string())]);
        assert_eq!(
            read(&grok, "::1 red 1.5ms"),
            Some(vec![("colour", "red"), ("source.ip", "::1"), ("took", "1.5")])
        );
        assert_eq!(read(&grok, "::1 1.5ms"), Some(vec![("source.ip", "::1"), ("took", "1.5")]));
    }

    #[test]
    fn every_built_in_pattern_compiles_and_is_documented_as_linear() {
        for line in PATTERNS.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let (name, _) = line.split_once(' ').unwrap();
            let pattern = Pattern::grok(&format!("%{{{name}:value}}"), &BTreeMap::new());
            assert!(pattern.is_ok(), "{name}: {pattern:?}");
        }
    }

    #[test]
    fn built_in_patterns_take_what_they_are_named_for() {
        for (name, text) in [
            ("IP", "192.0.2.1"),
            ("IP", "2001:db8::1"),
            ("IP", "::ffff:192.0.2.1"),
            ("HOSTNAME", "a-b.example.org"),
            ("TIMESTAMP_ISO8601", "2024-01-02T03:04:05.678+01:00"),
            ("HTTPDATE", "10/Oct/2000:13:55:36 -0700"),
            ("SYSLOGTIMESTAMP", "Oct  1 22:14:15"),
            ("LOGLEVEL", "WARN"),
            ("QS", r#""a \"b\"""#),
            ("NUMBER", "-1.5"),
            ("URI", "https://u@example.org:80/a?b=c"),
            ("DRUID", "bb123cd4567"),
            ("UUID", "550e8400-e29b-41d4-a716-446655440000"),
        ] {
            let pattern = Pattern::grok(&format!("^%{{{name}:value}}$"), &BTreeMap::new()).unwrap();
            assert_eq!(read(&pattern, text), Some(vec![("value", text)]), "{name}");
        }
        let combined = Pattern::grok("^%{COMBINEDAPACHELOG}$", &BTreeMap::new()).unwrap();
        let line = r#"192.0.2.1 - bob [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.0" 200 2326 "-" "agent""#;
        assert_eq!(read(&combined, line).map(|found| found.len()), Some(10));
    }

    #[test]
    fn errors_say_what_is_wrong() {
        assert!(Pattern::regex("(?<a>x").unwrap_err().contains("unclosed group"));
        assert!(Pattern::regex("(?=x)(?<a>y)").unwrap_err().contains("look-around"));
        assert!(Pattern::regex("x").unwrap_err().contains("no named group"));
        assert!(Pattern::grok("%{NOSUCH:a}", &BTreeMap::new()).unwrap_err().contains("NOSUCH"));
    }
    proptest! {
        /// Whichever engine finds them: one pass, or not because of `.*"`; a state left by another expression is no matter.
        #[test]
        fn groups_are_those_of_crate_regex(lines in proptest::collection::vec("[ab1é\" ]{0,12}", 1..6)) {
            let mut state = RecordState::default();
            for text in [r#"^(?<w>\w+) "(?<q>[^"]*)"(?: (?<d>\d+))?$"#, r#"(?<a>\S*) "(?<b>.*)"(?<c> \d)?"#, "(?<e>b*)(?<f>a)?"] {
                let (pattern, regex) = (Pattern::regex(text).unwrap(), regex::Regex::new(text).unwrap());
                for line in &lines {
                    let mut found = Vec::new();
                    let taken = pattern.each(&mut state, line, |n, value| found.push((pattern.groups()[n].clone(), value)));
                    let captures = regex.captures(line);
                    prop_assert_eq!(taken, captures.is_some());
                    let names = regex.capture_names().flatten();
                    let of_regex = |name: &str| Some((name.to_string(), captures.as_ref()?.name(name)?.as_str()));
                    let expected: Vec<(String, &str)> = names.filter_map(of_regex).collect();
                    prop_assert_eq!(found, expected, "{} on {}", text, line);
                }
            }
        }
    }
}

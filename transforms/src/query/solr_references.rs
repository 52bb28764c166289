//! Parameters that a Solr query names: `{!edismax v=$qq}` asks what stands under `qq`
//! (<https://solr.apache.org/guide/solr/latest/query-guide/local-params.html#parameter-dereferencing>).

use super::parameters::{Clean, decoded};

/// Parameters that are looked up for one query.
const MOST: usize = 8;

/// The parameters of `query` that the texts name, and those that these name, each once, in the order in which they are
/// named; decoded and free of secrets.
pub(super) fn values<'a>(
    texts: impl Iterator<Item = &'a str>,
    query: &str,
    clean: Clean<'_>,
) -> Vec<(String, String)> {
    let mut names = Vec::new();
    texts.for_each(|text| add_names(text, &mut names));
    let mut found = Vec::new();
    let mut at = 0;
    while at < names.len() {
        let name = names[at].clone();
        if let Some(value) = value(query, &name, clean) {
            add_names(&value, &mut names);
            found.push((name, value));
        }
        at += 1;
    }
    found
}

fn value(query: &str, name: &str, clean: Clean<'_>) -> Option<String> {
    let mut parameters = query.split('&').filter_map(|parameter| parameter.split_once('='));
    let (_, value) = parameters.find(|(given, value)| *given == name && !value.is_empty())?;
    Some(decoded(value, clean).into_owned())
}

/// Adds the names behind `$` that are not there yet.
fn add_names(text: &str, names: &mut Vec<String>) {
    for (at, _) in text.match_indices('$') {
        let rest = &text[at + 1..];
        let is_part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.');
        let end = rest.bytes().position(|b| !is_part(b)).unwrap_or(rest.len());
        let name = &rest[..end];
        if names.len() < MOST && !name.is_empty() && !names.iter().any(|known| known == name) {
            names.push(name.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn named(text: &str, query: &str) -> Vec<(String, String)> {
        values([text].into_iter(), query, &|_| None)
    }

    #[test]
    fn are_looked_up_once_and_through_one_another() {
        let found = named("{!bool must=$a should=$b must=$a}$none", "b=x+%24a&a=$b-$c%2B1&c=&d=no");
        let expected = [("a", "$b-$c+1"), ("b", "x $a")].map(|(name, value)| (name.into(), value.into()));
        assert_eq!(found, expected);
        assert!(named("costs 5$", "5=a").is_empty());
    }

    proptest! {
        #[test]
        fn never_more_than_the_limit(text in "(\\$[a-zé]{0,2}| ){0,40}", query in "([a-z]{1,2}=\\$?[a-z+%2]{0,3}&){0,30}") {
            prop_assert!(named(&text, &query).len() <= MOST);
        }
    }
}

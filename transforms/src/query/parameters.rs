//! What a URL's query asks: text of a search, a Solr, SRU, SPARQL or GraphQL query, by the names of its parameters.

use super::{graphql, solr_references, sparql, text};
use crate::scan::percent::decode_form;
use std::borrow::Cow;

/// Names of parameters that hold what was searched, the best first.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    /// Small letters.
    names: Vec<String>,
    /// Bit `n`: a name is `n` bytes long (63: or longer).
    lengths: u64,
}

/// What was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Query<'q> {
    /// Value of `catchwater.query.language`.
    pub language: &'static str,
    /// The query, decoded.
    pub text: Cow<'q, str>,
    /// Its normal form, where it is not that of the text alone.
    pub normalized: Option<String>,
    /// Name of a GraphQL operation.
    pub operation: Option<String>,
}

/// Frees a decoded value of secrets; `None` if it holds none. Before anything is made of it: in small letters a token would
/// no longer look like one.
pub(super) type Clean<'c> = &'c dyn Fn(&str) -> Option<String>;

/// The parameters that matter, as they stand in the query.
#[derive(Default)]
struct Found<'q> {
    /// Value of the best of [`Names`], and its rank.
    searched: Option<(usize, &'q str)>,
    q: Option<&'q str>,
    query: Option<&'q str>,
    update: Option<&'q str>,
    filters: Vec<&'q str>,
    /// What Solr asks where `q` is not given.
    instead: Option<&'q str>,
    operation: Option<&'q str>,
    operation_name: Option<&'q str>,
    is_solr: bool,
}

impl Names {
    pub fn new(names: &[String]) -> Self {
        let names: Vec<String> = names.iter().map(|n| n.to_ascii_lowercase()).collect();
        let lengths = names.iter().fold(0, |set, n| set | 1u64 << n.len().min(63));
        Self { names, lengths }
    }

    fn rank(&self, name: &str) -> Option<usize> {
        let known = self.lengths >> name.len().min(63) & 1 == 1;
        known.then(|| self.names.iter().position(|n| n.eq_ignore_ascii_case(name))).flatten()
    }
}

/// What a URL's query asks; `None` if it asks nothing by these names. `path`: that of the URL.
pub(super) fn read<'q>(query: &'q str, path: &str, names: &Names, clean: Clean<'_>) -> Option<Query<'q>> {
    let decoded = |text: &'q str| decoded(text, clean);
    let mut found = find(query, names);
    found.is_solr |= (path.ends_with("/select") || path.ends_with("/query")) && found.q.is_some();
    if found.operation.is_some_and(|o| o.eq_ignore_ascii_case("searchRetrieve")) {
        return found.query.map(|text| Query::new("cql", decoded(text)));
    }
    if let Some(query) = found.query.or(found.update).map(decoded) {
        if sparql::is_one(&query) {
            return Some(Query::new("sparql", query));
        }
        if graphql::is_one(&query) {
            let operation = found.operation_name.map(|name| decoded(name).into_owned());
            let operation = operation.or_else(|| graphql::name(&query).map(String::from));
            return Some(Query { operation, ..Query::new("graphql", query) });
        }
    }
    if let Some(name) = found.operation_name.map(decoded) {
        // The document itself is known to the server by a hash.
        let operation = Some(name.clone().into_owned());
        return Some(Query { operation, ..Query::new("graphql", name) });
    }
    if found.is_solr {
        return found.solr(query, clean);
    }
    found.searched.map(|(_, text)| Query::new("search", decoded(text))).filter(|q| !q.text.trim().is_empty())
}

/// As [`read`], of a query that surely goes to Solr.
pub(super) fn read_solr<'q>(query: &'q str, clean: Clean<'_>) -> Option<Query<'q>> {
    find(query, &Names::default()).solr(query, clean)
}

fn find<'q>(query: &'q str, names: &Names) -> Found<'q> {
    let mut found = Found::default();
    for parameter in query.split('&') {
        let Some((name, value)) = parameter.split_once('=') else { continue };
        if value.is_empty() {
            continue;
        }
        if let Some(rank) = names.rank(name)
            && found.searched.is_none_or(|(best, _)| rank < best)
        {
            found.searched = Some((rank, value));
        }
        match name {
            "q" => found.q = found.q.or(Some(value)),
            "query" => found.query = found.query.or(Some(value)),
            "update" => found.update = found.update.or(Some(value)),
            "fq" => {
                found.filters.push(value);
                found.is_solr = true;
            }
            "q.alt" | "json.query" | "json.filter" | "defType" | "facet.field" | "q.op" => {
                found.is_solr = true;
                match name {
                    "q.alt" | "json.query" => found.instead = found.instead.or(Some(value)),
                    "json.filter" => found.filters.push(value),
                    _ => (),
                }
            }
            "operation" => found.operation = Some(value),
            "operationName" => found.operation_name = Some(value),
            _ => (),
        }
    }
    found
}

impl<'q> Found<'q> {
    /// Filters have no order and no meaning if they stand twice; facets' values tell small from capital letters.
    fn solr(self, query: &str, clean: Clean<'_>) -> Option<Query<'q>> {
        let decoded = |text| decoded(text, clean);
        let text = self.q.or(self.instead).map(decoded).unwrap_or_default();
        let mut filters: Vec<String> = self.filters.iter().map(|f| text::folded(&decoded(f))).collect();
        filters.sort_unstable();
        filters.dedup();
        if text.trim().is_empty() && filters.is_empty() {
            return None;
        }
        let mut normalized = text::search(&text);
        for filter in &filters {
            add_part(&mut normalized, "fq", filter);
        }
        let named = std::iter::once(&*text).chain(filters.iter().map(String::as_str));
        for (name, value) in solr_references::values(named, query, clean) {
            add_part(&mut normalized, &name, &text::search(&value));
        }
        Some(Query { normalized: Some(normalized), ..Query::new("solr", text) })
    }
}

fn add_part(normalized: &mut String, name: &str, value: &str) {
    if !normalized.is_empty() {
        normalized.push(' ');
    }
    normalized.push_str(name);
    normalized.push('=');
    normalized.push_str(value);
}

impl<'q> Query<'q> {
    fn new(language: &'static str, text: Cow<'q, str>) -> Self {
        Self { language, text, normalized: None, operation: None }
    }
}

/// A parameter's value, decoded and free of secrets.
pub(super) fn decoded<'q>(text: &'q str, clean: Clean<'_>) -> Cow<'q, str> {
    let plain = decode_form(Cow::Borrowed(text));
    clean(&plain).map_or(plain, Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str, path: &str) -> Option<(&'static str, String, Option<String>)> {
        let names = Names::new(&catchwater_schemas::config::Query::default().parameters);
        read(query, path, &names, &|_| None)
            .map(|q| (q.language, q.text.into_owned(), q.operation.or(q.normalized)))
    }

    #[test]
    fn each_language_is_told() {
        for (query, path, language, text, more) in [
            ("page=2&q=old+maps%21", "/", "search", "old maps!", None),
            ("query=a&Q=b", "/", "search", "b", None),
            ("search=caf%E9", "/", "search", "caf%E9", None),
            ("q=*:*&wt=json", "/solr/core/select", "solr", "*:*", Some("*:*")),
            ("q=Maps&fq=b:2&fq=a:%22X+Y%22&fq=b:2", "/x", "solr", "Maps", Some("maps fq=a:\"X Y\" fq=b:2")),
            ("fq=a:1", "/select", "solr", "", Some("fq=a:1")),
            ("q.alt=*:*&defType=dismax", "/", "solr", "*:*", Some("*:*")),
            (
                "q={!edismax+qf%3Dtitle+v%3D$qq}&qq=Old+Maps&fq={!terms+f=id}a",
                "/x",
                "solr",
                "{!edismax qf=title v=$qq}",
                Some("{!edismax qf=title v=$qq} fq={!terms f=id}a qq=old maps"),
            ),
            (
                "version=1.1&operation=searchRetrieve&query=dc.title+any+fish",
                "/sru",
                "cql",
                "dc.title any fish",
                None,
            ),
            (
                "query=SELECT+*+WHERE+%7B%3Fs+%3Fp+%3Fo%7D",
                "/sparql",
                "sparql",
                "SELECT * WHERE {?s ?p ?o}",
                None,
            ),
            (
                "query=query+Item%28%24id%3AID%29+%7Bitem%7Bid%7D%7D",
                "/graphql",
                "graphql",
                "query Item($id:ID) {item{id}}",
                Some("Item"),
            ),
            ("query=%7Bitem%7Bid%7D%7D", "/graphql", "graphql", "{item{id}}", None),
            ("operationName=GetItem&extensions=x", "/graphql", "graphql", "GetItem", Some("GetItem")),
            ("query=select+committee", "/", "search", "select committee", None),
        ] {
            let expected = (language, text.to_string(), more.map(String::from));
            assert_eq!(asked(query, path), Some(expected), "{query}");
        }
        for query in ["", "page=2", "q=", "q=+", "q", "utm_term=x", "sort=q"] {
            assert_eq!(asked(query, "/"), None, "{query}");
        }
    }
}

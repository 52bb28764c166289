//! The stage as a whole: which fields an event gets.

use super::*;
use crate::single;
use catchwater_schemas::config::Redact;
use catchwater_schemas::id::Scope;

fn lineage(service: Option<&'static str>) -> Lineage<'static> {
    let scope = Scope { log_group: "/group", ..Scope::default() };
    Lineage { service, ..single::lineage(&scope) }
}

fn completed(queries: &Queries, format: &'static str, set: &[(Field, &'static str)]) -> Fields<'static> {
    let mut fields = Fields::new();
    set.iter().for_each(|(field, text)| fields.set(*field, *text));
    let redactor = Redactor::new(&Redact::default()).unwrap();
    let lineage = lineage(None);
    queries.complete(
        &mut fields,
        &Asked { lineage: &lineage, format, line: "", redactor: &redactor, signs: &Signs::default() },
    );
    fields
}

fn texts(fields: &Fields<'_>) -> [Option<String>; 4] {
    [Field::Operation, Field::QueryLanguage, Field::QueryText, Field::QueryNormalized]
        .map(|field| fields.text(field).map(Cow::into_owned))
}

fn some(text: &str) -> Option<String> {
    Some(text.to_string())
}

#[test]
fn route_then_format_then_host_then_log_group() {
    let mut all = vec![(Field::ServiceName, "format"), (Field::UrlDomain, "host"), (Field::HostName, "name")];
    let mut route = Some("route");
    for expected in ["route", "format", "host", "name", "/group"] {
        let mut fields = Fields::new();
        all.iter().for_each(|(field, text)| fields.set(*field, *text));
        let lineage = lineage(route);
        complete_service(&mut fields, &lineage);
        let service = fields.text(Field::ServiceName).or(of_log_stream(&lineage).map(Into::into));
        assert_eq!(service.as_deref(), Some(expected));
        if route.take().is_none() && !all.is_empty() {
            all.remove(0);
        }
    }
}

#[test]
fn a_search_is_counted_by_its_normal_form() {
    let search = |query| {
        let set =
            [(Field::HttpRequestMethod, "GET"), (Field::UrlPath, "/catalog/12345"), (Field::UrlQuery, query)];
        completed(&Queries::default(), "apache_access", &set)
    };
    let (a, b) = (search("q=Old++Maps&page=2"), search("page=3&q=old%20maps"));
    assert_eq!(texts(&a), [some("GET /catalog/{id}"), some("search"), some("Old  Maps"), some("old maps")]);
    assert_eq!(a.text(Field::QueryFingerprint), b.text(Field::QueryFingerprint));
    assert_eq!(a.text(Field::QueryFingerprint).map(|f| f.len()), Some(16));
    assert_ne!(search("q=maps").text(Field::QueryFingerprint), a.text(Field::QueryFingerprint));
    assert_eq!(texts(&search("page=2"))[1], None);
}

#[test]
fn what_the_format_says_stays() {
    let set = [(Field::Operation, "s3:GetObject"), (Field::HttpRequestMethod, "GET"), (Field::UrlPath, "/1")];
    assert_eq!(texts(&completed(&Queries::default(), "f", &set))[0], some("s3:GetObject"));
    let set = [(Field::QueryLanguage, "sql"), (Field::QueryText, "SELECT 1"), (Field::UrlQuery, "q=x")];
    let fields = completed(&Queries::default(), "postgresql", &set);
    assert_eq!(texts(&fields), [None, some("sql"), some("SELECT 1"), some("select ?")]);
    // No secret is in what a fingerprint is made of.
    let of = |text| {
        let fields = completed(&Queries::default(), "f", &[(Field::QueryText, text)]);
        assert!(!texts(&fields).concat_text().contains("4111"), "{:?}", texts(&fields));
        fields.text(Field::QueryFingerprint).map(Cow::into_owned)
    };
    assert_eq!(of("card 4111 1111 1111 1111"), of("card 4111111111111111"));
}

trait ConcatText {
    fn concat_text(&self) -> String;
}

impl ConcatText for [Option<String>; 4] {
    fn concat_text(&self) -> String {
        self.iter().flatten().map(String::as_str).collect()
    }
}

#[test]
fn solr_and_graphql() {
    let solr = |query| {
        let set = [(Field::QueryLanguage, "solr"), (Field::UrlQuery, query)];
        texts(&completed(&Queries::default(), "solr", &set))
    };
    let found = solr("q=*:*&fq=format:%22Book%22&rows=10&fq=a:1");
    assert_eq!(found, [None, some("solr"), some("*:*"), some("*:* fq=a:1 fq=format:\"Book\"")]);
    assert_eq!(solr("wt=json"), [None, None, None, None]);
    let found = solr("q=Key+AKIAIOSFODNN7EXAMPLE&fq=x");
    assert_eq!(found, [None, some("solr"), some("Key REDACTED"), some("key redacted fq=x")]);
    let set = [
        (Field::HttpRequestMethod, "GET"),
        (Field::UrlPath, "/graphql"),
        (Field::UrlQuery, "query=query+A%7Bb%7D"),
    ];
    let fields = completed(&Queries::default(), "f", &set);
    assert_eq!(
        texts(&fields),
        [some("GET /graphql A"), some("graphql"), some("query A{b}"), some("query A{b}")]
    );
}

#[test]
fn the_configuration_names_parameters_and_operations() {
    let query = config::Query { parameters: vec!["find".into()] };
    let operation = config::Operation {
        template: Some("/books/{title}".into()),
        service: Some("/gr*".into()),
        ..config::Operation::default()
    };
    let queries = Queries::new(&query, &[operation]).unwrap();
    let set =
        [(Field::HttpRequestMethod, "GET"), (Field::UrlPath, "/books/emma"), (Field::UrlQuery, "q=a&FIND=b")];
    let fields = completed(&queries, "f", &set);
    assert_eq!(texts(&fields)[..3], [some("GET /books/{title}"), some("search"), some("b")]);
    let fields =
        completed(&queries, "f", &[(Field::HttpRequestMethod, "GET"), (Field::UrlPath, "/books/1/x")]);
    assert_eq!(texts(&fields)[0], some("GET /books/{id}/x"));
}

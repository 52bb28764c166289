//! The first line of an HTTP request, `GET /a?b HTTP/1.1` (RFC 9112, section 3), as logs quote it.

use super::quoted::{Escapes, Quoted};
use super::url::{self, Url};
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};

/// A request line's parts, escapes as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestLine<'a> {
    /// Method as it came.
    pub method: &'a str,
    /// Target as it came; some clients put spaces in.
    pub target: &'a str,
    /// Version without `HTTP/`; `None` for HTTP/0.9.
    pub version: Option<&'a str>,
}

/// Splits a request line; `None` if it is none (noise sent to a web port, a request that never came).
pub fn split(text: &str) -> Option<RequestLine<'_>> {
    let (method, rest) = super::token::first(text);
    // The version is short: a search from the end is done after a few bytes.
    let last_space = rest.bytes().rposition(|b| b == b' ');
    let (target, version) = match last_space.map(|at| (&rest[..at], rest[at + 1..].strip_prefix("HTTP/"))) {
        Some((target, Some(version))) => (target, Some(version)),
        _ => (rest, None),
    };
    let is_method = !method.is_empty() && method.len() <= 32 && method.bytes().all(is_token);
    let is_version = |v: &str| !v.is_empty() && v.bytes().all(|c| c.is_ascii_digit() || c == b'.');
    let valid = match version {
        Some(version) => !target.is_empty() && is_version(version),
        None => target.starts_with('/') && method.bytes().all(|c| c.is_ascii_uppercase()),
    };
    (is_method && valid).then_some(RequestLine { method, target, version })
}

/// A character of a method (RFC 9110, section 5.6.2), without the rare punctuation.
fn is_token(c: u8) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.' | b'+' | b'!' | b'*')
}

/// Sets what a quoted request line says: method, version and the URL's parts, or `url.original` where it is no
/// request line or its target no URL.
pub fn set<'a>(quoted: Quoted<'a>, fields: &mut Fields<'a>) {
    if quoted.is_absent() {
        return;
    }
    let Some(line) = split(quoted.raw) else {
        fields.set(Field::UrlOriginal, quoted.text());
        return;
    };
    // Both hold letters, digits and a few marks: nothing that JSON escapes.
    fields.set(Field::HttpRequestMethod, Value::Escaped(line.method));
    if let Some(version) = line.version {
        fields.set(Field::HttpVersion, Value::Escaped(version));
    }
    set_target(line.method, line.target, quoted, fields);
}

/// Sets the parts of a request's target.
pub fn set_target<'a>(method: &str, target: &'a str, quoted: Quoted<'a>, fields: &mut Fields<'a>) {
    let url = if method == "CONNECT" {
        let (domain, port) = url::authority(target);
        Some(Url { domain, port, ..Url::default() })
    } else {
        url::split(target)
    };
    let Some(url) = url else {
        fields.set(Field::UrlOriginal, quoted.part(target));
        return;
    };
    let parts = [
        (Field::UrlPath, url.path),
        (Field::UrlQuery, url.query),
        (Field::UrlDomain, url.domain),
        (Field::UrlScheme, url.scheme),
    ];
    for (field, part) in parts {
        if let Some(part) = part {
            set_part(field, quoted, part, fields);
        }
    }
    if let Some(port) = url.port {
        fields.set(Field::UrlPort, u64::from(port));
    }
}

/// Sets a quoted text unless it is absent.
pub fn set_text<'a>(field: Field, quoted: Quoted<'a>, fields: &mut Fields<'a>) {
    if !quoted.is_absent() {
        set_part(field, quoted, quoted.raw, fields);
    }
}

#[inline]
fn set_part<'a>(field: Field, quoted: Quoted<'a>, part: &'a str, fields: &mut Fields<'a>) {
    match quoted.escapes {
        Escapes::Absent => fields.set(field, part),
        Escapes::Present => fields.set(field, quoted.part(part)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line<'a>(method: &'a str, target: &'a str, version: Option<&'a str>) -> Option<RequestLine<'a>> {
        Some(RequestLine { method, target, version })
    }

    #[test]
    fn splits_what_is_a_request_line() {
        assert_eq!(split("GET / HTTP/1.1"), line("GET", "/", Some("1.1")));
        assert_eq!(split("PATCHp /a HTTP/2.0"), line("PATCHp", "/a", Some("2.0")));
        assert_eq!(split("GET /a b HTTP/1.1"), line("GET", "/a b", Some("1.1")));
        assert_eq!(split("GET /old"), line("GET", "/old", None));
        assert_eq!(split("GET /a b"), line("GET", "/a b", None));
        for none in [
            "",
            "-",
            "hello",
            "GET",
            "GET  HTTP/1.1",
            "get /",
            r"]&\xDF\xBDV",
            "\\x16 / HTTP/1.1",
            "GET / HTTP/x",
        ] {
            assert_eq!(split(none), None, "{none}");
        }
    }

    #[test]
    fn sets_the_urls_parts_unescaped() {
        let quoted = Quoted { raw: r"GET http://a.b:81/\x22?q=\\ HTTP/1.1", escapes: Escapes::Present };
        let mut fields = Fields::new();
        set(quoted, &mut fields);
        assert_eq!(fields.text(Field::UrlPath).as_deref(), Some("/\""));
        assert_eq!(fields.text(Field::UrlQuery).as_deref(), Some("q=\\"));
        assert_eq!(fields.text(Field::UrlDomain).as_deref(), Some("a.b"));
        assert_eq!(fields.get(Field::UrlPort), Some(&Value::Unsigned(81)));
        let mut fields = Fields::new();
        set(Quoted { raw: "CONNECT a.b:443 HTTP/1.1", escapes: Escapes::Absent }, &mut fields);
        assert_eq!(fields.get(Field::UrlPort), Some(&Value::Unsigned(443)));
        let mut fields = Fields::new();
        set(Quoted { raw: "GET index.html HTTP/1.0", escapes: Escapes::Absent }, &mut fields);
        assert_eq!(fields.text(Field::UrlOriginal).as_deref(), Some("index.html"));
    }

    proptest! {
        #[test]
        fn never_panics(text in "(GET |CONNECT |)[ /:é\\\\x2]{0,20}( HTTP/1.1|)") {
            let mut fields = Fields::new();
            set(Quoted { raw: &text, escapes: Escapes::Present }, &mut fields);
        }
    }
}

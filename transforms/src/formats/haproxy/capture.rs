//! What HAProxy writes behind a session's numbers: captured headers in braces, the request in quotation marks, what
//! TLS said. In them `#` and two hexadecimal digits stand for a character that would break the line
//! (<https://docs.haproxy.org/3.0/configuration.html#8.6>).

use crate::scan::token;
use std::borrow::Cow;

/// The parts of a session's tail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tail<'a> {
    /// Captured headers of the request, with bars between them.
    pub request_headers: &'a str,
    /// Captured headers of the response.
    pub response_headers: &'a str,
    /// The request line.
    pub request: Option<&'a str>,
    /// Was the line cut within it?
    pub cut: bool,
    /// What TLS said, of `option httpslog`.
    pub tls: Option<Tls<'a>>,
    /// What follows, such as a unique id.
    pub rest: &'a str,
}

/// What TLS said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tls<'a> {
    /// `fc_err/ssl_fc_err/ssl_c_err/ssl_c_ca_err/ssl_fc_is_resumed`.
    pub errors: &'a str,
    /// Name that the client gave.
    pub sni: &'a str,
    /// Version.
    pub version: &'a str,
    /// Cipher.
    pub cipher: &'a str,
}

/// Reads a tail; `None` if a brace is not closed.
pub fn read(text: &str) -> Option<Tail<'_>> {
    let mut tail = Tail::default();
    let mut rest = text.trim_end();
    for part in 0..2 {
        let Some(inside) = rest.strip_prefix('{') else { break };
        let end = inside.find('}')?;
        let headers = &inside[..end];
        if part == 0 {
            tail.request_headers = headers;
        } else {
            tail.response_headers = headers;
        }
        rest = inside[end + 1..].trim_start_matches(' ');
    }
    if let Some(inside) = rest.strip_prefix('"') {
        match inside.split_once('"') {
            Some((request, after)) => (tail.request, rest) = (Some(request), after.trim_start()),
            None => (tail.request, tail.cut, rest) = (Some(inside), true, ""),
        }
    }
    tail.tls = tls(rest);
    tail.rest = if tail.tls.is_some() { token::first(token::first(rest).1).1 } else { rest };
    Some(tail)
}

fn tls(rest: &str) -> Option<Tls<'_>> {
    let (errors, rest) = token::first(rest);
    let hex = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    if errors.split('/').count() != 5 || !errors.split('/').all(hex) {
        return None;
    }
    let mut names = token::first(rest).0.rsplitn(3, '/');
    let (cipher, version, sni) = (names.next()?, names.next()?, names.next()?);
    Some(Tls { errors, sni, version, cipher })
}

/// Reads `#22` where it stands for a printable character; leaves all others.
pub fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('#') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut parts = text.split('#');
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let code = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code.filter(|code| (0x20..0x7f).contains(code) && !part.starts_with('+')) {
            Some(code) => {
                out.push(char::from(code));
                out.push_str(&part[2..]);
            }
            None => {
                out.push('#');
                out.push_str(part);
            }
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn headers_request_and_tls() {
        let tail = read("{a|b c} {} \"GET / HTTP/1.1\" 0/0A00/0/0/1 a/b.org/TLSv1.3/TLS_AES id").unwrap();
        let tls = Tls { errors: "0/0A00/0/0/1", sni: "a/b.org", version: "TLSv1.3", cipher: "TLS_AES" };
        assert_eq!((tail.request_headers, tail.response_headers, tail.tls), ("a|b c", "", Some(tls)));
        assert_eq!((tail.request, tail.rest, tail.cut), (Some("GET / HTTP/1.1"), "id", false));
        assert_eq!(read("\"GET /x").unwrap().request, Some("GET /x"));
        assert!(read("\"GET /x").unwrap().cut && read("{a").is_none());
        assert_eq!(decode("a#22b#0ac#+1#"), "a\"b#0ac#+1#");
    }

    proptest! {
        #[test]
        fn never_panics_and_never_grows(text in "[{}\"#/ 0-9aé+]{0,30}") {
            let _ = read(&text);
            prop_assert!(decode(&text).len() <= text.len());
        }
    }
}

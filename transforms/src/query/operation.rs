//! The name of what was asked for: the method and the path, in which parts that are ids are replaced, so that a store
//! can count `GET /item/{id}/file`. One pass over the path; nothing is allocated where nothing is replaced and the log
//! has method and path side by side, as in a request line.

use super::segment::{self, CLASSES, TELLS};
use std::borrow::Cow;

/// Longest operation, in bytes, and most parts of a path; what follows is `/…`.
const MOST_BYTES: usize = 256;
const MOST_SEGMENTS: usize = 16;
/// Longest part that is not looked at though nothing in it tells: a hash may be all letters.
const USUAL_BYTES: usize = 31;
/// Longest method (no method in the registry of IANA is half as long).
const MOST_METHOD: usize = 32;

/// The path with its ids replaced; `None` if there are none, and it is short enough.
pub fn template(path: &str) -> Option<String> {
    behind("", path)
}

/// The same behind the method and a space, if there is one.
fn behind(method: &str, path: &str) -> Option<String> {
    let bytes = path.as_bytes();
    let before_path = if method.is_empty() { 0 } else { method.len() + 1 };
    let most = before_path + MOST_BYTES;
    let mut out = String::new();
    let (mut start, mut copied, mut segments) = (0, 0, 0);
    while start <= bytes.len() {
        let (mut end, mut classes) = (start, 0);
        while end < bytes.len() && bytes[end] != b'/' {
            classes |= CLASSES[usize::from(bytes[end])];
            end += 1;
        }
        segments += 1;
        let is_usual = end - start <= USUAL_BYTES;
        if segments > MOST_SEGMENTS || is_usual && out.len().max(before_path) + (end - copied) > most {
            begin(&mut out, method, path);
            return Some(cut(out, path.get(copied..start).unwrap_or_default(), most));
        }
        if classes & TELLS != 0 || !is_usual {
            begin(&mut out, method, path);
            let before = out.len();
            out.push_str(&path[copied..start]);
            match segment::replace(&path[start..], end - start, classes, &mut out) {
                Some(taken) => {
                    copied = start + taken;
                    end = copied;
                }
                None => out.truncate(before),
            }
        }
        start = end + 1;
    }
    if copied == 0 && path.len() <= MOST_BYTES {
        return None;
    }
    begin(&mut out, method, path);
    out.push_str(&path[copied..]);
    Some(if out.len() > most { cut(out, "", most) } else { out })
}

/// Makes room for all, and puts the method first; once.
fn begin(out: &mut String, method: &str, path: &str) {
    if out.capacity() == 0 {
        // A name may be longer than the id that it stands for.
        out.reserve(method.len() + 1 + path.len() + 16);
        if !method.is_empty() {
            out.push_str(method);
            out.push(' ');
        }
    }
}

/// What is too long, up to a whole part.
fn cut(mut out: String, rest: &str, most: usize) -> String {
    out.push_str(rest);
    out.truncate(out.floor_char_boundary(most));
    let end = out.rfind('/').filter(|at| *at > 0).unwrap_or(out.len());
    out.truncate(end);
    out.push_str("/…");
    out
}

/// Method and path as one text. `line`: the whole line, in which they may stand side by side.
pub(super) fn of_request<'a>(
    line: &'a str,
    method: Option<Cow<'a, str>>,
    path: Option<Cow<'a, str>>,
) -> Option<Cow<'a, str>> {
    let method = method.filter(|m| !m.is_empty() && m.len() <= MOST_METHOD);
    let path = path.filter(|p| !p.is_empty());
    let (method, path) = match (method, path) {
        (None, None) => return None,
        (Some(method), None) => return Some(upper(method)),
        (None, Some(path)) => return Some(template(&path).map_or(path, Cow::Owned)),
        (Some(method), Some(path)) => (upper(method), path),
    };
    match behind(&method, &path) {
        Some(operation) => Some(Cow::Owned(operation)),
        None => Some(match (&method, &path) {
            (Cow::Borrowed(method), Cow::Borrowed(path)) => match beside(line, method, path) {
                Some(both) => Cow::Borrowed(both),
                None => Cow::Owned(joined(method, path)),
            },
            _ => Cow::Owned(joined(&method, &path)),
        }),
    }
}

/// Method and name, a space between.
pub(super) fn joined(method: &str, name: &str) -> String {
    let mut out = String::with_capacity(method.len() + 1 + name.len());
    out.push_str(method);
    out.push(' ');
    out.push_str(name);
    out
}

/// Some frameworks write `get`; HTTP's methods are in capitals.
fn upper(method: Cow<'_, str>) -> Cow<'_, str> {
    if method.bytes().any(|b| b.is_ascii_lowercase()) {
        return Cow::Owned(method.to_ascii_uppercase());
    }
    method
}

/// The part of the line that is the method, a space and the path, if they stand there side by side.
fn beside<'a>(line: &'a str, method: &'a str, path: &'a str) -> Option<&'a str> {
    let address = |text: &str| text.as_ptr() as usize;
    let start = address(method).checked_sub(address(line))?;
    let end = start.checked_add(method.len() + 1 + path.len())?;
    let both = line.get(start..end)?;
    let is_beside = address(path) == address(method) + method.len() + 1;
    (is_beside && both.as_bytes()[method.len()] == b' ').then_some(both)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(path: &str) -> String {
        template(path).unwrap_or_else(|| path.to_string())
    }

    #[test]
    fn nothing_is_allocated_where_nothing_is_replaced() {
        let line = "192.0.2.1 \"GET /a/b?c HTTP/1.1\"";
        let (method, path) = (&line[11..14], &line[15..19]);
        let found = of_request(line, Some(method.into()), Some(path.into())).unwrap();
        assert!(matches!(found, Cow::Borrowed("GET /a/b")), "{found:?}");
        let elsewhere = of_request("", Some(method.into()), Some(path.into())).unwrap();
        assert_eq!(elsewhere, found);
        let swapped = of_request(line, Some(path.into()), Some(method.into())).unwrap();
        assert_eq!(swapped, "/A/B GET");
    }

    #[test]
    fn methods() {
        let of = |method: &'static str, path: &'static str| {
            let some = |t: &'static str| (!t.is_empty()).then_some(Cow::Borrowed(t));
            of_request("", some(method), some(path)).map(Cow::into_owned)
        };
        assert_eq!(of("get", "/").as_deref(), Some("GET /"));
        assert_eq!(of("GET", "/item/12345/file").as_deref(), Some("GET /item/{id}/file"));
        assert_eq!(of("OPTIONS", "*").as_deref(), Some("OPTIONS *"));
        assert_eq!(of("CONNECT", "").as_deref(), Some("CONNECT"));
        assert_eq!(of("", "/1").as_deref(), Some("/{id}"));
        assert_eq!(of("", ""), None);
    }

    #[test]
    fn long_paths_are_cut_at_a_part() {
        let many = "/ab".repeat(40);
        assert_eq!(of(&many), format!("{}/…", "/ab".repeat(15)));
        let long = format!("/{}", "ab-cd/".repeat(60));
        assert!(of(&long).len() <= MOST_BYTES + 4 && of(&long).ends_with("ab-cd/…"), "{}", of(&long));
        let words = format!("/a/{}/b", "wörter-".repeat(200));
        assert_eq!(of(&words), "/a/{long}/b");
    }

    /// `cargo test --release -p catchwater-transforms --lib query::operation -- --ignored --nocapture`
    #[test]
    #[ignore = "a measurement, not a test"]
    fn nanoseconds_a_path() {
        for path in [
            "/",
            "/images/web/header_logo.png",
            "/catalog/12345/file",
            "/view/bb123cd4567?",
            "/presentations/logstash-monitorama-2013/images/kibana-search.png",
        ] {
            let start = std::time::Instant::now();
            for _ in 0..2_000_000 {
                std::hint::black_box(template(std::hint::black_box(path)));
            }
            println!("{path}: {} ns", start.elapsed().as_nanos() / 2_000_000);
        }
    }

    proptest! {
        #[test]
        fn any_path_is_bounded_and_replaced_once(path in "(/|[a-z]{1,9}|[0-9]{1,12}|[a-f0-9]{32}|bb123cd4567|ark:|10\\.1234|2024|-|\\.|%2F|%|@|;|ä|\\PC){0,40}") {
            let once = of(&path);
            prop_assert!(once.len() <= path.len().max(MOST_BYTES + 4) + 8, "{once}");
            prop_assert_eq!(of(&once).len() <= once.len() + 8, true);
        }
    }
}

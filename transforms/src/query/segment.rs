//! Which parts of a path are ids, and of what kind. What is not surely one stays as it is.

use super::shape::{self, Shape};
use crate::scan::percent::decode_path;

/// Longest part that may be a name.
const MOST_BYTES: usize = 80;

/// Digits; bits of [`CLASSES`].
const DIGIT: u8 = 1;
const AT: u8 = 2;
const COLON: u8 = 4;
const SEMICOLON: u8 = 8;
const PERCENT: u8 = 16;
const POINT: u8 = 32;
/// What stands between the pieces of a part.
const MARK: u8 = 64;
/// Classes without which a short part has no id in it.
pub(super) const TELLS: u8 = DIGIT | AT | COLON | SEMICOLON | PERCENT;

/// What each byte is: together they say which kinds of ids a part may be or hold.
pub(super) static CLASSES: [u8; 256] = {
    let mut table = [0; 256];
    let mut n = 0;
    while n < 10 {
        table[b'0' as usize + n] = DIGIT;
        n += 1;
    }
    table[b'@' as usize] = AT;
    table[b':' as usize] = COLON;
    table[b';' as usize] = SEMICOLON;
    table[b'%' as usize] = PERCENT;
    table[b'.' as usize] = POINT;
    let (marks, mut n) = (b"-_~,+=!", 0);
    while n < marks.len() {
        table[marks[n] as usize] = MARK;
        n += 1;
    }
    table
};

fn is_mark(byte: &u8) -> bool {
    CLASSES[usize::from(*byte)] == MARK
}

fn classes(text: &str) -> u8 {
    text.bytes().fold(0, |classes, byte| classes | CLASSES[usize::from(byte)])
}

/// Appends the part of a path that `rest` begins with, `len` bytes long, its ids replaced: how many bytes of `rest`
/// that took, for some ids have parts of their own; `None` if there is no id, and nothing was appended. `classes`: of
/// all its bytes.
pub(super) fn replace(rest: &str, len: usize, classes: u8, out: &mut String) -> Option<usize> {
    let part = &rest[..len];
    if let Some((name, taken)) = of_several(rest, part, classes) {
        out.push_str(name);
        return Some(taken);
    }
    // Parameters of a part (RFC 3986, section 3.3), most often a session.
    if classes & SEMICOLON != 0
        && let Some((name, _)) = part.split_once(';')
    {
        if one(name, classes, out).is_none() {
            out.push_str(name);
        }
        return Some(len);
    }
    one(part, classes, out).map(|()| len)
}

/// Appends one part with its ids replaced. `classes`: of its bytes; of more do no harm.
fn one(part: &str, classes: u8, out: &mut String) -> Option<()> {
    if let Some(name) = whole(part, classes) {
        out.push_str(name);
        return Some(());
    }
    if classes & PERCENT != 0 && part.contains('%') {
        return escaped(part, out);
    }
    prefixed(part, classes, out)
        .or_else(|| file(part, classes, out))
        .or_else(|| pieces(part, classes, out))
        .or_else(|| long(part, out))
}

fn long(part: &str, out: &mut String) -> Option<()> {
    (part.len() > MOST_BYTES).then(|| out.push_str("{long}"))
}

/// What the whole text is.
fn whole(text: &str, classes: u8) -> Option<&'static str> {
    if classes & AT != 0 && text.contains('@') {
        return shape::is_email(text).then_some("{email}");
    }
    match shape::of(text.as_bytes()) {
        Shape::Other => None,
        Shape::Id => Some("{id}"),
        Shape::Date => Some("{date}"),
        Shape::Uuid => Some("{uuid}"),
        Shape::Druid => Some("{druid}"),
        Shape::Hash => Some("{hash}"),
        Shape::Token => Some("{token}"),
        Shape::Ip => Some("{ip}"),
    }
}

/// Ids that take more than one part: ARKs (<https://www.ietf.org/archive/id/draft-kunze-ark-40.html>), DOIs
/// (<https://www.doi.org/doi-handbook/HTML/index.html>), and dates (`/2024/01/31/`).
fn of_several(rest: &str, part: &str, classes: u8) -> Option<(&'static str, usize)> {
    let begins_as_number = matches!(part.as_bytes(), [b'1' | b'2', ..]);
    if classes & COLON == 0 && !begins_as_number {
        return None;
    }
    let behind = |from: usize| rest.get(from + 1..).map(|next| next.split('/').next().unwrap_or_default());
    if let Some(naan) = part.strip_prefix("ark:") {
        // The old form has a slash behind the colon.
        let naan_len = if naan.is_empty() { behind(part.len())?.len() + 1 } else { 0 };
        let to_name = part.len() + naan_len;
        let name = behind(to_name)?;
        return (to_name > 5 && !name.is_empty()).then_some(("{ark}", to_name + 1 + name.len()));
    }
    if is_doi_prefix(part.strip_prefix("doi:").unwrap_or(part)) {
        let suffix = behind(part.len())?;
        return (!suffix.is_empty()).then_some(("{doi}", part.len() + 1 + suffix.len()));
    }
    let month = behind(part.len()).filter(|_| shape::is_year(part))?;
    if !shape::is_between(month, 1, 12) {
        return None;
    }
    let to_day = part.len() + 1 + month.len();
    let day = behind(to_day).filter(|day| shape::is_between(day, 1, 31));
    Some(("{date}", to_day + day.map_or(0, |day| day.len() + 1)))
}

fn is_doi_prefix(text: &str) -> bool {
    text.strip_prefix("10.").is_some_and(|registrant| {
        registrant.len() >= 4 && registrant.bytes().all(|b| b.is_ascii_digit() || b == b'.')
    })
}

/// `urn:uuid:…`, `sha256:…`: the prefix says of what kind it is. A druid is the same with its prefix and without.
fn prefixed(part: &str, classes: u8, out: &mut String) -> Option<()> {
    if classes & COLON == 0 {
        return None;
    }
    let (prefix, id) = part.rsplit_once(':')?;
    let name = whole(id, classes)?;
    if name != "{druid}" || !prefix.eq_ignore_ascii_case("druid") {
        out.push_str(prefix);
        out.push(':');
    }
    out.push_str(name);
    Some(())
}

/// A file that is called by an id keeps its extension.
fn file(part: &str, classes: u8, out: &mut String) -> Option<()> {
    if classes & POINT == 0 {
        return None;
    }
    let (stem, extension) = part.split_once('.')?;
    let is_extension = |e: &str| {
        (1..=8).contains(&e.len())
            && e.bytes().all(|b| b.is_ascii_alphanumeric())
            && e.bytes().any(|b| b.is_ascii_alphabetic())
    };
    if stem.is_empty() || !extension.split('.').all(is_extension) {
        return None;
    }
    match whole(stem, classes) {
        Some(name) => out.push_str(name),
        None => {
            prefixed(stem, classes, out).or_else(|| pieces(stem, classes, out)).or_else(|| long(stem, out))?
        }
    }
    out.push('.');
    out.push_str(extension);
    Some(())
}

/// `bb123cd4567_0001`, `image-12345`: pieces that are ids. A number before words is an id with its title.
fn pieces(part: &str, classes: u8, out: &mut String) -> Option<()> {
    if classes & MARK == 0 || part.len() > MOST_BYTES || !part.bytes().any(|b| is_mark(&b)) {
        return None;
    }
    let before = out.len();
    let (mut found, mut start) = (false, 0);
    while start <= part.len() {
        let len = part.as_bytes()[start..].iter().position(is_mark).unwrap_or(part.len() - start);
        let piece = &part[start..start + len];
        match whole(piece, classes).filter(|name| *name != "{id}" || len >= 3) {
            Some(name) => {
                out.push_str(name);
                found = true;
            }
            None => out.push_str(piece),
        }
        // The mark behind it.
        out.push_str(part.get(start + len..start + len + 1).unwrap_or_default());
        start += len + 1;
    }
    if is_titled(part) {
        out.truncate(before);
        out.push_str("{id}-{title}");
    } else if !found {
        out.truncate(before);
    }
    found.then_some(())
}

/// `12345-some-title`: words in small letters behind a number.
fn is_titled(part: &str) -> bool {
    let mut words = part.as_bytes().split(is_mark);
    let first = words.next().unwrap_or_default();
    first.len() >= 3
        && first.iter().all(u8::is_ascii_digit)
        && words.all(|w| !w.is_empty() && w.iter().all(u8::is_ascii_lowercase))
}

/// Ids with escapes in them. What is no escape of UTF-8 stays as it is.
fn escaped(part: &str, out: &mut String) -> Option<()> {
    let text = decode_path(part);
    if let Some((name, _)) = of_several(&text, text.split('/').next().unwrap_or_default(), classes(&text)) {
        out.push_str(name);
        return Some(());
    }
    if text.contains('@') && shape::is_email(&text) {
        out.push_str("{email}");
        return Some(());
    }
    // `hg676jb4964%2FHG676JB4964_0001`, `druid%3Abb123cd4567`
    let before = out.len();
    let mut found = false;
    let mut rest = part;
    while !rest.is_empty() {
        let at = find_slash(rest);
        let piece = &rest[..at.unwrap_or(rest.len())];
        let plain = decode_path(piece);
        let taken = if plain.contains('%') || plain.contains('/') || plain.len() > MOST_BYTES {
            None
        } else {
            one(&plain, classes(&plain), out)
        };
        found |= taken.is_some();
        if taken.is_none() {
            out.push_str(piece);
        }
        let Some(at) = at else { break };
        out.push_str(&rest[at..at + 3]);
        rest = &rest[at + 3..];
    }
    if !found {
        out.truncate(before);
        return long(part, out);
    }
    Some(())
}

/// Place of an escaped slash.
fn find_slash(text: &str) -> Option<usize> {
    memchr::memchr_iter(b'%', text.as_bytes())
        .find(|at| text.get(at + 1..at + 3).is_some_and(|hex| hex.eq_ignore_ascii_case("2f")))
}

#[cfg(test)]
mod tests {
    use crate::query::operation::template;

    #[test]
    fn ids_of_each_kind() {
        for (path, expected) in [
            ("/", "/"),
            ("*", "*"),
            ("/item/12345/file", "/item/{id}/file"),
            ("/item/7", "/item/{id}"),
            ("/a/123e4567-e89b-12d3-a456-426614174000", "/a/{uuid}"),
            ("/urn:uuid:123e4567-e89b-12d3-a456-426614174000", "/urn:uuid:{uuid}"),
            ("/view/bb123cd4567", "/view/{druid}"),
            ("/v1/objects/druid:bb123cd4567/versions/2", "/v1/objects/{druid}/versions/{id}"),
            ("/objects/druid%3Abb123cd4567", "/objects/{druid}"),
            ("/file/bb123cd4567/bb123cd4567_0001.tif", "/file/{druid}/{druid}_{id}.tif"),
            (
                "/iiif/hg676jb4964%2FHG676JB4964_0001/full/!400,400/0/default.jpg",
                "/iiif/{druid}%2F{druid}_{id}/full/{id}/{id}/default.jpg",
            ),
            ("/c/da39a3ee5e6b4b0d3255bfef95601890afd80709.css", "/c/{hash}.css"),
            ("/sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "/sha256:{hash}"),
            ("/t/dGhpcyBpcyBhIHRva2VuMTIz/x", "/t/{token}/x"),
            ("/reset/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "/reset/{token}"),
            ("/log/2024-01-31", "/log/{date}"),
            ("/log/20240131/x", "/log/{date}/x"),
            ("/blog/2024/01/31/title", "/blog/{date}/title"),
            ("/blog/2024/13/", "/blog/{id}/{id}/"),
            ("/u/bob@example.org/x", "/u/{email}/x"),
            ("/u/bob%40example.org", "/u/{email}"),
            ("/ark:/12148/btv1b8449691v/f1.item", "/{ark}/f1.item"),
            ("/ark:12148/btv1b8449691v", "/{ark}"),
            ("/ark:%2F12148%2Fbtv1b8449691v", "/{ark}"),
            ("/doi/10.1234/abc.5/full", "/doi/{doi}/full"),
            ("/doi/10.1234%2Fabc.5", "/doi/{doi}"),
            ("/img/12345.jpg", "/img/{id}.jpg"),
            ("/dl/98765.tar.gz", "/dl/{id}.tar.gz"),
            ("/item/12345-some-title", "/item/{id}-{title}"),
            ("/img/photo-12345_thumb.png", "/img/photo-{id}_thumb.png"),
            ("/isbn/978-0-306-40615-7", "/isbn/{id}"),
            ("/x/203.0.113.9", "/x/{ip}"),
            ("/cart;jsessionid=0A1B2C", "/cart"),
            ("/o/12;v=1/p", "/o/{id}/p"),
        ] {
            assert_eq!(template(path).as_deref().unwrap_or(path), expected, "{path}");
        }
    }

    #[test]
    fn names_stay() {
        for path in [
            "/api/v1/items",
            "/api/v2.1/x",
            "/lib/1.2.3/jquery.min.js",
            "/css/bootstrap4.css",
            "/mp3/h264/utf8/log4j2/x86",
            "/presentations/logstash-monitorama-2/images/kibana-search.png",
            "/getUserProfileInformation2/all",
            "/Annual%20Report%20of%20Trustees.pdf",
            "/caf%E9/100%/%zz",
            "/wp-content/themes/twenty-ten/style.css",
            "/top-10-books",
            "/@scope/name",
            "/a//b/",
            "/deadbeef",
        ] {
            assert_eq!(template(path), None, "{path}");
        }
    }
}

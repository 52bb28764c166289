//! Keys and tokens that are told by their first letters.

use super::Spans;
use memchr::memmem;
use std::sync::LazyLock;

/// May this byte stand in the token?
type IsOfToken = fn(u8) -> bool;

/// Tokens of others: first letters, fewest characters behind them, and which characters those are. Sources:
/// <https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/>,
/// <https://docs.gitlab.com/security/tokens/>, <https://api.slack.com/authentication/token-types>,
/// <https://cloud.google.com/docs/authentication/api-keys>, <https://docs.stripe.com/keys>.
const PREFIXES: [(&str, usize, IsOfToken); 22] = [
    ("ghp_", 30, is_alphanumeric),
    ("gho_", 30, is_alphanumeric),
    ("ghu_", 30, is_alphanumeric),
    ("ghs_", 30, is_alphanumeric),
    ("ghr_", 30, is_alphanumeric),
    ("github_pat_", 22, is_word),
    ("glpat-", 20, is_url_safe),
    ("xoxb-", 10, is_url_safe),
    ("xoxp-", 10, is_url_safe),
    ("xoxa-", 10, is_url_safe),
    ("xoxr-", 10, is_url_safe),
    ("xoxs-", 10, is_url_safe),
    ("xapp-", 10, is_url_safe),
    ("slack.com/services/", 20, is_path),
    ("AIza", 30, is_url_safe),
    ("ya29.", 20, is_url_safe),
    ("GOCSPX-", 20, is_url_safe),
    ("sk_live_", 16, is_alphanumeric),
    ("sk_test_", 16, is_alphanumeric),
    ("rk_live_", 16, is_alphanumeric),
    ("rk_test_", 16, is_alphanumeric),
    ("npm_", 30, is_alphanumeric),
];

fn is_alphanumeric(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn is_url_safe(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

fn is_path(byte: u8) -> bool {
    is_url_safe(byte) || byte == b'/'
}

/// How many of the bytes from `at` on are such.
fn count(bytes: &[u8], at: usize, is: fn(u8) -> bool) -> usize {
    bytes[at..].iter().take_while(|b| is(**b)).count()
}

/// May a token start here: not within a word, unless what stands before are the digits of `%3D`, or the letter of an
/// escape such as `\n`?
fn may_start(bytes: &[u8], at: usize) -> bool {
    let before = |n: usize| at.checked_sub(n).map(|at| bytes[at]);
    match before(1) {
        Some(b) if b.is_ascii_alphanumeric() => before(3) == Some(b'%') || before(2) == Some(b'\\'),
        _ => true,
    }
}

/// Searches for [`PREFIXES`], made once.
static SEARCHES: LazyLock<[memmem::Finder<'static>; PREFIXES.len()]> =
    LazyLock::new(|| PREFIXES.map(|(prefix, ..)| memmem::Finder::new(prefix)));

/// Tokens of [`PREFIXES`].
pub(super) fn by_prefix(bytes: &[u8], spans: &mut Spans) {
    for ((prefix, fewest, is), search) in PREFIXES.iter().zip(SEARCHES.iter()) {
        let mut done = 0;
        for at in search.find_iter(bytes) {
            let behind = at + prefix.len();
            // The host before a webhook's path is of any name.
            if at < done || !may_start(bytes, at) && !prefix.ends_with('/') {
                continue;
            }
            let len = count(bytes, behind, *is);
            done = behind + len;
            if len >= *fewest {
                spans.push((at, done));
            }
        }
    }
}

/// Access key ids, and secret keys of 40 characters that follow one behind a mark or two, as in files of credentials
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>).
pub(super) fn aws_keys(bytes: &[u8], spans: &mut Spans) {
    for prefix in ["AKIA", "ASIA"] {
        for at in memmem::find_iter(bytes, prefix) {
            let is_id = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
            let end = at + 4 + bytes[at + 4..].iter().take(17).take_while(|b| is_id(**b)).count();
            let before = at.checked_sub(1).map(|n| bytes[n]);
            let within = before.is_some_and(is_id) && !may_start(bytes, at);
            if end != at + 20 || within {
                continue;
            }
            spans.push((at, end));
            let is_mark = |b: &&u8| {
                matches!(**b, b' ' | b'\t' | b':' | b',' | b';' | b'|' | b'/' | b'=' | b'"' | b'\'')
            };
            let start = end + bytes[end..].iter().take(4).take_while(is_mark).count();
            let is_key = |b: &&u8| b.is_ascii_alphanumeric() || matches!(**b, b'/' | b'+' | b'=');
            let len = bytes[start..].iter().take(41).take_while(is_key).count();
            if len == 40 && start > end {
                spans.push((start, start + len));
            }
        }
    }
}

/// JSON Web Tokens (RFC 7519): parts in base64url with points between, the first a JSON object. Cut off at the end of
/// the text they are hidden too.
pub(super) fn jwts(bytes: &[u8], spans: &mut Spans) {
    let mut done = 0;
    for at in memmem::find_iter(bytes, b"eyJ") {
        if at < done || !may_start(bytes, at) {
            continue;
        }
        let mut end = at + count(bytes, at, is_url_safe);
        let mut parts = 1;
        // An encrypted one has five (RFC 7516).
        while parts < 5 && bytes.get(end) == Some(&b'.') {
            end += 1 + count(bytes, end + 1, is_url_safe);
            parts += 1;
        }
        done = end;
        let is_cut = end == bytes.len() && end - at >= 20;
        if parts > 1 && end - at >= 20 || is_cut {
            spans.push((at, end));
        }
    }
}

/// `PRIVATE KEY`, its space also as URLs write it.
const PRIVATE_KEY: [&[u8]; 3] = [b" KEY", b"+KEY", b"%20KEY"];

/// What stands within `-----BEGIN … PRIVATE KEY-----` and its end (RFC 7468), or the end of the text.
pub(super) fn private_keys(bytes: &[u8], spans: &mut Spans) {
    let mut from = 0;
    for at in memmem::find_iter(bytes, b"PRIVATE") {
        let behind = at + b"PRIVATE".len();
        let Some(word) = PRIVATE_KEY.iter().find(|word| bytes[behind..].starts_with(word)) else { continue };
        if at < from {
            continue;
        }
        let before = &bytes[from.max(at.saturating_sub(40))..at];
        let behind = behind + word.len();
        // The beginning may stand in another field, where a format cuts at spaces.
        if memmem::find(before, b"-----END").is_some() {
            continue;
        }
        // PGP says `PRIVATE KEY BLOCK`.
        let dashes = memmem::find(&bytes[behind..bytes.len().min(behind + 16)], b"-----");
        let Some(start) = dashes.map(|n| behind + n + 5) else { continue };
        let end = memmem::find(&bytes[start..], b"-----END").map_or(bytes.len(), |n| start + n);
        if end > start {
            spans.push((start, end));
        }
        from = end;
    }
}

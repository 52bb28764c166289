//! Passwords of `scheme://user:password@host` (RFC 3986, 3.2.1).

use super::Spans;
use memchr::{memchr, memmem, memrchr};

/// Finds passwords before a host.
pub(super) fn passwords(bytes: &[u8], spans: &mut Spans) {
    // What one `://` was searched for its end need not be searched again for the next.
    let mut ended = 0;
    for at in memmem::find_iter(bytes, b"://") {
        let start = at + 3;
        if start < ended {
            continue;
        }
        let ends = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'/' | b'?' | b'#' | b'"' | b'<' | b'>');
        let end = bytes[start..].iter().position(ends).map_or(bytes.len(), |n| start + n);
        ended = end;
        let Some(sign) = memrchr(b'@', &bytes[start..end]) else { continue };
        if let Some(colon) = memchr(b':', &bytes[start..start + sign]) {
            spans.push((start + colon + 1, start + sign));
        }
    }
}

/// Is there a password before a host?
pub(super) fn are_in(bytes: &[u8]) -> bool {
    let mut spans = Spans::new();
    passwords(bytes, &mut spans);
    !spans.is_empty()
}

//! UUIDs as text (RFC 9562, section 4), as frameworks name requests.

/// Is this a UUID with its hyphens?
pub fn is_uuid(text: &str) -> bool {
    let hex_or_dash = |(at, byte): (usize, u8)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    text.len() == 36 && text.bytes().enumerate().all(hex_or_dash)
}

/// Is this the id of a request, as frameworks and proxies make them: a UUID, or 32 hexadecimal digits (`$request_id` of
/// nginx)?
pub fn is_request_id(text: &str) -> bool {
    is_uuid(text) || (text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_hyphens_and_without() {
        assert!(is_uuid("f08bb4c8-d6b2-4f05-ac17-af7e2ba005fb"));
        assert!(is_request_id("529a007902362a5f529a007902362a5f"));
        for no in [
            "",
            "f08bb4c8",
            "f08bb4c8-d6b2-4f05-ac17-af7e2ba005fg",
            "f08bb4c8xd6b2x4f05xac17xaf7e2ba005fb",
            "529a007902362a5f529a007902362a5g",
        ] {
            assert!(!is_request_id(no), "{no}");
        }
    }
}

//! What an operation of the access log says: `REST.PUT.OBJECT`, `WEBSITE.GET.OBJECT`, `BATCH.DELETE.OBJECT`,
//! `SOAP.PutObject`, and what S3 does by itself, `S3.EXPIRE.OBJECT`
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-and-other-bucket-config.html>).

/// An operation, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Operation<'a> {
    /// As it came.
    pub text: &'a str,
    /// What it does to an object, if it succeeds.
    pub action: Option<&'static str>,
    /// Is the object what was written to?
    pub is_target: bool,
    /// Does it change nothing?
    pub is_read: bool,
    /// Is it S3's own, asked for by nobody?
    pub is_own: bool,
    /// Is the key encoded once only?
    pub is_encoded_once: bool,
}

impl<'a> Operation<'a> {
    /// Reads an operation; `None` if it is none.
    pub fn read(text: &'a str) -> Option<Self> {
        let (family, name) = text.split_once('.')?;
        let valid = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'_' | b'-');
        if name.is_empty() || !name.bytes().all(valid) {
            return None;
        }
        let (verb, resource) = name.split_once('.').unwrap_or((name, ""));
        let action = match (family, verb, resource) {
            ("REST", "PUT" | "POST", "OBJECT") | ("REST", "POST", "UPLOAD") => Some("PUT"),
            ("REST", "COPY", "OBJECT") => Some("COPY"),
            ("REST" | "BATCH", "DELETE", "OBJECT") => Some("DELETE"),
            ("S3", "EXPIRE", "OBJECT") | ("S3", "CREATE", "DELETEMARKER") => Some("DELETE"),
            ("SOAP", "PutObject" | "PutObjectInline", "") => Some("PUT"),
            ("SOAP", "CopyObject", "") => Some("COPY"),
            ("SOAP", "DeleteObject", "") => Some("DELETE"),
            ("REST" | "WEBSITE" | "BATCH" | "S3" | "SOAP", ..) => None,
            _ => return None,
        };
        let is_read = matches!(verb, "GET" | "HEAD" | "OPTIONS" | "SELECT")
            || resource.ends_with("_GET")
            || family == "SOAP" && (verb.starts_with("Get") || verb.starts_with("List"));
        let is_target = match action {
            Some(action) => action != "DELETE",
            None => !is_read && family != "S3" && matches!(verb, "PUT" | "POST" | "COPY"),
        };
        let is_encoded_once = matches!(family, "BATCH" | "S3");
        Some(Self { text, action, is_target, is_read, is_own: family == "S3", is_encoded_once })
    }
}

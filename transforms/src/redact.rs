//! Hides secrets in queries and URLs before any sink sees them: values of parameters by name, and passwords before
//! the host (RFC 3986, 3.2.1). Looks only where `=` or `@` stands: most texts are passed after one search.

use catchwater_schemas::config::Redact;
use catchwater_schemas::field::Field;
use catchwater_schemas::field_set::FieldSet;
use catchwater_schemas::fields::{Fields, Value};
use memchr::{memchr, memchr2, memchr2_iter, memmem, memrchr};

/// What stands in a secret's place.
const HIDDEN: &str = "REDACTED";

/// Fields that hold a query, a URL or a line with such in it.
const FIELDS: [Field; 7] = [
    Field::UrlQuery,
    Field::UrlOriginal,
    Field::HttpRequestReferrer,
    Field::Message,
    Field::EventOriginal,
    Field::ErrorMessage,
    Field::AwsElbRedirectUrl,
];

/// The same as a set.
const PRESENT: FieldSet = FieldSet::of(&FIELDS);

/// The names whose values are hidden, ready to be looked up.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    /// Lower case.
    names: Vec<String>,
    /// Bit `n`: a name is `n` bytes long (63: or longer).
    lengths: u64,
}

impl Redactor {
    /// Compiles the configuration.
    pub fn new(config: &Redact) -> Self {
        let names: Vec<String> = config.query_parameters.iter().map(|n| n.to_ascii_lowercase()).collect();
        let lengths = names.iter().fold(0, |set, n| set | length_bit(n.len()));
        Self { names, lengths }
    }

    /// Hides secrets in all fields that may hold one.
    pub fn complete(&self, fields: &mut Fields<'_>) {
        for field in fields.present().and(PRESENT).iter() {
            let Some(value) = fields.get(field) else { continue };
            let clean = match value {
                Value::Text(text) => self.text(text),
                // `\u0026password=` would not be seen for a name: what is escaped is read first.
                Value::Escaped(raw) if memchr2(b'=', b'@', raw.as_bytes()).is_some() => {
                    value.text().and_then(|text| self.text(&text))
                }
                _ => None,
            };
            if let Some(clean) = clean {
                fields.set(field, clean);
            }
        }
    }

    /// The text without its secrets; `None` if it has none.
    pub fn text(&self, text: &str) -> Option<String> {
        let secrets = self.secrets(text);
        if secrets.is_empty() {
            return None;
        }
        let mut out = String::with_capacity(text.len());
        let mut from = 0;
        for (start, end) in secrets {
            if start >= from {
                out.push_str(&text[from..start]);
                out.push_str(HIDDEN);
                from = end;
            }
        }
        out.push_str(&text[from..]);
        Some(out)
    }

    /// Where secrets start and end, by their start.
    fn secrets(&self, text: &str) -> Vec<(usize, usize)> {
        let bytes = text.as_bytes();
        let mut secrets = Vec::new();
        let mut from = 0;
        let mut at_sign = false;
        for at in memchr2_iter(b'=', b'@', bytes) {
            at_sign |= bytes[at] == b'@';
            if at >= from && bytes[at] == b'=' && self.is_secret(name_before(&bytes[from..at])) {
                let (start, end) = value_after(bytes, at + 1);
                if end > start {
                    secrets.push((start, end));
                }
                from = end;
            }
        }
        if at_sign {
            passwords(bytes, &mut secrets);
            secrets.sort_unstable();
        }
        secrets
    }

    fn is_secret(&self, name: &[u8]) -> bool {
        self.lengths & length_bit(name.len()) != 0
            && self.names.iter().any(|n| n.as_bytes().eq_ignore_ascii_case(name))
    }
}

fn length_bit(len: usize) -> u64 {
    1 << len.min(63)
}

/// The parameter's name at the end of `before`; of `user[password]` the last part, also with escaped brackets.
fn name_before(before: &[u8]) -> &[u8] {
    let mut name = before;
    if let Some(b']' | b'D' | b'd') = before.last() {
        for end in [b"]".as_slice(), b"%5D", b"%5d", b"[", b"%5B", b"%5b", b"]", b"%5D", b"%5d"] {
            name = name.strip_suffix(end).unwrap_or(name);
        }
    }
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let start = name.iter().rposition(|b| !is_name(b));
    match start {
        // What follows a percent sign is a byte in hexadecimal, not part of the name.
        Some(at) if name[at] == b'%' => name.get(at + 3..).unwrap_or_default(),
        Some(at) => &name[at + 1..],
        None => name,
    }
}

/// Start and end of the value that begins at `start`: to its closing quote, else to what ends a parameter or word.
fn value_after(bytes: &[u8], start: usize) -> (usize, usize) {
    match bytes.get(start) {
        Some(quote @ (b'"' | b'\'')) => {
            let inside = start + 1;
            (inside, memchr(*quote, &bytes[inside..]).map_or(bytes.len(), |n| inside + n))
        }
        _ => {
            let ends =
                |b: &u8| b.is_ascii_whitespace() || matches!(b, b'&' | b';' | b',' | b'#' | b'"' | b'\'');
            (start, bytes[start..].iter().position(ends).map_or(bytes.len(), |n| start + n))
        }
    }
}

/// Passwords of `scheme://user:password@host`.
fn passwords(bytes: &[u8], secrets: &mut Vec<(usize, usize)>) {
    for at in memmem::find_iter(bytes, b"://") {
        let start = at + 3;
        let ends = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'/' | b'?' | b'#' | b'"' | b'<' | b'>');
        let end = bytes[start..].iter().position(ends).map_or(bytes.len(), |n| start + n);
        let Some(sign) = memrchr(b'@', &bytes[start..end]) else { continue };
        if let Some(colon) = memchr(b':', &bytes[start..start + sign]) {
            secrets.push((start + colon + 1, start + sign));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn redacted(text: &str) -> String {
        let redactor = Redactor::new(&Redact::default());
        redactor.text(text).unwrap_or_else(|| text.to_string())
    }

    #[test]
    fn hides_values_by_name_and_passwords_before_the_host() {
        let cases = [
            ("a=1&Password=hunter2&b=2", "a=1&Password=REDACTED&b=2"),
            ("X-Amz-Signature=abc", "X-Amz-Signature=REDACTED"),
            ("token=", "token="),
            ("tokens=a&mytoken=b", "tokens=a&mytoken=b"),
            ("user[password]=x&user%5Bpassword%5D=y", "user[password]=REDACTED&user%5Bpassword%5D=REDACTED"),
            ("token[]=x&token%5B%5D=y", "token[]=REDACTED&token%5B%5D=REDACTED"),
            ("https://h/p?x=1;sig=ab=cd#frag", "https://h/p?x=1;sig=REDACTED#frag"),
            ("login password=\"two words\" ok", "login password=\"REDACTED\" ok"),
            ("secret=ä, next", "secret=REDACTED, next"),
            ("https://bob:pa@ss@host/x@y", "https://bob:REDACTED@host/x@y"),
            ("https://bob@host:80/", "https://bob@host:80/"),
            ("https://host:80/a@b", "https://host:80/a@b"),
            ("redis://:pw@host", "redis://:REDACTED@host"),
            ("mail bob@host.org", "mail bob@host.org"),
        ];
        for (text, expected) in cases {
            assert_eq!(redacted(text), expected);
        }
    }

    #[test]
    fn what_is_escaped_is_read_first() {
        let mut fields = Fields::new();
        fields.set(Field::UrlQuery, Value::Escaped(r"a=1\u0026password=x\u0026b=2"));
        fields.set(Field::Message, Value::Escaped(r#"say \"a=b\""#));
        Redactor::new(&Redact::default()).complete(&mut fields);
        assert_eq!(fields.text(Field::UrlQuery).as_deref(), Some("a=1&password=REDACTED&b=2"));
        assert_eq!(fields.get(Field::Message), Some(&Value::Escaped(r#"say \"a=b\""#)));
    }

    proptest! {
        #[test]
        fn never_panics_and_is_done_after_one_pass(text in "([a-z]{0,3}|password|token|sig|[=@&:;/?\"' %\\[\\]ä]|://|5D){0,20}") {
            let once = redacted(&text);
            prop_assert_eq!(redacted(&once), once);
        }

        #[test]
        fn no_secret_is_left(before in "[a-z&= ]{0,20}", secret in "[0-9]{12}", after in "(&[a-z=&]{0,20})?") {
            let text = format!("{before}&api_key={secret}{after}");
            prop_assert!(!redacted(&text).contains(&secret));
        }
    }
}

//! The subject of a JSON Web Token (RFC 7519): of one that stands in the line, or its claim where the source has read
//! it (API Gateway's authorizers, an access log of claims).
//!
//! The signature is not checked: who writes a token into a request that the server refuses is taken at his word. So the
//! extractor stands in no default order.

use super::named;
use crate::json::{Cursor, member};
use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use memchr::memmem;
use std::borrow::Cow;

/// Where a token may stand: a parameter, a header among the free fields, a text.
const PLACES: [Field; 4] = [Field::UrlQuery, Field::UrlOriginal, Field::FreeFields, Field::Message];
/// What the header of every token begins with: `{"` in base64.
const BEGIN: &[u8] = b"eyJ";
/// Longest token that is read.
const MOST_BYTES: usize = 16 << 10;
/// Objects of claims that are read in claims.
const MOST_DEPTH: usize = 16;

/// RFC 7515 leaves the padding out; load balancers of AWS write it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The claim of the first token that has it, else the claim as the source had read it.
pub(super) fn find<'a>(fields: &Fields<'_>, claim: &str) -> Option<Value<'a>> {
    let texts = PLACES.iter().filter_map(|field| fields.get(*field));
    let token = texts.into_iter().find_map(|value| in_text(&raw(value)?, claim));
    token.or_else(|| already_read(fields, claim)).map(Value::from)
}

/// Tokens need no escapes in JSON, so what is escaped need not be read.
fn raw<'v>(value: &'v Value<'_>) -> Option<Cow<'v, str>> {
    match value {
        Value::Escaped(raw) => Some(Cow::Borrowed(raw)),
        Value::Text(text) | Value::Json(text) => Some(Cow::Borrowed(text)),
        _ => None,
    }
}

fn in_text(text: &str, claim: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut behind = 0;
    for at in memmem::find_iter(bytes, BEGIN) {
        if at < behind {
            continue;
        }
        let len = bytes[at..].iter().position(|b| !is_of_token(*b)).unwrap_or(bytes.len() - at);
        behind = at + len;
        if len <= MOST_BYTES
            && let Some(found) = of_token(&text[at..behind], claim)
        {
            return Some(found);
        }
    }
    None
}

fn is_of_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'=')
}

/// The claim of `header.payload.signature`.
fn of_token(token: &str, claim: &str) -> Option<String> {
    let mut parts = token.split('.');
    let (_header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    let json = String::from_utf8(BASE64.decode(payload).ok()?).ok()?;
    let text = member(Cursor::new(&json, MOST_DEPTH), claim)?.string()?;
    (!text.is_empty()).then(|| text.text().into_owned())
}

/// `claims` of an authorizer, as an object or as names with dots.
fn already_read(fields: &Fields<'_>, claim: &str) -> Option<String> {
    let Some(Value::Json(json)) = fields.get(Field::FreeFields) else { return None };
    memmem::find(json.as_bytes(), b"claims")?;
    let dotted = ["claims", "jwt.claims", "authorizer.claims", "authorizer.jwt.claims"];
    let names = named::Names::whole(&dotted.map(|object| format!("{object}.{claim}")));
    let flat = named::in_free_fields(fields, &names).map(Cow::into_owned);
    flat.or_else(|| in_claims(Cursor::new(json, MOST_DEPTH), claim, false))
}

/// The claim in the first object that is named `claims`, at any depth.
fn in_claims(mut cursor: Cursor<'_>, claim: &str, is_claims: bool) -> Option<String> {
    if is_claims {
        let text = member(cursor.clone(), claim)?.string()?;
        return (!text.is_empty()).then(|| text.text().into_owned());
    }
    if cursor.peek() != b'{' {
        return None;
    }
    cursor.begin_object().ok()?;
    while let Some(key) = cursor.next_key().ok()? {
        if cursor.peek() == b'{'
            && let Some(found) = in_claims(cursor.clone(), claim, key.raw() == "claims")
        {
            return Some(found);
        }
        cursor.skip().ok()?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn token(payload: &str) -> String {
        let part = |text: &str| base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.c2ln", part(r#"{"alg":"none"}"#), part(payload))
    }

    fn find_in(field: Field, text: String) -> Option<String> {
        let mut fields = Fields::new();
        let value = if field == Field::FreeFields { Value::Json(text.into()) } else { text.into() };
        fields.set(field, value);
        find(&fields, "sub").and_then(|found| found.text().map(Cow::into_owned))
    }

    #[test]
    fn takes_the_subject_wherever_the_token_stands() {
        let padded = token(r#"{"sub":"alice" }"#);
        let token = token(r#"{"iss":"x","sub":"al\u0069ce"}"#);
        for (field, text) in [
            (Field::UrlQuery, format!("a=1&access_token={token}&b=2")),
            (Field::FreeFields, format!(r#"{{"headers":{{"Authorization":"Bearer {token}"}}}}"#)),
            (Field::Message, format!("auth {token} ok")),
            (Field::Message, format!("eyJx.eyJ.y {token}")),
            (Field::UrlQuery, format!("t={}", padded.replace(".c2ln", "==.c2ln"))),
        ] {
            assert_eq!(find_in(field, text.clone()).as_deref(), Some("alice"), "{text}");
        }
    }

    #[test]
    fn takes_claims_that_were_read() {
        for json in [
            r#"{"requestContext":{"authorizer":{"claims":{"sub":"bob"}}}}"#,
            r#"{"authorizer.claims.sub":"bob"}"#,
            r#"{"claims.sub":"bob"}"#,
        ] {
            assert_eq!(find_in(Field::FreeFields, json.into()).as_deref(), Some("bob"), "{json}");
        }
    }

    #[test]
    fn what_is_no_token_or_has_no_subject_gives_nothing() {
        for text in [
            token("{}"),
            token(r#"{"sub":7}"#),
            token(r#"{"sub":""}"#),
            token("no json"),
            "eyJhbGci.!.x".into(),
        ] {
            assert_eq!(find_in(Field::Message, text.clone()), None, "{text}");
        }
        assert_eq!(find_in(Field::FreeFields, r#"{"sub":"x"}"#.into()), None);
    }

    proptest! {
        #[test]
        fn never_panics(text in "(eyJ|[a-c.=_é ]|eyJzdWIiOiJhIn0){0,20}") {
            find_in(Field::Message, text);
        }
    }
}

//! Signature Version 4 from the server's side, made of AWS's text and of HMAC alone
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>): the second opinion beside
//! the crate that signs.

use catchwater_consumer_core::http::script::Seen;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// A server that knows one key, and answers for one service in one region.
pub struct Verifier {
    pub secret: &'static str,
    pub region: &'static str,
    pub service: &'static str,
}

impl Verifier {
    /// Is the request signed as it came? Says what is wrong with it.
    pub fn verify(&self, seen: &Seen) -> Result<(), String> {
        let header = |name: &str| seen.header(name).ok_or(format!("no header `{name}`"));
        let authorization = header("authorization")?;
        let part = |key: &str| {
            let after = authorization.split_once(&format!("{key}=")).ok_or(format!("no `{key}`"))?.1;
            Ok::<&str, String>(after.split(',').next().unwrap())
        };
        let date = header("x-amz-date")?;
        let scope = format!("{}/{}/{}/aws4_request", &date[..8], self.region, self.service);
        if !part("Credential")?.ends_with(&format!("/{scope}")) {
            return Err(format!("another scope: {authorization}"));
        }
        if header("x-amz-content-sha256")? != hex(&Sha256::digest(&seen.sent_body)) {
            return Err("another body".into());
        }
        let signed: Vec<&str> = part("SignedHeaders")?.split(';').collect();
        for must in ["host", "x-amz-date", "x-amz-content-sha256"] {
            if !signed.contains(&must) {
                return Err(format!("`{must}` is not signed"));
            }
        }
        let mut headers = String::new();
        for name in &signed {
            writeln!(headers, "{name}:{}", header(name)?).unwrap();
        }
        let expected = self.signature(seen, &headers, &signed.join(";"), date);
        if part("Signature")? == expected { Ok(()) } else { Err("another signature".into()) }
    }

    fn signature(&self, seen: &Seen, headers: &str, signed: &str, date: &str) -> String {
        let (method, target) = seen.line.split_once(' ').unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let body = hex(&Sha256::digest(&seen.sent_body));
        let canonical = format!(
            "{method}\n{}\n{}\n{headers}\n{signed}\n{body}",
            encoded(path.as_bytes(), b"/"),
            canonical_query(query)
        );
        let scope = format!("{}/{}/{}/aws4_request", &date[..8], self.region, self.service);
        let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
        let mut key = format!("AWS4{}", self.secret).into_bytes();
        for part in [&date[..8], self.region, self.service, "aws4_request"] {
            key = hmac(&key, part.as_bytes());
        }
        hex(&hmac(&key, text.as_bytes()))
    }
}

fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// All but unreserved characters and those of `kept` as `%XX`; a path that came with `%` has each encoded once more.
fn encoded(bytes: &[u8], kept: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) || kept.contains(byte) {
            text.push((*byte).into());
        } else {
            write!(text, "%{byte:02X}").unwrap();
        }
    }
    text
}

fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'%' => {
                bytes.push(u8::from_str_radix(std::str::from_utf8(&after[..2]).unwrap(), 16).unwrap());
                rest = &after[2..];
            }
            other => bytes.push(*other),
        }
    }
    bytes
}

/// Names and values encoded anew and sorted.
fn canonical_query(query: &str) -> String {
    let parts = query.split('&').filter(|part| !part.is_empty());
    let mut pairs: Vec<(String, String)> = parts
        .map(|part| part.split_once('=').unwrap_or((part, "")))
        .map(|(name, value)| (encoded(&decoded(name), b""), encoded(&decoded(value), b"")))
        .collect();
    pairs.sort();
    let pairs: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

/// The verifier itself is right: it makes the signatures of AWS's own examples
/// (<https://github.com/awslabs/aws-c-auth/tree/main/tests/aws-signing-test-suite/v4>: `get-vanilla`,
/// `get-vanilla-query-order-encoded`, `post-vanilla`).
#[test]
fn the_verifier_makes_the_signatures_of_awss_own_examples() {
    let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    let verifier = Verifier { secret, region: "us-east-1", service: "service" };
    for (line, expected) in [
        ("GET /", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        (
            "GET /?Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
            "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac",
        ),
        ("POST /", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
    ] {
        let seen = Seen { line: line.into(), head: String::new(), body: Vec::new(), sent_body: Vec::new() };
        let headers = "host:example.amazonaws.com\nx-amz-date:20150830T123600Z\n";
        let signature = verifier.signature(&seen, headers, "host;x-amz-date", "20150830T123600Z");
        assert_eq!(signature, expected, "{line}");
    }
}

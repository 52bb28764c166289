//! Single objects of an S3 bucket: the functions' configuration is read, large dead letters are written. Both may be done again
//! without harm, so a call that may succeed later is made again. How an object is encrypted is left to the bucket's default.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>

use crate::failure::{self, Failure};
use crate::service::{Name, NoService, Service, domain};
use aws_config::SdkConfig;
use bytes::Bytes;
use catchwater_consumer_core::http::{Answer, Failure as HttpFailure, Request};
use catchwater_consumer_core::world::Clock;
use futures::future::BoxFuture;
use quick_xml::Reader;
use quick_xml::events::Event;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

const S3: Name = Name { signing: "s3", variable: "S3" };
/// Time for one call: a letter has some megabytes.
const TIMEOUT: Duration = Duration::from_secs(30);
/// An object that is larger is read by nobody here.
const MOST_BYTES: usize = 16 << 20;

/// A bucket.
#[derive(Clone, Debug)]
pub struct Bucket {
    name: String,
    service: Service,
}

/// An object as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its content.
    pub bytes: Bytes,
    /// Its version, where the bucket keeps versions.
    pub version: Option<String>,
}

/// An object cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObjectError {
    /// S3 does not give it.
    #[error("{place}: {failure}")]
    Failed {
        /// `s3://bucket/key`.
        place: String,
        /// Why, and whether it is worth another try.
        failure: Failure,
    },
    /// It is larger than the reader wants.
    #[error("{place}: larger than {most_bytes} bytes")]
    TooLarge {
        /// `s3://bucket/key`.
        place: String,
        /// Most bytes that were asked for.
        most_bytes: usize,
    },
}

/// S3's PutObject, on one bucket.
pub trait PutObjectApi: Send + Sync {
    /// The bucket's name.
    fn bucket(&self) -> &str;

    /// Writes an object in place of one of the same key.
    fn put_object<'a>(
        &'a self,
        key: &'a str,
        content_type: &'static str,
        bytes: Bytes,
    ) -> BoxFuture<'a, Result<(), Failure>>;
}

impl Bucket {
    /// The bucket of this name.
    pub fn new(config: &SdkConfig, name: &str, clock: Arc<dyn Clock>) -> Result<Self, NoService> {
        let region = config.region().ok_or(NoService::NoRegion)?.as_ref();
        let url = match S3.endpoint(config) {
            Some(url) => format!("{}/{name}", url.trim_end_matches('/')),
            None => address(name, region),
        };
        let service = Service::at(&url, config, S3, clock, |settings| {
            settings.timeout = TIMEOUT;
            settings.max_answer_bytes = MOST_BYTES;
        })?;
        Ok(Self { name: name.to_string(), service })
    }

    /// Reads an object, or one version of it; of one that is larger than `most_bytes` nothing.
    pub async fn get(
        &self,
        key: &str,
        version: Option<&str>,
        most_bytes: usize,
    ) -> Result<Object, ObjectError> {
        let place = || format!("s3://{}/{key}", self.name);
        let too_large = || ObjectError::TooLarge { place: place(), most_bytes };
        let failed = |failure| ObjectError::Failed { place: place(), failure };
        let version = version.map(|version| format!("?versionId={}", escaped(version, false)));
        let path = format!("/{}{}", escaped(key, true), version.unwrap_or_default());
        let answer = match self.service.call_again(Request::get(path)).await {
            Err(HttpFailure::TooLong { .. }) => return Err(too_large()),
            answer => success(answer).map_err(failed)?,
        };
        if answer.body.len() > most_bytes {
            return Err(too_large());
        }
        let version = answer.headers.get("x-amz-version-id").and_then(|version| version.to_str().ok());
        Ok(Object { version: version.map(String::from), bytes: answer.body })
    }
}

impl PutObjectApi for Bucket {
    fn bucket(&self) -> &str {
        &self.name
    }

    fn put_object<'a>(
        &'a self,
        key: &'a str,
        content_type: &'static str,
        bytes: Bytes,
    ) -> BoxFuture<'a, Result<(), Failure>> {
        let path = format!("/{}", escaped(key, true));
        Box::pin(async move {
            success(self.service.call_again(Request::put(path, content_type, bytes)).await).map(drop)
        })
    }
}

/// A bucket's own name in the address, but where a dot in it would not fit the certificate
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html>).
fn address(bucket: &str, region: &str) -> String {
    let domain = domain(region);
    match bucket.contains('.') {
        true => format!("https://s3.{region}.{domain}/{bucket}"),
        false => format!("https://{bucket}.s3.{region}.{domain}"),
    }
}

/// As S3 signs it: all but letters, digits and `-._~` is escaped, in a key also not `/`
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>, `UriEncode`).
fn escaped(text: &str, is_key: bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => escaped.push(byte.into()),
            b'/' if is_key => escaped.push('/'),
            // Writing to a text cannot fail.
            byte => drop(write!(escaped, "%{byte:02X}")),
        }
    }
    escaped
}

fn success(answer: Result<Answer, HttpFailure>) -> Result<Answer, Failure> {
    let answer = answer.map_err(|failure| Failure::ComeAgain(failure.to_string()))?;
    if (200..300).contains(&answer.status) {
        return Ok(answer);
    }
    let (code, mut message) = error(&answer.body);
    if let Some(region) = answer.headers.get("x-amz-bucket-region").and_then(|region| region.to_str().ok()) {
        message = Some(format!("{} (the bucket lies in {region})", message.unwrap_or_default()));
    }
    Err(failure::of_answer(answer.status, code.as_deref(), message.as_deref()))
}

/// `Code` and `Message` of S3's error document
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>), as far as it is one.
fn error(body: &[u8]) -> (Option<String>, Option<String>) {
    let (mut code, mut message, mut within) = (None, None, String::new());
    let Ok(text) = std::str::from_utf8(body) else { return (None, None) };
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => within = start.name().as_ref().to_string(),
            Ok(Event::End(_)) => within.clear(),
            Ok(Event::Text(text)) => match within.as_str() {
                "Code" => code.get_or_insert_with(String::new).push_str(&text),
                "Message" => message.get_or_insert_with(String::new).push_str(&text),
                _ => {}
            },
            Ok(Event::Eof) | Err(_) => return (code, message),
            Ok(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_has_an_address_of_its_own_where_a_certificate_covers_it() {
        for (bucket, region, expected) in [
            ("letters", "eu-west-1", "https://letters.s3.eu-west-1.amazonaws.com"),
            ("logs.example", "eu-west-1", "https://s3.eu-west-1.amazonaws.com/logs.example"),
            ("letters", "cn-north-1", "https://letters.s3.cn-north-1.amazonaws.com.cn"),
        ] {
            assert_eq!(address(bucket, region), expected);
        }
    }

    #[test]
    fn keys_are_escaped_as_they_are_signed() {
        assert_eq!(escaped("a/test$file ü~.json", true), "a/test%24file%20%C3%BC~.json");
        assert_eq!(
            escaped("3/L4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY", false),
            "3%2FL4kqtJlcpXroDTDmJ%2BrmSpXd3dIbrHY"
        );
    }

    #[test]
    fn what_s3_says_of_a_refusal_is_told() {
        let body = "<?xml version=\"1.0\"?>\n<Error><Code>NoSuchKey</Code><Message>The specified key does not \
                    exist.</Message><Key>a</Key></Error>";
        let answer = |status, body: &'static str| {
            let headers = [("x-amz-bucket-region", "eu-west-1")];
            let headers = if status == 301 { &headers[..] } else { &[] };
            let pair = |(name, value): &(&'static str, &'static str)| {
                (name.parse().unwrap(), value.parse().unwrap())
            };
            success(Ok(Answer { headers: headers.iter().map(pair).collect(), ..Answer::new(status, body) }))
        };
        let failure = answer(404, body).unwrap_err();
        assert_eq!(failure.to_string(), "NoSuchKey: The specified key does not exist.");
        assert!(matches!(failure, Failure::Refused { .. }));
        let busy = "<Error><Code>SlowDown</Code><Message>Reduce your rate.</Message></Error>";
        assert!(matches!(answer(503, busy).unwrap_err(), Failure::ComeAgain(_)));
        let moved = answer(301, "<Error><Code>PermanentRedirect</Code><Message>Elsewhere.</Message></Error>");
        assert_eq!(
            moved.unwrap_err().to_string(),
            "PermanentRedirect: Elsewhere. (the bucket lies in eu-west-1)"
        );
        assert_eq!(answer(403, "<html>no").unwrap_err().to_string(), "HTTP 403: the service gives no reason");
        answer(200, "").unwrap();
    }
}

//! Signature Version 4 for servers that are no AWS client's: OpenSearch domains that Amazon runs
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>).
//!
//! The signature covers all headers but `User-Agent`, and the body's hash, which is sent as `x-amz-content-sha256`: some services
//! want that header, and none minds it.

use crate::credentials::{Found, HeldCredentials};
use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use catchwater_consumer_core::http::sign::{NotSigned, Sign, Signers};
use catchwater_consumer_core::world::Clock;
use futures::future::BoxFuture;
use hyper::header::{HeaderName, HeaderValue};
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Makes signers that share their credentials.
pub struct SigV4 {
    credentials: Arc<HeldCredentials>,
    clock: Arc<dyn Clock>,
}

impl SigV4 {
    /// With the credentials of a provider.
    pub fn new(provider: SharedCredentialsProvider, clock: Arc<dyn Clock>) -> Self {
        Self { credentials: Arc::new(HeldCredentials::new(provider, clock.clone())), clock }
    }

    /// With the credentials of an SDK's configuration; none if it has none.
    pub fn of(config: &SdkConfig, clock: Arc<dyn Clock>) -> Option<Self> {
        Some(Self::new(config.credentials_provider()?, clock))
    }

    /// With credentials as AWS's tools find them, looked for at the first request.
    pub fn found(clock: Arc<dyn Clock>) -> Self {
        Self::new(SharedCredentialsProvider::new(Found::default()), clock)
    }
}

impl Signers for SigV4 {
    fn signer(&self, region: &str, service: &str) -> Arc<dyn Sign> {
        Arc::new(Signer {
            credentials: self.credentials.clone(),
            clock: self.clock.clone(),
            region: region.to_string(),
            service: service.to_string(),
        })
    }
}

/// Signs for one service in one region.
struct Signer {
    credentials: Arc<HeldCredentials>,
    clock: Arc<dyn Clock>,
    region: String,
    service: String,
}

impl Sign for Signer {
    fn sign<'a>(&'a self, request: &'a mut hyper::Request<Bytes>) -> BoxFuture<'a, Result<(), NotSigned>> {
        Box::pin(async move {
            let credentials = self.credentials.get().await;
            let credentials = credentials
                .map_err(|e| not_signed("no AWS credentials (environment, profile or role)", &e))?;
            let settings = settings(&self.service, PayloadChecksumKind::XAmzSha256);
            self.add_headers(request, credentials, settings)
        })
    }
}

/// S3 signs a path as it is sent; the others escape what is escaped once more
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>, "Create a canonical request").
fn settings(service: &str, checksum: PayloadChecksumKind) -> SigningSettings {
    let mut settings = SigningSettings::default();
    settings.payload_checksum_kind = checksum;
    if service == "s3" {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    }
    settings
}

impl Signer {
    fn add_headers(
        &self,
        request: &mut hyper::Request<Bytes>,
        credentials: Credentials,
        settings: SigningSettings,
    ) -> Result<(), NotSigned> {
        let wrong = |e: &dyn Error| not_signed("the request cannot be signed", e);
        let identity = credentials.into();
        let now = Duration::from_millis(self.clock.now_millis().unsigned_abs());
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(&self.service)
            .time(SystemTime::UNIX_EPOCH + now)
            .settings(settings)
            .build()
            .map_err(|e| wrong(&e))?
            .into();
        let mut headers = Vec::with_capacity(request.headers().len());
        for (name, value) in request.headers() {
            headers.push((name.as_str(), value.to_str().map_err(|e| wrong(&e))?));
        }
        let (method, uri) = (request.method().as_str(), request.uri().to_string());
        let body = SignableBody::Bytes(request.body());
        let whole = SignableRequest::new(method, uri, headers.into_iter(), body).map_err(|e| wrong(&e))?;
        let (instructions, _) = sign(whole, &params).map_err(|e| wrong(&e))?.into_parts();
        for header in instructions.into_parts().0 {
            let mut value = HeaderValue::from_str(header.value()).map_err(|e| wrong(&e))?;
            // A signature is good for five minutes, a session token for hours: neither is printed.
            value.set_sensitive(true);
            request.headers_mut().insert(HeaderName::from_static(header.name()), value);
        }
        Ok(())
    }
}

/// Where it signs for; no credentials.
impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({}, {})", self.region, self.service)
    }
}

/// An error and all that led to it, in one line.
fn not_signed(what: &str, error: &dyn Error) -> NotSigned {
    let mut words = vec![what.to_string(), error.to_string()];
    let mut cause = error.source();
    while let Some(e) = cause {
        words.push(e.to_string());
        cause = e.source();
    }
    words.dedup();
    NotSigned(words.join(": ").split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use catchwater_consumer_core::world::SystemClock;

    /// The time of an example.
    struct At(i64);

    impl Clock for At {
        fn now_millis(&self) -> i64 {
            self.0
        }

        fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
            SystemClock.sleep(duration)
        }
    }

    fn signer(key: &str, token: Option<&str>, at: i64, service: &str) -> Signer {
        let id = if service == "s3" { "AKIAIOSFODNN7EXAMPLE" } else { "AKIDEXAMPLE" };
        let credentials = Credentials::new(id, key, token.map(String::from), None, "example");
        let clock: Arc<dyn Clock> = Arc::new(At(at));
        Signer {
            credentials: Arc::new(HeldCredentials::new(
                SharedCredentialsProvider::new(credentials),
                clock.clone(),
            )),
            clock,
            region: "us-east-1".into(),
            service: service.into(),
        }
    }

    /// The `Authorization` of a request of AWS's signing test suite (2015-08-30T12:36:00Z), which sends no hash of the body.
    async fn signed(method: &str, path: &str, token: Option<&str>) -> String {
        let key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        let signer = signer(key, token, 1_440_938_160_000, "service");
        let uri = format!("https://example.amazonaws.com{path}");
        let builder =
            hyper::Request::builder().method(method).uri(uri).header("host", "example.amazonaws.com");
        let mut request = builder.body(Bytes::new()).unwrap();
        let settings = settings("service", PayloadChecksumKind::NoHeader);
        signer.add_headers(&mut request, signer.credentials.get().await.unwrap(), settings).unwrap();
        assert_eq!(request.headers()["x-amz-date"], "20150830T123600Z");
        let told = format!("{request:?} {signer:?}");
        assert!(!told.contains(key) && !told.contains("AQoDYX"), "{told}");
        request.headers()["authorization"].to_str().unwrap().to_string()
    }

    /// <https://github.com/awslabs/aws-c-auth/tree/main/tests/aws-signing-test-suite/v4>: `get-vanilla`,
    /// `get-vanilla-query-order-encoded`, `post-sts-header-before`.
    #[tokio::test]
    async fn the_signatures_are_those_of_awss_own_examples() {
        let scope = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request";
        let token = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";
        for (method, path, token, headers, signature) in [
            (
                "GET",
                "/",
                None,
                "host;x-amz-date",
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            ),
            (
                "GET",
                "/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
                None,
                "host;x-amz-date",
                "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac",
            ),
            (
                "POST",
                "/",
                Some(token),
                "host;x-amz-date;x-amz-security-token",
                "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
            ),
        ] {
            let expected = format!("{scope}, SignedHeaders={headers}, Signature={signature}");
            assert_eq!(signed(method, path, token).await, expected, "{method} {path}");
        }
    }

    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>, "PUT Object" and "GET Bucket
    /// Lifecycle", of 2013-05-24T00:00:00Z.
    #[tokio::test]
    async fn s3_is_signed_as_in_its_own_examples() {
        let put = [("date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")];
        for (method, path, more, body, signature) in [
            (
                "PUT",
                "/test%24file.text",
                &put[..],
                "Welcome to Amazon S3.",
                "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
            ),
            (
                "GET",
                "/?lifecycle",
                &[],
                "",
                "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
            ),
        ] {
            let host = "examplebucket.s3.amazonaws.com";
            let mut builder = hyper::Request::builder().method(method).uri(format!("https://{host}{path}"));
            for (name, value) in [("host", host)].iter().chain(more) {
                builder = builder.header(*name, *value);
            }
            let mut request = builder.body(Bytes::from(body)).unwrap();
            let key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
            signer(key, None, 1_369_353_600_000, "s3").sign(&mut request).await.unwrap();
            let authorization = request.headers()["authorization"].to_str().unwrap();
            assert!(authorization.ends_with(&format!("Signature={signature}")), "{path}: {authorization}");
        }
    }
}

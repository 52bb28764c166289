//! Signed requests as they reach a server that checks each signature with code of its own ([`verifier`]).

#![allow(clippy::unwrap_used, reason = "a panic is how a test or a benchmark fails")]

mod verifier;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use catchwater_aws::sigv4::SigV4;
use catchwater_consumer_core::http::script::{Reply, ScriptedServer};
use catchwater_consumer_core::http::secrets::Environment;
use catchwater_consumer_core::http::section::{Aws, Login, Section};
use catchwater_consumer_core::http::{Client, Failure, Keyring, Request};
use catchwater_consumer_core::world::Clock;
use futures::future::BoxFuture;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};
use verifier::Verifier;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const TOKEN: &str = "AQoDYXdzEPT//////////wEXAMPLE+scq==";
const VERIFIER: Verifier = Verifier { secret: SECRET, region: "eu-west-1", service: "es" };

/// A second passes at each look.
struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now_millis(&self) -> i64 {
        self.0.fetch_add(1000, Ordering::SeqCst)
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        unreachable!("nothing here waits")
    }
}

/// A role's credentials: `ROLE1`, valid for `valid` from the epoch on, then `ROLE2` and so on.
#[derive(Debug)]
struct Role {
    calls: AtomicUsize,
    valid: Duration,
}

impl ProvideCredentials for Role {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let call = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        let expiry = SystemTime::UNIX_EPOCH + self.valid * u32::try_from(call).unwrap();
        let (id, token) = (format!("ROLE{call}"), Some(format!("{TOKEN}{call}")));
        future::ProvideCredentials::ready(Ok(Credentials::new(id, SECRET, token, Some(expiry), "test")))
    }
}

fn client(url: &str, provider: impl ProvideCredentials + 'static) -> Client {
    let clock = Arc::new(Ticking(AtomicI64::new(0)));
    let signers = SigV4::new(SharedCredentialsProvider::new(provider), clock);
    let keyring = Keyring { secrets: Arc::new(Environment), signers: Some(Arc::new(signers)) };
    let aws = Some(Aws { region: Some("eu-west-1"), service: "es" });
    let login = Login { user_key: "user", user: None, password_env: None, token: None, aws };
    let section = Section { url, login, ca_file: None, timeout_seconds: 20, gzip: true };
    Client::new(section.settings(&keyring).unwrap()).unwrap()
}

fn role() -> Role {
    Role { calls: AtomicUsize::new(0), valid: Duration::from_secs(86_400) }
}

async fn checked_by(verifier: Verifier) -> ScriptedServer {
    let script = move |_: usize, seen: &_| match verifier.verify(seen) {
        Ok(()) => Reply::status(200, "{}"),
        Err(wrong) => Reply::status(403, wrong),
    };
    ScriptedServer::start(script).await.unwrap()
}

#[tokio::test]
async fn whatever_is_sent_is_signed_as_it_goes_out() {
    let server = checked_by(VERIFIER).await;
    let client = client(&format!("{}/behind/a%20path", server.url()), role());
    let bulk = "{\"index\":{}}\n{\"message\":\"ü\"}\n".repeat(1000);
    for request in [
        Request::get("/"),
        Request::get("/_nodes?filter_path=nodes.*.version"),
        Request::get("/catchwater-log-*/_search?q=a%2Cb&size=10&allow_no_indices&q2=%C3%BC~x"),
        Request::get("/_plugins/_ism/policies/a%2Fb?if_seq_no=7&if_primary_term=2"),
        Request::put("/_index_template/catchwater", "application/json", "{}"),
        Request::post("/_bulk?filter_path=errors,items.*.status", "application/x-ndjson", bulk.clone()),
    ] {
        let line = format!("{} {}", request.method, request.path);
        let answer = client.send(request).await.unwrap();
        assert_eq!(answer.status, 200, "{line}: {}", String::from_utf8_lossy(&answer.body));
    }
    let seen = server.seen();
    let last = seen.last().unwrap();
    assert_eq!(
        (last.text(), last.header("content-encoding")),
        (bulk, Some("gzip")),
        "the packed body is signed"
    );
    assert_eq!(last.header("x-amz-security-token"), Some(&*format!("{TOKEN}1")));
    let authorization = last.header("authorization").unwrap();
    for header in ["content-type", "content-encoding", "host", "x-amz-security-token"] {
        assert!(authorization.contains(header), "`{header}` is signed: {authorization}");
    }
}

#[tokio::test]
async fn a_server_with_another_key_region_or_service_refuses_it() {
    for verifier in [
        Verifier { secret: "another", ..VERIFIER },
        Verifier { region: "eu-west-2", ..VERIFIER },
        Verifier { service: "aoss", ..VERIFIER },
    ] {
        let server = checked_by(verifier).await;
        let answer = client(&server.url(), role()).send(Request::get("/")).await.unwrap();
        assert_eq!(answer.status, 403);
    }
}

#[tokio::test]
async fn each_try_has_a_signature_of_its_own_time() {
    let server = checked_by(VERIFIER).await;
    let client = client(&server.url(), role());
    let request = Request::post("/_bulk", "application/x-ndjson", "{}\n");
    for _ in 0..2 {
        assert_eq!(client.send(request.clone()).await.unwrap().status, 200);
    }
    let seen = server.seen();
    assert_eq!(seen[0].body, seen[1].body);
    for header in ["x-amz-date", "authorization"] {
        assert_ne!(seen[0].header(header), seen[1].header(header));
    }
}

#[tokio::test]
async fn credentials_that_have_expired_are_replaced_between_two_tries() {
    let server = checked_by(VERIFIER).await;
    let short = Role { calls: AtomicUsize::new(0), valid: Duration::from_secs(1) };
    let client = client(&server.url(), short);
    let mut tokens = Vec::new();
    for n in 0..20 {
        assert_eq!(client.send(Request::get("/")).await.unwrap().status, 200);
        tokens.push(server.seen()[n].header("x-amz-security-token").unwrap().to_string());
    }
    tokens.dedup();
    assert!(tokens.len() > 1, "{tokens:?}");
}

#[derive(Debug)]
struct NoRole;

impl ProvideCredentials for NoRole {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err(CredentialsError::not_loaded("the role\n  is gone")))
    }
}

#[tokio::test]
async fn without_credentials_nothing_is_sent_and_why_is_told() {
    let server = checked_by(VERIFIER).await;
    let failure = client(&server.url(), NoRole).send(Request::get("/")).await.unwrap_err();
    assert!(matches!(failure, Failure::NotSigned { .. }), "{failure}");
    assert!(failure.to_string().contains("the role is gone"), "{failure}");
    let broken = Credentials::new("KEY", SECRET, Some("a\nb".into()), None, "test");
    let failure = client(&server.url(), broken).send(Request::get("/")).await.unwrap_err();
    assert!(matches!(failure, Failure::NotSigned { .. }), "{failure}");
    assert!(!failure.to_string().contains(SECRET), "{failure}");
    assert!(server.seen().is_empty());
}

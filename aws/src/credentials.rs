//! Credentials for requests that no SDK client signs: fetched when they are needed, and replaced before they expire. (SDK
//! clients keep theirs themselves; a bare provider asks its source at each call.)

use crate::sdk;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use catchwater_consumer_core::world::Clock;
use std::fmt;
use std::sync::Arc;
use std::time::UNIX_EPOCH;
use tokio::sync::{Mutex, OnceCell};

/// Credentials are replaced this long before they expire: roles of machines and containers have new ones from five
/// minutes before on (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html>).
const RENEWED_BEFORE_MS: i64 = 5 * 60_000;
/// Those that do not say when they expire are asked for again after this, as SDK clients do.
const WITHOUT_EXPIRY_MS: i64 = 15 * 60_000;
/// A source that has nothing newer, or fails, is left alone for this.
const ASKED_AGAIN_MS: i64 = 10_000;

/// Credentials and where they come from.
pub(crate) struct HeldCredentials {
    provider: SharedCredentialsProvider,
    clock: Arc<dyn Clock>,
    held: Mutex<Option<Held>>,
}

struct Held {
    credentials: Credentials,
    /// When they expire.
    expiry_ms: Option<i64>,
    /// When others are asked for.
    renewed_ms: i64,
}

impl HeldCredentials {
    pub(crate) fn new(provider: SharedCredentialsProvider, clock: Arc<dyn Clock>) -> Self {
        Self { provider, clock, held: Mutex::new(None) }
    }

    /// Credentials that are valid now. One caller asks the source, the others wait for it.
    pub(crate) async fn get(&self) -> Result<Credentials, CredentialsError> {
        let mut held = self.held.lock().await;
        if let Some(held) = held.as_ref().filter(|held| self.clock.now_millis() < held.renewed_ms) {
            return Ok(held.credentials.clone());
        }
        let fetched = self.provider.provide_credentials().await;
        let now = self.clock.now_millis();
        match (fetched, held.as_mut()) {
            (Ok(credentials), _) => {
                let since = |at: std::time::SystemTime| at.duration_since(UNIX_EPOCH).unwrap_or_default();
                let millis = |at| i64::try_from(since(at).as_millis()).unwrap_or(i64::MAX);
                let expiry_ms = credentials.expiry().map(millis);
                let renewed_ms = expiry_ms.map_or(now + WITHOUT_EXPIRY_MS, |at| at - RENEWED_BEFORE_MS);
                let renewed_ms = renewed_ms.max(now + ASKED_AGAIN_MS).min(expiry_ms.unwrap_or(i64::MAX));
                *held = Some(Held { credentials: credentials.clone(), expiry_ms, renewed_ms });
                Ok(credentials)
            }
            (Err(_), Some(held)) if held.expiry_ms.is_none_or(|at| now < at) => {
                held.renewed_ms = now + ASKED_AGAIN_MS;
                Ok(held.credentials.clone())
            }
            (Err(error), _) => Err(error),
        }
    }
}

/// Prints none of them.
impl fmt::Debug for HeldCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HeldCredentials")
    }
}

/// Credentials as AWS's tools find them (environment, profile, role), looked for only when the first are needed: a program that
/// signs nothing asks no one.
#[derive(Default)]
pub(crate) struct Found(OnceCell<Option<SharedCredentialsProvider>>);

impl ProvideCredentials for Found {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let find = async || sdk::config().await.credentials_provider();
            match self.0.get_or_init(find).await {
                Some(provider) => provider.provide_credentials().await,
                None => Err(CredentialsError::not_loaded_no_source()),
            }
        })
    }
}

impl fmt::Debug for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Found")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::future::BoxFuture;
    use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
    use std::time::{Duration, SystemTime};

    #[derive(Debug, Default)]
    struct Hand(AtomicI64);

    impl Clock for Hand {
        fn now_millis(&self) -> i64 {
            self.0.load(Ordering::SeqCst)
        }

        fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
            unreachable!("nothing here waits")
        }
    }

    /// Gives a new key at each call, valid for a time from then; fails after so many.
    #[derive(Debug)]
    struct Source {
        clock: Arc<Hand>,
        calls: AtomicUsize,
        valid_ms: Option<i64>,
        fails_after: usize,
    }

    impl ProvideCredentials for Source {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            let call = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
            if call > self.fails_after {
                return future::ProvideCredentials::ready(Err(CredentialsError::not_loaded("no role")));
            }
            let until = |valid: i64| Duration::from_millis((self.clock.now_millis() + valid).unsigned_abs());
            let expiry = self.valid_ms.map(|valid| SystemTime::UNIX_EPOCH + until(valid));
            let credentials = Credentials::new(format!("KEY{call}"), "secret", None, expiry, "test");
            future::ProvideCredentials::ready(Ok(credentials))
        }
    }

    fn held(valid_ms: Option<i64>, fails_after: usize) -> (HeldCredentials, Arc<Hand>, Arc<Source>) {
        let clock = Arc::new(Hand::default());
        let source =
            Arc::new(Source { clock: clock.clone(), calls: AtomicUsize::new(0), valid_ms, fails_after });
        let shared: Arc<dyn ProvideCredentials> = source.clone();
        let provider = SharedCredentialsProvider::from(shared);
        (HeldCredentials::new(provider, clock.clone()), clock, source)
    }

    async fn key(held: &HeldCredentials) -> String {
        held.get().await.unwrap().access_key_id().to_string()
    }

    const MINUTE: i64 = 60_000;

    #[tokio::test]
    async fn they_are_fetched_once_and_replaced_before_they_expire() {
        let (held, clock, source) = held(Some(60 * MINUTE), usize::MAX);
        for (minutes, expected) in [(0, "KEY1"), (54, "KEY1"), (56, "KEY2"), (100, "KEY2"), (300, "KEY3")] {
            clock.0.store(minutes * MINUTE, Ordering::SeqCst);
            assert_eq!(key(&held).await, expected, "after {minutes} minutes");
        }
        assert_eq!(source.calls.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn short_ones_are_used_until_they_expire_and_no_longer() {
        let (held, clock, _) = held(Some(5_000), usize::MAX);
        for (ms, expected) in [(0, "KEY1"), (4_999, "KEY1"), (5_000, "KEY2")] {
            clock.0.store(ms, Ordering::SeqCst);
            assert_eq!(key(&held).await, expected, "after {ms} ms");
        }
    }

    #[tokio::test]
    async fn those_that_say_no_expiry_are_asked_for_again_after_a_while() {
        let (held, clock, _) = held(None, usize::MAX);
        for (minutes, expected) in [(0, "KEY1"), (14, "KEY1"), (16, "KEY2")] {
            clock.0.store(minutes * MINUTE, Ordering::SeqCst);
            assert_eq!(key(&held).await, expected, "after {minutes} minutes");
        }
    }

    #[tokio::test]
    async fn a_source_that_fails_is_left_alone_while_the_old_ones_are_valid_and_no_longer() {
        let (held, clock, source) = held(Some(60 * MINUTE), 1);
        for minutes in [0, 56, 56, 56, 59] {
            clock.0.store(minutes * MINUTE, Ordering::SeqCst);
            assert_eq!(key(&held).await, "KEY1", "after {minutes} minutes");
        }
        assert_eq!(source.calls.load(Ordering::SeqCst), 3, "not at each call");
        clock.0.store(60 * MINUTE, Ordering::SeqCst);
        held.get().await.unwrap_err();
    }
}

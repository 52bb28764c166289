//! The sink: records out, outcomes back.

use crate::answer::{Verdict, of_failure, verdict};
use crate::call::{MOST_RECORDS, common};
use crate::client::OnceClient;
use crate::config::{BadConfig, Config, Layout};
use crate::encode::Encoder;
use crate::existing;
use aws_config::SdkConfig;
use aws_sdk_timestreamwrite::types::Record;
use catchwater_consumer_core::halving::Halving;
use catchwater_consumer_core::once::{Part, once, once_by, outcomes};
use catchwater_consumer_core::sink::{Named, Sink};
use catchwater_schemas::event::Event;
use catchwater_schemas::outcome::Outcome;
use catchwater_schemas::time::Timestamp;
use futures::future::{BoxFuture, join_all};
use std::time::Duration;

/// Writes events to one table.
pub struct TimestreamSink {
    client: OnceClient,
    encoder: Encoder,
    layout: Layout,
    database: String,
    table: String,
    parallel_calls: usize,
}

impl TimestreamSink {
    /// A sink that finds region and credentials in the environment when it is first used.
    pub fn open(config: &Config) -> Result<Self, BadConfig> {
        Self::made(config, None)
    }

    /// A sink for where the SDK is configured already.
    pub fn with_sdk(config: &Config, sdk: SdkConfig) -> Result<Self, BadConfig> {
        Self::made(config, Some(sdk))
    }

    fn made(config: &Config, sdk: Option<SdkConfig>) -> Result<Self, BadConfig> {
        config.check()?;
        Ok(Self {
            client: OnceClient::new(config, sdk),
            encoder: Encoder::new(config),
            layout: config.layout,
            database: config.database.clone(),
            table: config.table.clone(),
            parallel_calls: config.parallel_calls as usize,
        })
    }

    async fn write_all(&self, events: &[Event<'_>]) -> Vec<Outcome> {
        let mut parts: Vec<Part<Record>> = events.iter().map(|event| self.encoder.part(event)).collect();
        once(events, &mut parts);
        if self.layout == Layout::Existing {
            let keys: Vec<String> = parts.iter().map(key).collect();
            once_by(events, &mut parts, |event| keys[event].as_str());
        }
        let sent: Vec<usize> =
            (0..parts.len()).filter(|event| matches!(parts[*event], Part::Sent(_))).collect();
        let bodies = sent.chunks(MOST_RECORDS).map(<[usize]>::to_vec).collect();
        let mut halving = Halving::new(bodies, parts.len());
        loop {
            let mut calls: Vec<Vec<usize>> = Vec::new();
            while calls.len() < self.parallel_calls
                && let Some(body) = halving.next_body()
            {
                calls.push(body);
            }
            if calls.is_empty() {
                break;
            }
            let verdicts = join_all(calls.iter().map(|body| self.call(events, &parts, body))).await;
            for (body, verdict) in calls.into_iter().zip(verdicts) {
                judge(&mut halving, body, verdict);
            }
        }
        outcomes(&parts, |event| halving.outcome(event))
    }

    /// Writes the records of these events.
    async fn call(&self, events: &[Event<'_>], parts: &[Part<Record>], body: &[usize]) -> Verdict {
        let record = |event: &usize| match &parts[*event] {
            Part::Sent(record) => Some(record.clone()),
            _ => None,
        };
        let mut records: Vec<Record> = body.iter().filter_map(record).collect();
        let of = |event: &usize| (version(&parts[*event]), events[*event].time);
        let told: Vec<(i64, Timestamp)> = body.iter().map(of).collect();
        let common = common(&mut records);
        let table = format!("{}/{}", self.database, self.table);
        let client = match self.client.get().await {
            Ok(client) => client,
            Err(failure) => return self.without_endpoint(failure, &table),
        };
        let call = client.write_records().database_name(&self.database).table_name(&self.table);
        let answer = call.set_common_attributes(common).set_records(Some(records)).send().await;
        let verdict = verdict(answer, &table, &told);
        if matches!(verdict, Verdict::Moved(_)) {
            self.client.forget().await;
        }
        verdict
    }

    /// No call was made, so it is of no record.
    fn without_endpoint(&self, failure: catchwater_aws::failure::Failure, table: &str) -> Verdict {
        match of_failure(failure, table) {
            Verdict::Refused(reason) | Verdict::Moved(reason) => {
                Verdict::Later { after: Duration::ZERO, reason: format!("no endpoint: {reason}") }
            }
            verdict => verdict,
        }
    }
}

fn key(part: &Part<Record>) -> String {
    match part {
        Part::Sent(record) => existing::key(record),
        _ => String::new(),
    }
}

fn version(part: &Part<Record>) -> i64 {
    match part {
        Part::Sent(record) => record.version().unwrap_or(1),
        _ => 1,
    }
}

fn judge(halving: &mut Halving, body: Vec<usize>, verdict: Verdict) {
    match verdict {
        Verdict::Taken => halving.know(&body, &Outcome::Delivered),
        Verdict::Some(rejected) => {
            halving.know(&body, &Outcome::Delivered);
            for (index, outcome) in rejected {
                halving.know(&body[index..=index], &outcome);
            }
        }
        Verdict::Later { after, reason } => halving.later(&body, after, &reason),
        Verdict::Moved(reason) => halving.later(&body, Duration::ZERO, &reason),
        Verdict::Refused(reason) => halving.refused(body, reason),
    }
}

impl Sink for TimestreamSink {
    fn name(&self) -> &'static str {
        Config::NAME
    }

    fn write<'a>(&'a self, events: &'a [Event<'a>]) -> BoxFuture<'a, Vec<Outcome>> {
        Box::pin(self.write_all(events))
    }
}

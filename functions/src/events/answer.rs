//! What a function answers, by what it was invoked with. Everywhere one rule: what is not settled comes again.
//!
//! | invoked by | not settled |
//! |---|---|
//! | Kinesis | the lowest record of each shard in `batchItemFailures` |
//! | Kafka, with [`KafkaFailures::Partial`] | the lowest offset of each partition in `batchItemFailures` |
//! | Kafka else | the invocation fails |
//! | CloudWatch Logs | the invocation fails |
//!
//! Lambda reads `batchItemFailures` of Kafka only where the mapping is in provisioned mode and has
//! `ReportBatchItemFailures` among its `FunctionResponseTypes` (Lambda developer guide, "Configuring error handling controls for
//! Kafka event sources"); elsewhere it would take such an answer for a success, and the records would be lost. So it is a
//! setting, and off by default. The identifier there is `{"partition":"topic-0","offset":15}`, as AWS's own Powertools write it.

use super::kafka::partition_of;
use catchwater_mapping::lambda_event;
use catchwater_mapping::lambda_event::kinesis::KinesisEvent;
use catchwater_mapping::stream::SequenceNumber;
use catchwater_schemas::account::Account;
use serde::{Deserialize, Serialize};

/// What became of a shard's records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShardAnswer {
    /// Shard's id.
    pub shard: String,
    /// The lowest record that is not settled; `None`: all are.
    pub lowest_failure: Option<SequenceNumber>,
    /// Counts of the records below.
    pub account: Account,
}

impl ShardAnswer {
    fn unsettled(&self) -> Unsettled {
        Unsettled { shard: self.shard.clone(), cause: None }
    }
}

/// Records are not settled, and no answer can name them: the invocation fails, so that all come again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("records of shard {shard} are not settled{}: the invocation fails, so that all come again", cause.as_ref().map(|c| format!(" ({c})")).unwrap_or_default())]
pub struct Unsettled {
    /// Shard's id.
    pub shard: String,
    /// Why, where that is known here; no payload.
    pub cause: Option<String>,
}

/// How a Kafka mapping is told what is not settled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KafkaFailures {
    /// By a failed invocation: all records come again. Right for every mapping.
    #[default]
    Whole,
    /// By `batchItemFailures`: only for a mapping in provisioned mode with `ReportBatchItemFailures`.
    Partial,
}

/// Counts of all shards.
pub fn account(answers: &[ShardAnswer]) -> Account {
    let mut all = Account::default();
    for answer in answers {
        all.add(&answer.account);
    }
    all
}

/// The answer to a Kinesis event; with the account where our own mapping has sent it.
pub fn kinesis(event: &KinesisEvent, answers: &[ShardAnswer]) -> Vec<u8> {
    let account = event.tries.map(|_| account(answers));
    lambda_event::answer::write(answers.iter().filter_map(|a| a.lowest_failure.as_ref()), account.as_ref())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KafkaAnswer<'a> {
    batch_item_failures: Vec<KafkaFailure<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KafkaFailure<'a> {
    item_identifier: KafkaItem<'a>,
}

#[derive(Serialize)]
struct KafkaItem<'a> {
    partition: &'a str,
    offset: u64,
}

/// The answer to a Kafka event.
pub fn kafka(answers: &[ShardAnswer], failures: KafkaFailures) -> Result<Vec<u8>, Unsettled> {
    let mut batch_item_failures = Vec::new();
    for answer in answers {
        let Some(lowest) = &answer.lowest_failure else { continue };
        let Ok(offset) = lowest.0.parse() else { return Err(answer.unsettled()) };
        if failures == KafkaFailures::Whole {
            return Err(answer.unsettled());
        }
        let partition = partition_of(&answer.shard);
        batch_item_failures.push(KafkaFailure { item_identifier: KafkaItem { partition, offset } });
    }
    let json = serde_json::to_vec(&KafkaAnswer { batch_item_failures });
    Ok(json.expect("text and numbers go into memory"))
}

/// The answer to what CloudWatch Logs sends: Lambda invokes such a function asynchronously and looks only at whether it failed.
pub fn logs(answer: &ShardAnswer) -> Result<Vec<u8>, Unsettled> {
    match answer.lowest_failure {
        None => Ok(b"null".to_vec()),
        Some(_) => Err(answer.unsettled()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use catchwater_mapping::lambda_event::Tries;

    fn answer(shard: &str, lowest: Option<&str>, taken: u64) -> ShardAnswer {
        let lowest_failure = lowest.map(|s| SequenceNumber(s.into()));
        ShardAnswer { shard: shard.into(), lowest_failure, account: Account { taken, ..Account::default() } }
    }

    fn text(json: Vec<u8>) -> String {
        String::from_utf8(json).unwrap()
    }

    #[test]
    fn kinesis_is_told_the_lowest_of_each_shard_and_our_own_mapping_the_account() {
        let answers = [answer("s-0", Some("7"), 1), answer("s-1", None, 2), answer("s-2", Some("5"), 4)];
        let event = KinesisEvent::default();
        let failures = r#"{"batchItemFailures":[{"itemIdentifier":"7"},{"itemIdentifier":"5"}]"#;
        assert_eq!(text(kinesis(&event, &answers)), format!("{failures}}}"));
        let tries = Some(Tries { tries: 0, first_try_millis: 0 });
        let own = text(kinesis(&KinesisEvent { tries, ..event }, &answers));
        assert!(own.starts_with(&format!("{failures},\"account\":{{\"records\":0,\"taken\":7,")), "{own}");
    }

    #[test]
    fn kafka_is_told_offsets_only_where_it_reads_them() {
        let settled = [answer("t-0", None, 1)];
        let failed = [answer("t-0", None, 1), answer("t-1@c/u", Some("42"), 1)];
        for failures in [KafkaFailures::Whole, KafkaFailures::Partial] {
            assert_eq!(text(kafka(&settled, failures).unwrap()), r#"{"batchItemFailures":[]}"#);
        }
        assert_eq!(kafka(&failed, KafkaFailures::Whole).unwrap_err().shard, "t-1@c/u");
        assert_eq!(
            text(kafka(&failed, KafkaFailures::Partial).unwrap()),
            r#"{"batchItemFailures":[{"itemIdentifier":{"partition":"t-1","offset":42}}]}"#
        );
        assert!(kafka(&[answer("t-0", Some("x"), 0)], KafkaFailures::Partial).is_err());
    }

    #[test]
    fn cloudwatch_is_told_by_a_failure() {
        assert_eq!(text(logs(&answer("awslogs", None, 1)).unwrap()), "null");
        let error = logs(&answer("awslogs", Some("id"), 0)).unwrap_err().to_string();
        assert_eq!(
            error,
            "records of shard awslogs are not settled: the invocation fails, so that all come again"
        );
    }
}

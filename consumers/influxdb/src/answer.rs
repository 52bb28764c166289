//! What the server did with a body of lines, by its answer
//! (<https://docs.influxdata.com/influxdb/v1/tools/api/#status-codes-and-responses-2>,
//! <https://docs.influxdata.com/influxdb/v2/write-data/troubleshoot/>).
//!
//! An error's text repeats lines, so nothing of it but known words and names of fields goes on.

use catchwater_consumer_core::halving::Refused;
use catchwater_consumer_core::http::{Answer, Failure};
use catchwater_consumer_core::retry::FOR_PEOPLE;
use catchwater_schemas::field::Field;
use serde::Deserialize;
use std::time::Duration;

/// What became of the lines of one body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// All are in the database.
    Taken,
    /// None or nobody knows which: all are sent again later. It concerns the server, so also what was not sent yet.
    Later {
        /// Shortest wait.
        after: Duration,
        /// Why.
        reason: String,
    },
    /// Some are in the database; which were refused the server does not say.
    Some(Refused),
    /// The body is too large.
    TooLarge,
}

/// Version 1 says `error`, version 2 `code` and `message`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    error: String,
    message: String,
}

/// Reads an answer; `remedy` is said where database or bucket are missing.
pub(crate) fn verdict(answer: Result<Answer, Failure>, remedy: &str) -> Verdict {
    let answer = match answer {
        Ok(answer) => answer,
        Err(failure) => return Verdict::Later { after: failure.wait(), reason: failure.to_string() },
    };
    let later = |least: Duration, reason: String| Verdict::Later {
        after: answer.retry_after.unwrap_or_default().max(least),
        reason,
    };
    match answer.status {
        204 => Verdict::Taken,
        // 201 is a partial write of InfluxDB's clusters, 422 one of 2.x.
        201 | 400 | 422 => Verdict::Some(refused(answer.status, &message(&answer.body))),
        413 => Verdict::TooLarge,
        401 | 403 => {
            let of = "the server refuses who we are or what we may do";
            let todo = "check `token_env`, or `username` and `password_env`, and the right to write";
            later(FOR_PEOPLE, format!("{} from the server: {of}; {todo}", answer.status))
        }
        404 => later(FOR_PEOPLE, format!("404 from the server: {remedy}")),
        status => later(Duration::ZERO, format!("the server answered {status}")),
    }
}

fn message(body: &[u8]) -> String {
    match serde_json::from_slice::<ErrorBody>(body) {
        Ok(said) if said.error.is_empty() => said.message,
        Ok(said) => said.error,
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    }
}

fn refused(status: u16, message: &str) -> Refused {
    let are_oldest = message.contains("beyond retention policy");
    let reason = if are_oldest {
        "older_than_retention: the retention policy keeps no events of this time".to_string()
    } else if message.contains("field type conflict") {
        let field = quoted_behind(message, "input field \"").and_then(Field::from_path);
        let path = field.map_or("a field", |field| field.info().path);
        format!(
            "field_type_conflict: the database holds {path} as another type; it has lines that are not ours"
        )
    } else if message.contains("max-values-per-tag") {
        "max_values_per_tag: the database takes no more values of a tag (`max-values-per-tag`)".into()
    } else if message.contains("max-series-per-database") {
        "max_series_per_database: the database takes no more series (`max-series-per-database`)".into()
    } else if message.contains("unable to parse") {
        "line_not_parsed: the server cannot read the line".into()
    } else {
        format!("line_refused: the server answered {status} without words that are known")
    };
    Refused { reason, dropped: dropped(message), are_oldest }
}

/// The number behind `dropped=`, at the end of the message.
fn dropped(message: &str) -> Option<usize> {
    let (_, behind) = message.rsplit_once("dropped=")?;
    behind.trim_end().parse().ok()
}

fn quoted_behind<'m>(message: &'m str, words: &str) -> Option<&'m str> {
    message.split_once(words)?.1.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, body: &'static str) -> Verdict {
        verdict(Ok(Answer::new(status, body)), "make it")
    }

    #[test]
    fn partial_writes_tell_why_and_how_many() {
        for (status, body, word, dropped, are_oldest) in [
            (
                400,
                r#"{"error":"partial write: points beyond retention policy dropped=3"}"#,
                "older_than_retention",
                Some(3),
                true,
            ),
            (
                422,
                r#"{"code":"unprocessable entity","message":"failure writing points to database: partial write: points beyond retention policy dropped=1"}"#,
                "older_than_retention",
                Some(1),
                true,
            ),
            (
                400,
                r#"{"error":"partial write: field type conflict: input field \"url.port\" on measurement \"log\" is type integer, already exists as type string dropped=1"}"#,
                "field_type_conflict: the database holds url.port",
                Some(1),
                false,
            ),
            (
                400,
                r#"{"error":"partial write: unable to parse 'log secret=x 1': invalid boolean dropped=0"}"#,
                "line_not_parsed",
                Some(0),
                false,
            ),
            (400, "no JSON", "line_refused", None, false),
            (201, "", "line_refused", None, false),
        ] {
            let Verdict::Some(refused) = of(status, body) else { panic!("{body}") };
            assert!(refused.reason.starts_with(word), "{body}: {}", refused.reason);
            assert!(!refused.reason.contains("secret"));
            assert_eq!((refused.dropped, refused.are_oldest), (dropped, are_oldest), "{body}");
        }
    }

    #[test]
    fn what_concerns_the_server_comes_later() {
        for (status, words) in [
            (401, "token_env"),
            (403, "right to write"),
            (404, "make it"),
            (429, "429"),
            (500, "500"),
            (200, "200"),
        ] {
            let Verdict::Later { reason, .. } = of(status, "{}") else { panic!("{status}") };
            assert!(reason.contains(words), "{reason}");
        }
        assert_eq!((of(204, ""), of(413, "")), (Verdict::Taken, Verdict::TooLarge));
        let wait = Duration::from_secs(7);
        let busy = Answer { retry_after: Some(wait), ..Answer::new(503, "") };
        assert!(matches!(verdict(Ok(busy), ""), Verdict::Later { after, .. } if after == wait));
        let cut = Failure::TimedOut { after: wait };
        assert!(matches!(verdict(Err(cut), ""), Verdict::Later { .. }));
    }
}

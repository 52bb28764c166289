//! What the server did with a push of one stream, by its answer. The statuses are in the manual
//! (<https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs>), the texts in Loki's source
//! (`pkg/validation/validate.go`, `pkg/ingester/stream.go`, `pkg/util/errors.go`; seen with 3.7.8).
//!
//! A push is partial: 400 says that some entries were refused, the others are taken. The text names some of them by their
//! stream's labels, which hold values of events: nothing of it but known words and numbers goes on.

use catchwater_consumer_core::halving::Refused;
use catchwater_consumer_core::http::{Answer, Failure};
use catchwater_consumer_core::retry::FOR_PEOPLE;
use std::time::Duration;

/// Loki says 429 without `Retry-After`; its limits are of bytes a second.
const RATE_WAIT: Duration = Duration::from_secs(1);

/// What became of the entries of one push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// All are taken.
    Taken,
    /// None, or nobody knows which: all are sent again later.
    Later {
        /// Shortest wait.
        after: Duration,
        /// Why.
        reason: String,
        /// What else waits.
        of: Concern,
    },
    /// Some are taken; which were refused the server does not say of all.
    Some(Refused),
    /// The body is too large.
    TooLarge,
}

/// What an answer is about, beside the entries of its push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Concern {
    /// All that the server is sent.
    Server,
    /// All that it is sent, and it might take smaller bodies.
    Rate,
    /// This stream only.
    Stream,
}

/// Words of Loki about an entry that it refuses for good, the word that is counted, and whether they are the oldest of a push.
const REFUSALS: [(&str, &str, bool); 9] = [
    (
        "entry too far behind",
        "too_far_behind: older than what Loki takes behind the newest entry of this stream (half of `max_chunk_age`)",
        true,
    ),
    ("entry out of order", "too_far_behind: the server wants entries in order (`unordered_writes`)", true),
    (
        "has timestamp too old",
        "timestamp_too_old: older than the server takes (`reject_old_samples_max_age`)",
        true,
    ),
    (
        "has timestamp too new",
        "timestamp_too_new: further ahead than the server takes (`creation_grace_period`)",
        false,
    ),
    ("max entry size", "line_too_long: the event is longer than the server takes (`max_line_size`)", false),
    (
        "has structured metadata too large",
        "metadata_too_large: more than the server takes (`max_structured_metadata_size`)",
        false,
    ),
    (
        "has too many structured metadata labels",
        "metadata_too_many: more than the server takes (`max_structured_metadata_entries_count`)",
        false,
    ),
    (
        "has label value too long",
        "label_too_long: a label is longer than the server takes (`max_label_value_length`)",
        false,
    ),
    (
        "label names; limit",
        "too_many_labels: more than the server takes (`max_label_names_per_series`)",
        false,
    ),
];

/// Reads an answer.
pub(crate) fn verdict(answer: Result<Answer, Failure>) -> Verdict {
    let answer = match answer {
        Ok(answer) => answer,
        Err(failure) => {
            return Verdict::Later {
                after: failure.wait(),
                reason: failure.to_string(),
                of: Concern::Server,
            };
        }
    };
    let later = |least: Duration, of: Concern, reason: String| Verdict::Later {
        after: answer.retry_after.unwrap_or_default().max(least),
        reason,
        of,
    };
    let operator = |reason: String| later(FOR_PEOPLE, Concern::Server, reason);
    let words = without_quoted(&String::from_utf8_lossy(&answer.body));
    let said = |phrase: &str| words.contains(phrase);
    match answer.status {
        204 => Verdict::Taken,
        400 if said("includes structured metadata, but this feature is disallowed") => {
            operator("400 from the server: it takes no structured metadata; set `allow_structured_metadata`, which wants schema v13".into())
        }
        400 if said("missing required labels") => {
            operator("400 from the server: it asks for labels that no event has (`enforced_labels`)".into())
        }
        400 => Verdict::Some(refused(&words)),
        // Of the first such entry, with the status of a fault of its own; the answer would be the same for ever.
        500 if said("no schema config found for time") => {
            let reason = "before_schema: older than the first `from` of the server's `schema_config`".into();
            Verdict::Some(Refused { reason, dropped: None, are_oldest: false })
        }
        413 => Verdict::TooLarge,
        429 if said("Per stream rate limit exceeded") => {
            later(RATE_WAIT, Concern::Stream, "429 from the server: more bytes a second than one stream may have (`per_stream_rate_limit`)".into())
        }
        429 if said("maximum active stream limit exceeded") => {
            later(FOR_PEOPLE, Concern::Stream, "429 from the server: no more streams (`max_global_streams_per_user`)".into())
        }
        429 => later(RATE_WAIT, Concern::Rate, "429 from the server: more bytes a second than it takes (`ingestion_rate_mb`)".into()),
        401 | 403 => {
            let todo = "check `tenant`, and user and password, and the right to write";
            operator(format!("{} from the server: it refuses who we are or what we may do; {todo}", answer.status))
        }
        404 | 405 => operator(format!("{} from the server: is `url` Loki's own?", answer.status)),
        // A status of its own, 260 by default, for a tenant whose writes are blocked: a success that is none.
        status if said("ingestion blocked for user") => {
            operator(format!("{status} from the server: writes are blocked (`block_ingestion_until`)"))
        }
        status => later(Duration::ZERO, Concern::Server, format!("the server answered {status}")),
    }
}

/// The text without what stands in double quotes: the values of labels, which might hold any words.
fn without_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut quoted, mut escaped) = (false, false);
    for letter in text.chars() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if !quoted => out.push(letter),
            _ => {}
        }
    }
    out
}

fn refused(words: &str) -> Refused {
    let kinds: Vec<&(&str, &str, bool)> =
        REFUSALS.iter().filter(|(phrase, ..)| words.contains(phrase)).collect();
    let reason = kinds
        .first()
        .map_or("entry_refused: the server answered 400 without words that are known", |(_, reason, _)| {
            reason
        });
    // Of several kinds nobody knows how many are of which; nor where the rate was too high for some besides.
    let one = kinds.len() == 1 && !words.contains("rate limit exceeded");
    let are_oldest = one && kinds.iter().all(|(.., oldest)| *oldest);
    let dropped = one.then(|| dropped(words, kinds[0].0)).flatten();
    Refused { reason: reason.to_string(), dropped, are_oldest }
}

/// How many entries were refused: the ingester says `total ignored: 3 out of 7`; the distributor names each, equal texts
/// as `3 errors like: …`.
fn dropped(words: &str, phrase: &str) -> Option<usize> {
    if let Some((_, behind)) = words.rsplit_once("total ignored: ") {
        return behind.split(' ').next()?.parse().ok();
    }
    let of = |part: &str| {
        let count = part.split_once(" errors like: ").map_or(Some(1), |(count, _)| count.parse().ok());
        count.filter(|_| part.contains(phrase))
    };
    words.split("; ").map(of).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, body: &'static str) -> Verdict {
        verdict(Ok(Answer::new(status, body)))
    }

    #[test]
    fn partial_pushes_tell_why_and_how_many() {
        for (body, word, dropped, are_oldest) in [
            (
                "entry with timestamp 2020-01-01 00:00:00 +0000 UTC ignored, reason: 'entry too far behind, entry timestamp is: 2020-01-01T00:00:00Z, oldest acceptable timestamp is: 2020-01-01T01:00:00Z',\nuser 'fake', total ignored: 3 out of 7 for stream: {service=\"s3cret; max entry size\"}",
                "too_far_behind:",
                Some(3),
                true,
            ),
            (
                "entry for stream '{kind=\"log\"}' has timestamp too old: 2020-01-01T00:00:00Z, oldest acceptable timestamp is: 2026-01-01T00:00:00Z",
                "timestamp_too_old:",
                Some(1),
                true,
            ),
            (
                "2 errors like: entry for stream '{a=\"x\\\"; y\"}' has timestamp too old: a; 3 errors like: entry for stream '{}' has timestamp too old: b",
                "timestamp_too_old:",
                Some(5),
                true,
            ),
            (
                "1 errors like: entry for stream '{}' has timestamp too old: a; 3 errors like: max entry size '9' bytes exceeded for stream '{}'",
                "timestamp_too_old:",
                None,
                false,
            ),
            (
                "max entry size '10' bytes exceeded for stream '{}' while adding an entry with length '33' bytes",
                "line_too_long:",
                Some(1),
                false,
            ),
            ("", "entry_refused:", None, false),
            ("s3cret; it is broken", "entry_refused:", None, false),
        ] {
            let Verdict::Some(refused) = of(400, body) else { panic!("{body}") };
            assert!(refused.reason.starts_with(word), "{body}: {}", refused.reason);
            assert!(!refused.reason.contains("s3cret"));
            assert_eq!((refused.dropped, refused.are_oldest), (dropped, are_oldest), "{body}");
        }
    }

    #[test]
    fn what_concerns_the_server_or_the_stream_comes_later() {
        for (status, body, words, concern) in [
            (401, "no org id", "`tenant`", Concern::Server),
            (403, "", "right to write", Concern::Server),
            (404, "404 page not found", "`url`", Concern::Server),
            (429, "ingestion rate limit exceeded for user fake", "ingestion_rate_mb", Concern::Rate),
            (
                429,
                "Per stream rate limit exceeded (limit: 1KB/sec)",
                "per_stream_rate_limit",
                Concern::Stream,
            ),
            (429, "maximum active stream limit exceeded when", "no more streams", Concern::Stream),
            (
                260,
                "ingestion blocked for user 'fake' until '2030' with status code '260'",
                "260",
                Concern::Server,
            ),
            (
                400,
                "stream '{}' includes structured metadata, but this feature is disallowed",
                "schema v13",
                Concern::Server,
            ),
            (400, "missing required labels 'env' for user 'fake'", "enforced_labels", Concern::Server),
            (500, "rpc error", "500", Concern::Server),
            (200, "", "200", Concern::Server),
        ] {
            let Verdict::Later { reason, of, .. } = of(status, body) else { panic!("{status} {body}") };
            assert!(reason.contains(words) && of == concern, "{reason}: {of:?}");
        }
        assert_eq!((of(204, ""), of(413, "")), (Verdict::Taken, Verdict::TooLarge));
        let wait = Duration::from_secs(7);
        let busy = Answer { retry_after: Some(wait), ..Answer::new(429, "") };
        assert!(matches!(verdict(Ok(busy)), Verdict::Later { after, .. } if after == wait));
        let cut = Failure::TimedOut { after: wait };
        assert!(matches!(verdict(Err(cut)), Verdict::Later { .. }));
    }

    #[test]
    fn words_of_a_label_are_not_the_servers() {
        let body =
            "max entry size '9' bytes exceeded for stream '{service=\"this \\\"missing required labels\"}'";
        assert!(
            matches!(of(400, body), Verdict::Some(refused) if refused.reason.starts_with("line_too_long:"))
        );
    }
}

//! Keys of logfmt beyond those that the format `json` knows.

use catchwater_schemas::field::Field;

/// Does a pair tell that this is a line of a log: time, level or message?
pub(super) fn tells(key: &str, value: &str) -> bool {
    match key {
        "ts" | "time" | "t" | "timestamp" | "@timestamp" => value.starts_with(|c: char| c.is_ascii_digit()),
        "level" | "lvl" | "severity" | "log.level" | "at" => is_level(value),
        // Linux's audit log has its time and number there.
        "msg" | "message" => !value.is_empty() && !value.starts_with("audit("),
        _ => false,
    }
}

/// Names of levels, of whatever logger, and the short ones of glog and log15.
fn is_level(value: &str) -> bool {
    const LEVELS: [&str; 18] = [
        "trace",
        "debug",
        "info",
        "notice",
        "warn",
        "warning",
        "error",
        "err",
        "eror",
        "crit",
        "critical",
        "fatal",
        "panic",
        "dpanic",
        "dbug",
        "alert",
        "emerg",
        "information",
    ];
    // slog writes `INFO+1`.
    let name = value.split(['+', '-']).next().unwrap_or(value);
    LEVELS.iter().any(|level| level.eq_ignore_ascii_case(name))
}

/// The field that a key means, and how far behind other names of that field it stands.
pub(super) fn role(key: &str) -> Option<(Field, u8)> {
    Some(match key {
        "t" => (Field::Timestamp, 4),
        "func" | "function" => (Field::LogOriginFunction, 1),
        "duration" | "took" | "elapsed" | "latency" | "dur" | "duration_ms" | "durationMs" | "took_ms"
        | "elapsed_ms" | "latency_ms" | "time_ms" | "duration_s" | "duration_seconds" => {
            (Field::EventDuration, 1)
        }
        "uname" => (Field::UserName, 2),
        _ => return None,
    })
}

/// Keys of Heroku's router.
pub(super) fn of_heroku(key: &str) -> Option<(Field, u8)> {
    Some(match key {
        "at" => (Field::LogLevel, 0),
        "host" => (Field::UrlDomain, 0),
        "service" => (Field::EventDuration, 0),
        "bytes" => (Field::HttpResponseBodyBytes, 0),
        "code" => (Field::ErrorCode, 0),
        "desc" => (Field::ErrorMessage, 0),
        "protocol" => (Field::UrlScheme, 0),
        "tls_version" => (Field::TlsVersionProtocol, 0),
        _ => return None,
    })
}

//! How long it took, where the name, the text or the logger says in which unit.

use super::access::Shape;
use crate::json::Json;
use crate::scan::decimal;

/// Decimal digits of a nanosecond below a second, millisecond and so on, as [`decimal::to_nanos`] takes them.
const SECONDS: usize = 9;
const MILLIS: usize = 6;
const MICROS: usize = 3;
const NANOS: usize = 0;

/// Nanoseconds, as far as a 64-bit number holds them.
pub(super) fn read(key: &str, value: &Json<'_>, shape: &Shape) -> Option<u64> {
    // No other letter begins a name that is known: most members need no look at the rest.
    if !matches!(key.as_bytes().first(), Some(b'd' | b'D' | b'e' | b'E' | b'h' | b'l' | b'r' | b't')) {
        return None;
    }
    let text = match value {
        Json::Number(number) => *number,
        Json::String(text) => text.raw(),
        _ => return None,
    };
    let nanos = match unit(key, shape) {
        Some(digits) => number(text, digits),
        None if is_name(key) => with_unit(text),
        None => None,
    };
    nanos.filter(|nanos| i64::try_from(*nanos).is_ok())
}

/// Names under which texts have a unit: `"latency":"0.25s"`.
fn is_name(key: &str) -> bool {
    matches!(
        key,
        "duration"
            | "latency"
            | "elapsed"
            | "took"
            | "request_time"
            | "response_time"
            | "httpRequest.latency"
    )
}

fn unit(key: &str, shape: &Shape) -> Option<usize> {
    // Where the name itself has it.
    let named = match key {
        "duration_ms"
        | "durationMs"
        | "elapsed_ms"
        | "elapsedMs"
        | "latency_ms"
        | "latencyMs"
        | "took_ms"
        | "response_time_ms"
        | "responseTimeMs"
        | "request_time_ms"
        | "ElapsedMilliseconds" => Some(MILLIS),
        "duration_s" | "duration_seconds" | "durationSeconds" | "elapsed_s" | "elapsed_seconds"
        | "elapsedSeconds" | "latency_s" | "latency_seconds" => Some(SECONDS),
        "duration_us" | "duration_micros" | "durationMicros" | "elapsed_us" | "latency_us" => Some(MICROS),
        "duration_ns" | "duration_nanos" | "durationNanos" | "elapsed_ns" | "latency_ns" => Some(NANOS),
        _ => None,
    };
    named.or(match key {
        _ if !shape.access => None,
        // nginx.
        "request_time" => Some(SECONDS),
        // pino-http, logback-access, Serilog, Envoy, Caddy, Traefik.
        "responseTime" if shape.request_in_object => Some(MILLIS),
        "elapsed_time" => Some(MILLIS),
        "Elapsed" => Some(MILLIS),
        "duration" if shape.envoy => Some(MILLIS),
        "duration" if shape.caddy => Some(SECONDS),
        "Duration" if shape.traefik => Some(NANOS),
        _ => None,
    })
}

fn number(text: &str, digits: usize) -> Option<u64> {
    if text.contains(['e', 'E']) {
        // Small ones are written as `9.2e-05`.
        let value = text.parse::<f64>().ok().filter(|n| (0.0..1e15).contains(n))?;
        return decimal::to_nanos(&format!("{value:.9}"), digits);
    }
    decimal::to_nanos(text, digits)
}

/// `0.25s`, `12ms`, `340µs`, as Go and Google write durations; those of several units are left.
fn with_unit(text: &str) -> Option<u64> {
    let end = text.bytes().position(|b| !b.is_ascii_digit() && b != b'.')?;
    let (count, unit) = text.split_at(end);
    let digits = match unit.trim_start() {
        "s" => SECONDS,
        "ms" => MILLIS,
        "µs" | "μs" | "us" => MICROS,
        "ns" => NANOS,
        _ => return None,
    };
    decimal::to_nanos(count, digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Cursor;
    use proptest::prelude::*;

    fn nanos(key: &str, json: &str, shape: Shape) -> Option<u64> {
        read(key, &Cursor::new(json, 1).value().unwrap(), &shape)
    }

    #[test]
    fn units_stand_in_the_name_the_text_or_the_logger() {
        let none = Shape::default();
        let access = Shape { access: true, ..none };
        for (key, json, shape, expected) in [
            ("duration_ms", "12.5", none, Some(12_500_000)),
            ("latency_seconds", "\"0.25\"", none, Some(250_000_000)),
            ("duration_s", "9.2e-05", none, Some(92_000)),
            ("latency", "\"0.25s\"", none, Some(250_000_000)),
            ("elapsed", "\"340µs\"", none, Some(340_000)),
            ("duration", "\"1m2s\"", none, None),
            ("duration", "12", access, None),
            ("duration", "12", Shape { envoy: true, ..access }, Some(12_000_000)),
            ("Duration", "12", Shape { traefik: true, ..access }, Some(12)),
            ("request_time", "0.005", access, Some(5_000_000)),
            ("request_time", "0.005", none, None),
            ("duration_ms", "-1", none, None),
            ("duration_s", "1e300", none, None),
            ("duration_s", "99999999999", none, None),
            ("duration_ms", "true", none, None),
        ] {
            assert_eq!(nanos(key, json, shape), expected, "{key} {json}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(number in "-?[1-9][0-9]{0,20}(\\.[0-9]{1,12})?([eE]-?[0-9]{1,3})?", text in "[0-9.]{0,8}(s|ms|µs| |é){0,2}") {
            let _ = nanos("duration_s", &number, Shape::default());
            let _ = nanos("latency", &format!("\"{text}\""), Shape::default());
        }
    }
}

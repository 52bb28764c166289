//! How long a server asks to wait: `Retry-After` (RFC 9110, 10.2.3), in seconds or as a date.

use hyper::HeaderMap;
use hyper::header::{DATE, RETRY_AFTER};
use std::time::Duration;

/// More than this is not waited for: a server that is back sooner would be left alone.
const MOST: Duration = Duration::from_secs(3600);

/// The wait that an answer asks for. A date is seen from the answer's own `Date`, so that a clock that is wrong here
/// or there makes no long wait; without one it is not used.
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let until = httpdate::parse_http_date(text).ok()?;
            let now = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?.trim()).ok()?;
            until.duration_since(now).unwrap_or_default()
        }
    };
    Some(wait.min(MOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(retry_after_text: &'static str, date: Option<&'static str>) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, retry_after_text.parse().unwrap());
        date.map(|d| headers.insert(DATE, d.parse().unwrap()));
        retry_after(&headers)
    }

    #[test]
    fn seconds_and_dates_are_read() {
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(wait("7", None), Some(Duration::from_secs(7)));
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:50 GMT", date), Some(Duration::from_secs(13)));
        assert_eq!(wait("Sun, 06 Nov 1994 08:00:00 GMT", date), Some(Duration::ZERO), "it is past");
        assert_eq!(wait("99999999", None), Some(MOST));
    }

    #[test]
    fn what_says_no_time_is_not_used() {
        for text in ["soon", "-1", "1.5", "", "Sun, 99 Nov 1994 08:49:50 GMT"] {
            assert_eq!(wait(text, Some("Sun, 06 Nov 1994 08:49:37 GMT")), None, "{text}");
        }
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:50 GMT", None), None, "no date to see it from");
    }
}

//! Which events a report looks at, and how it counts them over time.

/// Which events, and how many rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// From this instant on, nanoseconds since the epoch; without it from the first event on.
    pub since_ns: Option<i64>,
    /// Up to before this one; without it up to the last.
    pub until_ns: Option<i64>,
    /// Only of this service.
    pub service: Option<String>,
    /// Also over time, in buckets of this length.
    pub by: Option<By>,
    /// Most rows of a table.
    pub limit: u32,
}

impl Default for Filter {
    fn default() -> Self {
        Self { since_ns: None, until_ns: None, service: None, by: None, limit: 20 }
    }
}

impl Filter {
    /// The range that SQL compares with.
    pub(crate) fn range(&self) -> (i64, i64) {
        (self.since_ns.unwrap_or(i64::MIN), self.until_ns.unwrap_or(i64::MAX))
    }
}

/// Length of a bucket of time; buckets begin in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Minutes.
    Minute,
    /// Hours.
    Hour,
    /// Days.
    Day,
    /// Weeks; they begin on Monday (ISO 8601).
    Week,
    /// Months of the calendar.
    Month,
    /// Years of the calendar.
    Year,
}

const SECOND_NS: i64 = 1_000_000_000;
const DAY_NS: i64 = 86_400 * SECOND_NS;
/// 1969-12-29, the Monday before the epoch.
const MONDAY_NS: i64 = -3 * DAY_NS;

impl By {
    /// All of them, the shortest first.
    pub const ALL: [By; 6] = [By::Minute, By::Hour, By::Day, By::Week, By::Month, By::Year];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            By::Minute => "minute",
            By::Hour => "hour",
            By::Day => "day",
            By::Week => "week",
            By::Month => "month",
            By::Year => "year",
        }
    }

    /// Where buckets of one length begin, and the length; `None` for those of the calendar.
    const fn steps(self) -> Option<(i64, i64)> {
        match self {
            By::Minute => Some((0, 60 * SECOND_NS)),
            By::Hour => Some((0, 3_600 * SECOND_NS)),
            By::Day => Some((0, DAY_NS)),
            By::Week => Some((MONDAY_NS, 7 * DAY_NS)),
            By::Month | By::Year => None,
        }
    }

    /// SQL for the start of the bucket that `time_ns` lies in, nanoseconds since the epoch.
    pub(crate) fn bucket_sql(self) -> String {
        match (self.steps(), self) {
            // SQLite's remainder has the sign of what is divided; added once more it never is below 0.
            (Some((start, length)), _) => {
                format!("time_ns - ((time_ns - ({start})) % {length} + {length}) % {length}")
            }
            (None, By::Year) => calendar_sql("year"),
            (None, _) => calendar_sql("month"),
        }
    }

    /// Start of the bucket after the one that begins at `start`.
    pub(crate) fn next(self, start: i64) -> Option<i64> {
        use catchwater_schemas::time::{Civil, Timestamp};
        if let Some((_, length)) = self.steps() {
            return start.checked_add(length);
        }
        let at = Timestamp::from_nanos(start).civil();
        let (year, month) = match (self, at.month) {
            (By::Year, _) => (at.year + 1, 1),
            (_, 12) => (at.year + 1, 1),
            (_, month) => (at.year, month + 1),
        };
        Timestamp::from_civil(Civil { year, month, day: 1, ..Civil::default() }).map(Timestamp::nanos)
    }
}

/// Whole seconds, rounded down also before 1970, are what SQLite's calendar knows.
fn calendar_sql(unit: &str) -> String {
    format!(
        "unixepoch((time_ns - (time_ns % {SECOND_NS} + {SECOND_NS}) % {SECOND_NS}) / {SECOND_NS}, 'unixepoch', 'start of {unit}') * {SECOND_NS}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use catchwater_schemas::time::Timestamp;

    fn bucket(by: By, time: &str) -> String {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        let time_ns = Timestamp::parse_rfc3339(time, 0).unwrap().nanos();
        let sql = format!("SELECT {} FROM (SELECT ?1 AS time_ns)", by.bucket_sql());
        let start: i64 = connection.query_row(&sql, [time_ns], |row| row.get(0)).unwrap();
        let next = by.next(start).unwrap();
        assert!((start..next).contains(&time_ns), "{by:?} {time}");
        Timestamp::from_nanos(start).to_string()
    }

    #[test]
    fn buckets_begin_where_the_calendar_says_also_before_1970() {
        let cases = [
            (By::Minute, "2026-11-01T10:07:59.9Z", "2026-11-01T10:07:00.000Z"),
            (By::Hour, "2026-11-01T10:07:59Z", "2026-11-01T10:00:00.000Z"),
            (By::Day, "1969-12-31T23:59:59.5Z", "1969-12-31T00:00:00.000Z"),
            (By::Week, "2026-11-01T10:00:00Z", "2026-10-26T00:00:00.000Z"),
            (By::Week, "1969-12-28T23:00:00Z", "1969-12-22T00:00:00.000Z"),
            (By::Month, "2024-02-29T10:00:00Z", "2024-02-01T00:00:00.000Z"),
            (By::Month, "1969-12-31T23:59:59.5Z", "1969-12-01T00:00:00.000Z"),
            (By::Year, "2026-12-31T23:59:59Z", "2026-01-01T00:00:00.000Z"),
        ];
        for (by, time, start) in cases {
            assert_eq!(bucket(by, time), start, "{by:?} {time}");
        }
    }
}

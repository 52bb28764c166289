//! The error log as MySQL's component `log_sink_json` writes it
//! (<https://dev.mysql.com/doc/refman/8.4/en/error-log-json.html>).

use crate::formats::Refusal;
use crate::json::{Cursor, Json};
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Fields;
use catchwater_schemas::time::Timestamp;
use std::borrow::Cow;

/// A record, read.
#[derive(Debug, Default)]
pub(super) struct Record<'a> {
    time: Option<Timestamp>,
    pub message: Cow<'a, str>,
    level: Cow<'a, str>,
    code: Option<u64>,
    subsystem: Cow<'a, str>,
    thread: Option<u64>,
    file: Cow<'a, str>,
    line: Option<u64>,
    function: Cow<'a, str>,
    symbol: Cow<'a, str>,
}

/// Is this surely such a record?
pub(super) fn detect(text: &str) -> bool {
    text.contains("\"prio\"") && text.contains("\"msg\"") && Record::read(text, 0, 64).is_ok()
}

impl<'a> Record<'a> {
    pub fn read(text: &'a str, zone_seconds: i32, depth: usize) -> Result<Self, Refusal> {
        let mut record = Self::default();
        let mut has_priority = false;
        let mut cursor = Cursor::new(text, depth);
        cursor.begin_object()?;
        while let Some(key) = cursor.next_key()? {
            match (key.raw(), cursor.value()?) {
                ("prio", Json::Number(_)) => has_priority = true,
                ("time", Json::String(time)) => {
                    record.time = Timestamp::parse_rfc3339(time.raw(), zone_seconds);
                }
                ("msg", Json::String(text)) => record.message = text.text(),
                ("label", Json::String(text)) => record.level = text.text(),
                ("subsystem", Json::String(text)) => record.subsystem = text.text(),
                ("source_file", Json::String(text)) => record.file = text.text(),
                ("function", Json::String(text)) => record.function = text.text(),
                ("err_symbol", Json::String(text)) => record.symbol = text.text(),
                ("err_code", Json::Number(digits)) => record.code = digits.parse().ok(),
                ("source_line", Json::Number(digits)) => record.line = digits.parse().ok(),
                ("thread", Json::Number(digits)) => record.thread = digits.parse().ok(),
                _ => (),
            }
        }
        cursor.end()?;
        let valid = has_priority && record.time.is_some() && !record.message.is_empty();
        if valid { Ok(record) } else { Err(Refusal("no_mysql_error")) }
    }

    /// Sets all but the message.
    pub fn set<'f>(&'f self, fields: &mut Fields<'f>) {
        if let Some(time) = self.time {
            fields.set(Field::Timestamp, time);
        }
        if let Some(code) = self.code {
            fields.set(Field::EventCode, format!("MY-{code:06}"));
        }
        for (field, number) in [(Field::ProcessThreadId, self.thread), (Field::LogOriginFileLine, self.line)]
        {
            if let Some(number) = number {
                fields.set(field, number);
            }
        }
        fields.set_present(Field::LogLevel, &self.level);
        fields.set_present(Field::LogLogger, &self.subsystem);
        fields.set_present(Field::LogOriginFileName, &self.file);
        fields.set_present(Field::LogOriginFunction, &self.function);
        fields.set_present(Field::ErrorType, &self.symbol);
    }
}

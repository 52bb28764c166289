//! What loggers put before and behind a message: the Python runtime of Lambda
//! (`[INFO]\t2023-08-12T12:34:13.137Z\t<request id>\t<message>`,
//! <https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html>), and astropy's logger
//! (`INFO: <message> [module]`).

use super::level;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Fields;
use catchwater_schemas::time::Timestamp;

/// A message and what its logger said around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prefixed<'a> {
    /// Level, `INFO`.
    pub level: Option<&'a str>,
    /// The line's own time.
    pub time: Option<Timestamp>,
    /// Id of the Lambda request.
    pub request_id: Option<&'a str>,
    /// Name of the logger.
    pub logger: Option<&'a str>,
    /// The message itself.
    pub message: &'a str,
}

/// Reads a line; without a prefix that it knows, the whole line is the message.
pub fn read(line: &str) -> Prefixed<'_> {
    let line = line.trim_end();
    let bare = Prefixed { message: line, ..Prefixed::default() };
    let Some((level, rest)) = level::leading(line, false) else { return bare };
    if line.starts_with('[') {
        return of_lambda(level, rest).unwrap_or(bare);
    }
    let Some(message) = rest.strip_prefix(' ') else { return bare };
    match message.strip_suffix(']').and_then(|m| m.rsplit_once(" [")) {
        Some((message, logger)) if is_logger(logger) => {
            Prefixed { level: Some(level), logger: Some(logger), message, ..bare }
        }
        _ => Prefixed { level: Some(level), message, ..bare },
    }
}

fn of_lambda<'a>(level: &'a str, rest: &'a str) -> Option<Prefixed<'a>> {
    let (time, rest) = rest.strip_prefix('\t')?.split_once('\t')?;
    let (request_id, message) = rest.split_once('\t')?;
    Some(Prefixed {
        level: Some(level),
        time: Some(Timestamp::parse_rfc3339(time, 0)?),
        request_id: (!request_id.is_empty()).then_some(request_id),
        logger: None,
        message,
    })
}

fn is_logger(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'.' | b'-' | b':'))
}

impl<'a> Prefixed<'a> {
    /// Sets all but the message.
    pub fn set(&self, fields: &mut Fields<'a>) {
        if let Some(time) = self.time {
            fields.set(Field::Timestamp, time);
        }
        for (field, text) in [
            (Field::LogLevel, self.level),
            (Field::AwsRequestId, self.request_id),
            (Field::LogLogger, self.logger),
        ] {
            if let Some(text) = text {
                fields.set(field, text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_both_prefixes_and_none() {
        let p = read("[INFO]\t2023-08-12T12:34:13.137Z\t3f1c\tCopying x\n");
        assert_eq!((p.level, p.request_id, p.message), (Some("INFO"), Some("3f1c"), "Copying x"));
        assert_eq!(p.time.unwrap().to_string(), "2023-08-12T12:34:13.137Z");
        let p = read("INFO: a [b] c [sdc_aws_utils.aws]");
        assert_eq!((p.level, p.logger, p.message), (Some("INFO"), Some("sdc_aws_utils.aws"), "a [b] c"));
        let p = read("WARNING: a [b c]");
        assert_eq!((p.level, p.logger, p.message), (Some("WARNING"), None, "a [b c]"));
        for bare in ["", "a", "[INFO] x", "[INFO]\tx\ty\tz", "INFO:x"] {
            assert_eq!(read(bare), Prefixed { message: bare, ..Prefixed::default() }, "{bare}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(line in "(\\[INFO\\]\t|INFO: |)[a\t\\[\\] é0-9:TZ-]{0,40}") {
            prop_assert!(line.ends_with(read(&line).message) || line.contains(read(&line).message));
        }
    }
}

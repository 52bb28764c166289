//! What stands before the messages of Rails: that of Ruby's `Logger` ([`ruby_logger`]), the tags of Rails
//! (<https://api.rubyonrails.org/classes/ActiveSupport/TaggedLogging.html>), or the head of syslog and of Heroku's
//! Logplex where the log came by those.
//!
//! ```text
//! I, [2024-05-06T07:08:09.123456 #4711]  INFO -- progname: [f08bb4c8-d6b2-4f05-ac17-af7e2ba005fb] [10.0.0.1] message
//! Jul 13 06:25:58 10.1.1.32 app_p [1957]: message
//! 2024-05-06T07:08:09.123456+00:00 app[web.1]: message
//! ```

use super::delivered::{self, Delivered};
use super::log_time::Context;
use super::ruby_logger::{self, Logged};
use super::{decimal, uuid};
use catchwater_schemas::time::Timestamp;

/// A line's parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RubyLine<'a> {
    /// The line's own time.
    pub time: Option<Timestamp>,
    /// Level, `INFO`; empty if none is written.
    pub level: &'a str,
    /// Process id.
    pub pid: Option<u64>,
    /// What the logger was told to call the program; empty if nothing.
    pub logger: &'a str,
    /// The program by the head of syslog or Logplex; empty if there is none.
    pub program: &'a str,
    /// Host, of syslog; empty if none is written.
    pub host: &'a str,
    /// Tags with their brackets, `[a] [b]`; empty if there are none.
    pub tags: &'a str,
    /// The message itself.
    pub text: &'a str,
    /// Did `Logger::Formatter` write it?
    pub is_formatted: bool,
}

/// Cuts a line into its parts.
pub fn read(line: &str, context: Context) -> RubyLine<'_> {
    let mut read = formatted(line, context)
        .or_else(|| delivered(line, context))
        .unwrap_or(RubyLine { text: line, ..RubyLine::default() });
    // Formatted, and delivered by syslog besides.
    if !read.is_formatted
        && read.text.len() < line.len()
        && let Some(inner) = formatted(read.text, context)
    {
        read = RubyLine { host: read.host, program: read.program, ..inner };
    }
    (read.tags, read.text) = tags(read.text);
    read
}

/// Does `Logger::Formatter` write such a line?
pub fn is_formatted(line: &str) -> bool {
    formatted(line, Context { zone_seconds: 0, near: Timestamp::default() }).is_some()
}

fn formatted(line: &str, context: Context) -> Option<RubyLine<'_>> {
    // A letter and a comma: most lines are told by it.
    let may = line.as_bytes().get(1) == Some(&b',');
    let logged = may.then(|| ruby_logger::read(line, context.zone_seconds)).filter(|l| l.time.is_some())?;
    let level = logged.level.filter(|level| *level != "ANY").unwrap_or_default();
    let logger = logged.program.unwrap_or_default();
    let Logged { time, pid, message: text, .. } = logged;
    Some(RubyLine { time, level, pid, logger, text, is_formatted: true, ..RubyLine::default() })
}

/// A head of syslog or Logplex.
fn delivered(line: &str, context: Context) -> Option<RubyLine<'_>> {
    let Delivered { time, host, program, process, rest } = delivered::read(line, context)?;
    let pid = decimal::unsigned(process).filter(|pid| i64::try_from(*pid).is_ok());
    Some(RubyLine { time: Some(time), pid, program, host, text: rest, ..RubyLine::default() })
}

/// Tags in brackets, a space behind each.
fn tags(text: &str) -> (&str, &str) {
    let mut rest = text;
    while let Some((tag, after)) = tag(rest) {
        if tag.is_empty() {
            break;
        }
        rest = after;
    }
    (text[..text.len() - rest.len()].trim_end(), rest)
}

fn tag(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix('[')?;
    let (tag, after) = inside.split_at_checked(memchr::memchr2(b']', b'\n', inside.as_bytes())?)?;
    let after = after.strip_prefix(']')?;
    let after = after.strip_prefix(' ').or_else(|| after.is_empty().then_some(after))?;
    (tag.len() <= 200).then_some((tag, after))
}

impl<'a> RubyLine<'a> {
    /// The tags one by one, without brackets.
    pub fn each_tag(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let mut rest = self.tags;
        std::iter::from_fn(move || {
            let (found, after) = tag(rest)?;
            rest = after;
            Some(found)
        })
    }

    /// The tag that is the request's id. That of a job, which stands behind the job's name, is none.
    pub fn request_id(&self) -> Option<&'a str> {
        self.each_tag().take_while(|tag| *tag != "ActiveJob").find(|tag| uuid::is_request_id(tag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn context() -> Context {
        Context { zone_seconds: 0, near: Timestamp::from_seconds(1_600_000_000).unwrap() }
    }

    #[test]
    fn formatted_with_tags() {
        let id = "f08bb4c8-d6b2-4f05-ac17-af7e2ba005fb";
        let line =
            format!("I, [2024-05-06T07:08:09.123456 #4711]  INFO -- web: [{id}] [10.0.0.1] Started: x");
        let read = read(&line, context());
        assert_eq!((read.level, read.pid, read.logger), ("INFO", Some(4711), "web"));
        assert_eq!((read.request_id(), read.text), (Some(id), "Started: x"));
        assert_eq!(read.each_tag().collect::<Vec<_>>(), [id, "10.0.0.1"]);
        assert_eq!(read.time.unwrap().to_string(), "2024-05-06T07:08:09.123456Z");
        let line = "A, [2013-01-02T03:04:05.000000 #1]   ANY -- : x: y";
        assert_eq!((super::read(line, context()).level, super::read(line, context()).text), ("", "x: y"));
        let read = super::read("F, [2013-01-02T03:04:05.000000 #1] FATAL -- :", context());
        assert_eq!((read.level, read.text, read.is_formatted), ("FATAL", "", true));
        let job = format!("[ActiveJob] [A::B] [{id}] Performing");
        assert_eq!(super::read(&job, context()).request_id(), None);
    }

    #[test]
    fn delivered_by_syslog_and_logplex() {
        let read = super::read("Jul 13 06:25:58 10.1.1.32 app_p [1957]: Rendering x", context());
        assert_eq!(
            (read.host, read.program, read.pid, read.text),
            ("10.1.1.32", "app_p", Some(1957), "Rendering x")
        );
        let read = super::read("2024-05-06T07:08:09.123456+00:00 app[web.1]: [x] y", context());
        assert_eq!((read.program, read.pid, read.tags, read.text), ("app", None, "[x]", "y"));
        let both = "Jul 13 06:25:58 h a[1]: I, [2013-01-02T03:04:05.000000 #2]  INFO -- : x";
        let read = super::read(both, context());
        assert_eq!((read.host, read.pid, read.level, read.text), ("h", Some(2), "INFO", "x"));
    }

    #[test]
    fn what_has_no_head() {
        for line in [
            "",
            "hello",
            "I, [x] INFO",
            "X, [2013-01-02T03:04:05 #1] INFO -- : x",
            "Jul 13 06:25:58 a b c d[1]: x",
            "[]",
            "[a]b",
        ] {
            assert_eq!(
                super::read(line, context()),
                RubyLine { text: line, ..RubyLine::default() },
                "{line}"
            );
        }
    }

    proptest! {
        #[test]
        fn never_panics_and_ends_with_the_text(
            line in "(I, \\[2013-01-02T03:04:05 #1\\]  INFO -- |Jul 13 06:25:58 |)[a:é\\[\\] \n#1-]{0,40}",
        ) {
            let read = read(&line, context());
            prop_assert!(line.trim_end().ends_with(read.text.trim_end()), "{read:?}");
            prop_assert!(read.each_tag().count() <= line.len());
            let _ = read.request_id();
        }
    }
}

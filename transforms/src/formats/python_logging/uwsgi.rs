//! uWSGI's line of a request, its default (`core/logging.c`, <https://uwsgi-docs.readthedocs.io/en/latest/LogFormat.html>):
//!
//! ```text
//! [pid: 24386|app: 0|req: 48/412] 203.0.113.9 (bob) {44 vars in 1322 bytes} [Tue Jan  3 05:01:31 2012] GET /a?b=c =>
//! generated 192 bytes in 21 msecs (HTTP/1.1 200) 4 headers in 188 bytes (1 switches on core 0)
//! ```

use crate::scan::access_line::set_status;
use crate::scan::free_fields::FreeFields;
use crate::scan::log_time::{self, Context};
use crate::scan::quoted::{Escapes, Quoted};
use crate::scan::{address, decimal, request_line};
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Fields;
use catchwater_schemas::time::Timestamp;

/// A request.
#[derive(Debug, PartialEq)]
pub(super) struct Uwsgi<'a> {
    pid: u64,
    app: &'a str,
    client: &'a str,
    user: &'a str,
    time: Timestamp,
    method: &'a str,
    target: &'a str,
    bytes: u64,
    nanos: u64,
    version: &'a str,
    status: u16,
}

/// Reads a line; `None`: it is none of uWSGI's requests.
pub(super) fn read(line: &str, context: Context) -> Option<Uwsgi<'_>> {
    let (pid, rest) = line.strip_prefix("[pid: ")?.split_once("|app: ")?;
    let (app, rest) = rest.split_once('|')?;
    let (_, rest) = rest.split_once("] ")?;
    let (client, rest) = rest.split_once(" (")?;
    let (user, rest) = rest.split_once(") {")?;
    let (_, rest) = rest.split_once("} [")?;
    let (time, rest) = log_time::read(rest, context)?;
    let (method, rest) = rest.strip_prefix("] ")?.split_once(' ')?;
    // A target may hold anything, what follows it does not.
    let (target, rest) = rest.rsplit_once(" => generated ")?;
    let (bytes, rest) = rest.split_once(" bytes in ")?;
    let (number, rest) = rest.split_once(' ')?;
    let (unit, rest) = rest.split_once(' ')?;
    let nanos = decimal::to_nanos(number, if unit == "micros" { 3 } else { 6 })?;
    let (_, rest) = rest.split_once("(HTTP/")?;
    let (version, rest) = rest.split_once(' ')?;
    let (status, _) = rest.split_once(')')?;
    let status = status.parse().ok().filter(|status| (100..=999).contains(status))?;
    let fits = |number: u64| i64::try_from(number).is_ok().then_some(number);
    matches!(unit, "msecs" | "micros").then_some(Uwsgi {
        pid: fits(decimal::unsigned(pid)?)?,
        app,
        client,
        user,
        time,
        method,
        target,
        bytes: fits(decimal::unsigned(bytes)?)?,
        nanos: fits(nanos)?,
        version,
        status,
    })
}

impl<'a> Uwsgi<'a> {
    /// Sets what it tells.
    pub fn set(&self, fields: &mut Fields<'a>, free: &mut FreeFields) {
        fields.set(Field::Timestamp, self.time);
        fields.set(Field::ProcessPid, self.pid);
        address::set_source(fields, self.client);
        fields.set_present(Field::UserName, self.user);
        fields.set_present(Field::HttpRequestMethod, self.method);
        fields.set_present(Field::HttpVersion, self.version);
        let quoted = Quoted { raw: self.target, escapes: Escapes::Absent };
        request_line::set_target(self.method, self.target, quoted, fields);
        set_status(Some(self.status), fields);
        fields.set(Field::HttpResponseBodyBytes, self.bytes);
        fields.set(Field::EventDuration, self.nanos);
        free.add("app", self.app);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LINE: &str = "[pid: 24386|app: 0|req: 48/412] 203.0.113.9 (bob) {44 vars in 1322 bytes} [Tue Jan  3 05:01:31 2012] \
                        GET /a => b?c=d => generated 192 bytes in 21 msecs (HTTP/1.1 200) 4 headers in 188 bytes (1 switches on core 0)";

    fn context() -> Context {
        Context { zone_seconds: 0, near: Timestamp::default() }
    }

    #[test]
    fn each_part() {
        let read = super::read(LINE, context()).unwrap();
        assert_eq!(
            (read.pid, read.client, read.user, read.target),
            (24386, "203.0.113.9", "bob", "/a => b?c=d")
        );
        assert_eq!((read.bytes, read.nanos, read.version, read.status), (192, 21_000_000, "1.1", 200));
        assert_eq!(read.time.to_string(), "2012-01-03T05:01:31.000Z");
        let sent = LINE.replace("msecs (", "micros via sendfile() (");
        assert_eq!(super::read(&sent, context()).unwrap().nanos, 21_000);
    }

    proptest! {
        #[test]
        fn never_panics_cut_anywhere(cut in 0..LINE.len(), tail in "[ \\])(HTP/1.é]{0,12}") {
            let _ = read(&format!("{}{tail}", &LINE[..cut]), context());
        }
    }
}

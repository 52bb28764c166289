//! Audit logs of MySQL, MariaDB and Percona Server: comma-separated rows, XML in both styles, JSON.

mod json;
mod record;
mod rows;
#[cfg(test)]
mod tests;
mod xml;

use super::{Format, Group, LogEvent, RecordState, Refusal};
use crate::emit::Emit;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "mysql_audit",
    title: "Audit log of MySQL, MariaDB, Percona Server, Amazon RDS and Aurora",
    doc: "Reads what these plugins write, told apart by each line:\n\n\
          - MariaDB's `server_audit` (<https://mariadb.com/kb/en/mariadb-audit-plugin-log-format/>), also in Amazon RDS, and \
          Aurora's advanced auditing (<https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Auditing.html>), whose \
          time is the epoch in microseconds: `timestamp,serverhost,username,host,connectionid,queryid,operation,database,object,retcode`;\n\
          - MySQL Enterprise Audit (<https://dev.mysql.com/doc/refman/8.4/en/audit-log-file-formats.html>) as XML, old and \
          new style, and as JSON, which Percona's `audit_log_filter` writes too;\n\
          - Percona's `audit_log` (<https://docs.percona.com/percona-server/8.0/audit-log-plugin.html>) as XML, old and new \
          style, as JSON and as CSV.\n\n\
          A statement that a client ran is a `service_query`: `QUERY` of `server_audit`, `Query` and `Execute`, and of the JSON \
          with classes the `general` event `status`. All else is a `log`: logins, commands without a statement, and the \
          tables that a statement used (`READ`, `WRITE`, `table_access`), which stand beside it. A code other than 0 is a failure and \
          `error.code`. Times without zone are of the route's for `server_audit`, else UTC. Records that span lines are joined; \
          what opens and closes an XML or JSON file is no event.",
    example: "20210526 12:08:45,db-1,app,10.0.0.9,5,9,QUERY,shop,'select * from t where b like \\'it%\\'',0",
    detect,
    parse,
    continues: Some(continues),
    ..Format::DEFAULTS
};

/// How a record is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    ServerAudit,
    Percona,
    Xml,
    Json,
    /// What opens and closes a file.
    Frame,
}

impl Shape {
    fn of(text: &str) -> Option<Self> {
        match text.as_bytes().first()? {
            b'0'..=b'9' if rows::begins(text) => Some(Shape::ServerAudit),
            b'"' if rows::begins_percona(text) => Some(Shape::Percona),
            b'<' if text.starts_with("<AUDIT_RECORD") => Some(Shape::Xml),
            b'<' if ["<?xml ", "<AUDIT>", "</AUDIT>"].iter().any(|f| text.starts_with(f)) => {
                Some(Shape::Frame)
            }
            // MySQL puts a record one space to the right, and its elements two.
            b' ' if text.starts_with(" <AUDIT_RECORD") => Some(Shape::Xml),
            b'{' => Some(Shape::Json),
            b'[' | b']' | b',' if text.trim_end().len() == 1 => Some(Shape::Frame),
            _ => None,
        }
    }
}

fn detect(message: &str) -> bool {
    let text = message.trim();
    match Shape::of(text) {
        Some(Shape::ServerAudit) => rows::server_audit(text, 0).is_ok(),
        Some(Shape::Percona) => rows::percona(text).is_ok(),
        Some(Shape::Xml) => xml::read(text).is_ok(),
        Some(Shape::Json) => json::detect(text),
        Some(Shape::Frame) | None => false,
    }
}

/// A record goes on up to its end: of a row its last quotation mark, of XML its closing tag, of JSON its closing brace at
/// the front of a line.
fn continues(group: &mut Group<'_>, message: &str) -> bool {
    let begins = |message| matches!(Shape::of(message), Some(Shape::Xml | Shape::Json | Shape::Frame));
    match Shape::of(group.text) {
        Some(Shape::ServerAudit) => rows::is_open(group, false),
        Some(Shape::Percona) => rows::is_open(group, true),
        Some(Shape::Xml) => !ends_xml(group.text) && !begins(message),
        Some(Shape::Json) => !ends_json(group.text) && !begins(message),
        Some(Shape::Frame) | None => false,
    }
}

/// `<` and `>` of a statement are written as entities.
fn ends_xml(text: &str) -> bool {
    let text = text.trim_end();
    text.ends_with("</AUDIT_RECORD>") || is_attributes(text) && text.ends_with("/>")
}

fn is_attributes(text: &str) -> bool {
    !text.trim_start().starts_with("<AUDIT_RECORD>")
}

fn ends_json(text: &str) -> bool {
    let last = text.rsplit('\n').next().unwrap_or(text);
    last.starts_with('}')
        || (last.len() == text.len() && text.trim_end().trim_end_matches(',').ends_with('}'))
}

fn parse(_: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let text = event.message.trim();
    let record = match Shape::of(text) {
        Some(Shape::ServerAudit) => rows::server_audit(text, event.zone_seconds)?,
        Some(Shape::Percona) => rows::percona(text)?,
        Some(Shape::Xml) => xml::read(text)?,
        Some(Shape::Json) => json::read(text, event.json_depth)?,
        Some(Shape::Frame) if text.len() <= 100 => return Ok(()),
        Some(Shape::Frame) | None => return Err(Refusal("no_audit_record")),
    };
    record.emit(emit)
}

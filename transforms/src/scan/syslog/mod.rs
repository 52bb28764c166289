//! What the lines of syslog share, of all layouts: [`priority`] reads PRI, [`frames`] splits a stream's frames, [`body`] what
//! stands behind the time, with the program's [`tag`], [`tail`] what RFC 5424 puts there, with its [`structured_data`];
//! [`cisco`] what routers and switches write. [`Head`] is what all of these say, [`message`] emits the event, and reads what is surely known of the
//! messages of sshd, sudo, cron and useradd ([`logins`], [`commands`], [`accounts`]).

pub mod accounts;
pub mod body;
pub mod cisco;
pub mod commands;
pub mod frames;
pub mod logins;
pub mod message;
pub mod priority;
pub mod structured_data;
pub mod tag;
pub mod tail;

use super::{address, decimal};
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use catchwater_schemas::time::Timestamp;
use priority::{facility_name, severity_name};

/// What stands before a message. Texts are empty where the line says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head<'a> {
    /// PRI: facility times 8 plus severity.
    pub priority: Option<u8>,
    /// Facility, where the line has no PRI and names it.
    pub facility: Option<u8>,
    /// Severity, where the line has no PRI and names it.
    pub severity: Option<u8>,
    /// The line's own time.
    pub time: Option<Timestamp>,
    /// Host.
    pub host: &'a str,
    /// APP-NAME, or the tag's name.
    pub program: &'a str,
    /// PROCID, or what stands in the tag's brackets.
    pub procid: &'a str,
    /// MSGID.
    pub msgid: &'a str,
}

impl<'a> Head<'a> {
    /// Sets all that it says. `-` is NILVALUE.
    pub fn set(&self, fields: &mut Fields<'a>) {
        if let Some(time) = self.time {
            fields.set(Field::Timestamp, time);
        }
        if let Some(priority) = self.priority {
            fields.set(Field::LogSyslogPriority, u64::from(priority));
        }
        if let Some(facility) = self.priority.map(|p| p / 8).or(self.facility) {
            fields.set(Field::LogSyslogFacilityCode, u64::from(facility));
            fields.set(Field::LogSyslogFacilityName, Value::Escaped(facility_name(facility)));
        }
        if let Some(severity) = self.priority.map(|p| p % 8).or(self.severity) {
            fields.set(Field::LogSyslogSeverityCode, u64::from(severity));
            fields.set(Field::LogSyslogSeverityName, Value::Escaped(severity_name(severity)));
            fields.set(Field::LogLevel, Value::Escaped(severity_name(severity)));
        }
        fields.set_present(Field::HostName, self.host);
        fields.set_present(Field::LogSyslogHostname, self.host);
        let bare = self.host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(self.host);
        if address::is_ip(bare) {
            fields.set(Field::HostIp, Value::Escaped(bare));
        }
        fields.set_present(Field::ProcessName, self.program);
        fields.set_present(Field::LogSyslogAppname, self.program);
        fields.set_present(Field::LogSyslogProcid, self.procid);
        if let Some(pid) = decimal::unsigned(self.procid).filter(|pid| i64::try_from(*pid).is_ok()) {
            fields.set(Field::ProcessPid, pid);
        }
        fields.set_present(Field::LogSyslogMsgid, self.msgid);
    }
}

//! One request, read by its columns.

use super::column::Role;
use super::decode;
use crate::scan::access_line::set_status;
use crate::scan::free_fields::FreeFields;
use crate::scan::{address, clients, decimal, host_port};
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use catchwater_schemas::time::Timestamp;
use std::borrow::Cow;

/// A request whose columns are being read.
#[derive(Default)]
pub(super) struct Request<'a> {
    pub fields: Fields<'a>,
    pub free: FreeFields,
    date: &'a str,
    time: &'a str,
    distribution: &'a str,
    forwarded: Option<Cow<'a, str>>,
}

impl<'a> Request<'a> {
    /// Takes what stands in a column; `None` if it cannot hold this.
    pub fn take(&mut self, name: &str, role: Role, text: &'a str) -> Option<()> {
        match role {
            Role::Date => self.date = text,
            Role::Time => self.time = text,
            Role::Seconds => self.set_time(decimal::seconds_to_nanos(text)?)?,
            Role::Millis => self.set_time(decimal::to_nanos(text, 6)?)?,
            Role::Text(field) => self.fields.set(field, text),
            Role::Ip(field) if address::is_ip(text) => self.fields.set(field, Value::Escaped(text)),
            Role::Ip(_) => return None,
            Role::Number(field) => match decimal::unsigned(text) {
                Some(number) => self.fields.set(field, number),
                None => self.free.add(name, text),
            },
            Role::Status => self.set_status(name, text)?,
            Role::Duration => match decimal::seconds_to_nanos(text) {
                Some(nanos) => self.fields.set(Field::EventDuration, nanos),
                None => self.free.add(name, text),
            },
            Role::FirstByte => match decimal::json_number(text) {
                Some(seconds) => self.fields.set(Field::AwsCloudfrontFirstByte, Value::Number(seconds)),
                None => self.free.add(name, text),
            },
            Role::Version => self.fields.set(Field::HttpVersion, text.strip_prefix("HTTP/").unwrap_or(text)),
            Role::Distribution => self.distribution = text,
            Role::Host => self.set_host(text),
            Role::Url(field) => self.fields.set(field, decode::url(text)),
            Role::Decoded(field) => self.fields.set(field, decode::header(text)),
            Role::Forwarded => {
                let list = decode::header(text);
                self.free.add(name, &list);
                self.forwarded = Some(list);
            }
            Role::FreeNumber => self.free.add_number(name, text),
            Role::Free | Role::Unknown => self.free.add(name, &decode::header(text)),
        }
        Some(())
    }

    fn set_time(&mut self, nanos: u64) -> Option<()> {
        self.fields.set(Field::Timestamp, Timestamp::from_nanos(i64::try_from(nanos).ok()?));
        Some(())
    }

    /// `000`: the client went away before there was an answer.
    fn set_status(&mut self, name: &str, text: &'a str) -> Option<()> {
        if text == "000" || text == "0" {
            self.fields.set(Field::EventOutcome, Value::Escaped("failure"));
            self.free.add(name, text);
            return Some(());
        }
        let status = decimal::unsigned(text).filter(|status| (100..1000).contains(status))?;
        set_status(u16::try_from(status).ok(), &mut self.fields);
        Some(())
    }

    fn set_host(&mut self, text: &'a str) {
        let host = host_port::split(text);
        self.fields.set(Field::UrlDomain, host.host);
        if let Some(port) = host.port {
            self.fields.set(Field::UrlPort, u64::from(port));
        }
    }

    /// Sets what follows from several columns; `None` if there is a date or time that is none.
    pub fn conclude(&mut self) -> Option<()> {
        if !self.date.is_empty() || !self.time.is_empty() {
            self.fields.set(Field::Timestamp, time(self.date, self.time)?);
        }
        if !self.distribution.is_empty() {
            let distribution = self.distribution;
            if !self.fields.has(Field::UrlDomain) {
                self.set_host(distribution);
            }
            self.fields.set(Field::ServerAddress, distribution);
        }
        let client = self.forwarded.as_deref().and_then(|list| clients::client(clients::items(list)));
        if let Some(client) = client.filter(|client| address::is_ip(client))
            && self.fields.text(Field::SourceIp).as_deref() != Some(client)
        {
            let client = client.to_string();
            self.fields.set(Field::ClientIp, client);
        }
        Some(())
    }
}

/// The instant of a date, `2019-12-04`, and a time, `21:02:31`, both UTC.
fn time(date: &str, time: &str) -> Option<Timestamp> {
    let mut text = [b'T'; 19];
    if date.len() != 10 || time.len() != 8 {
        return None;
    }
    text[..10].copy_from_slice(date.as_bytes());
    text[11..].copy_from_slice(time.as_bytes());
    Timestamp::parse_rfc3339(std::str::from_utf8(&text).ok()?, 0)
}

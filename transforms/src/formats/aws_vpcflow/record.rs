//! One flow, read by its columns.

use super::column::{Role, transport};
use crate::scan::columns::Columns;
use crate::scan::free_fields::FreeFields;
use crate::scan::{address, decimal};
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use catchwater_schemas::time::Timestamp;
use std::borrow::Cow;

/// Why a line is no record of these columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bad {
    /// It has fewer words than columns.
    Cut,
    /// It has more words than columns.
    Left,
    /// A word is not what its column holds.
    Value,
}

/// Seconds since the epoch above which a time must be milliseconds: the year 5138.
const MOST_SECONDS: u64 = 99_999_999_999;

#[derive(Default)]
struct Flow {
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    accepted: Option<bool>,
    has_data: bool,
}

/// Reads a line whose words stand in these columns.
pub(super) fn read<'a>(columns: &Columns<Role>, line: &'a str) -> Result<(Fields<'a>, FreeFields), Bad> {
    let (mut fields, mut free, mut flow) = (Fields::new(), FreeFields::default(), Flow::default());
    // The documentation itself prints two spaces in places.
    let mut words = line.split_ascii_whitespace();
    for (name, role) in columns.iter() {
        let word = words.next().ok_or(Bad::Cut)?;
        if word != "-" {
            set(name, *role, word, &mut fields, &mut free, &mut flow).ok_or(Bad::Value)?;
        }
    }
    if words.next().is_some() {
        return Err(Bad::Left);
    }
    conclude(&flow, &mut fields);
    Ok((fields, free))
}

/// Sets what a column holds; `None` if it cannot hold this.
fn set<'a>(
    name: &str,
    role: Role,
    word: &'a str,
    fields: &mut Fields<'a>,
    free: &mut FreeFields,
    flow: &mut Flow,
) -> Option<()> {
    match role {
        Role::Text(field) => fields.set(field, word),
        Role::Ip(field) => {
            if !address::is_ip(word) {
                return None;
            }
            fields.set(field, Value::Escaped(word));
            flow.has_data = true;
        }
        Role::Number(field) => fields.set(field, number(word)?),
        Role::Count(one_way, both) => {
            let count = number(word)?;
            fields.set(one_way, count);
            fields.set(both, count);
        }
        Role::Start => flow.start = Some(time(word)?),
        Role::End => flow.end = Some(time(word)?),
        Role::Action => {
            flow.accepted = Some(match word {
                "ACCEPT" => true,
                "REJECT" => false,
                _ => return None,
            });
            fields.set(Field::EventAction, Value::Escaped(word));
        }
        Role::Protocol => {
            let number = number(word).filter(|number| *number <= 255)?;
            fields.set(Field::NetworkIanaNumber, Value::Escaped(word));
            if let Some(name) = transport(number) {
                fields.set(Field::NetworkTransport, Value::Escaped(name));
            }
        }
        Role::Family => match word {
            "IPv4" => fields.set(Field::NetworkType, Value::Escaped("ipv4")),
            "IPv6" => fields.set(Field::NetworkType, Value::Escaped("ipv6")),
            _ => free.add(name, word),
        },
        Role::Account if word.len() == 12 && decimal::unsigned(word).is_some() => {
            fields.set(Field::CloudAccountId, Value::Escaped(word));
        }
        Role::Status => {
            if !matches!(word, "OK" | "NODATA" | "SKIPDATA") {
                return None;
            }
            fields.set(Field::AwsVpcflowLogStatus, Value::Escaped(word));
        }
        Role::Version => {
            number(word)?;
            free.add_number(name, word);
        }
        Role::FreeNumber => free.add_number(name, word),
        Role::Account | Role::Free | Role::Unknown => free.add(name, word),
    }
    Some(())
}

/// A number that an index for `long` takes.
fn number(word: &str) -> Option<u64> {
    decimal::unsigned(word).filter(|number| i64::try_from(*number).is_ok())
}

fn time(word: &str) -> Option<Timestamp> {
    let number = number(word)?;
    let signed = i64::try_from(number).ok()?;
    if number > MOST_SECONDS { Timestamp::from_millis(signed) } else { Timestamp::from_seconds(signed) }
}

fn conclude(flow: &Flow, fields: &mut Fields<'_>) {
    for (field, time) in [(Field::EventStart, flow.start), (Field::EventEnd, flow.end)] {
        if let Some(time) = time {
            fields.set(field, time);
        }
    }
    if let Some(time) = flow.start.or(flow.end) {
        fields.set(Field::Timestamp, time);
    }
    let nanos = flow.start.zip(flow.end).and_then(|(start, end)| end.nanos().checked_sub(start.nanos()));
    if let Some(nanos) = nanos.and_then(|nanos| u64::try_from(nanos).ok()) {
        fields.set(Field::EventDuration, nanos);
    }
    let (event_type, outcome) = match flow.accepted {
        Some(true) => ("[\"connection\",\"allowed\"]", Some("success")),
        Some(false) => ("[\"connection\",\"denied\"]", Some("failure")),
        None if flow.has_data => ("[\"connection\"]", None),
        None => ("[\"info\"]", None),
    };
    fields.set(Field::EventType, Value::Json(Cow::Borrowed(event_type)));
    if let Some(outcome) = outcome {
        fields.set(Field::EventOutcome, Value::Escaped(outcome));
    }
    if !fields.has(Field::NetworkType)
        && let Some(Value::Escaped(ip)) = fields.get(Field::SourceIp)
    {
        let family = if ip.contains(':') { "ipv6" } else { "ipv4" };
        fields.set(Field::NetworkType, Value::Escaped(family));
    }
}

//! Flow logs of AWS's VPCs and transit gateways
//! (<https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html>).

mod column;
mod record;
#[cfg(test)]
mod tests;

use super::{Format, LogEvent, RecordState, Refusal};
use crate::emit::{Emit, Shared};
use crate::options::Options;
use crate::scan::columns::{self, Columns};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Value;
use column::{Role, TRANSIT_GATEWAY, VERSION_2, role};
use record::Bad;
use std::borrow::Cow;
use std::sync::LazyLock;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "aws_vpcflow",
    title: "Flow logs of AWS VPCs and transit gateways",
    doc: "Reads flow logs of versions 2 to 10 \
          (<https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html>) and of transit gateways \
          (<https://docs.aws.amazon.com/vpc/latest/tgw/tgw-flow-logs.html>) as text, with the columns in any order: those \
          of a header line above in the same raw record (files in S3 have one), else those of the route's option \
          `fields`, else AWS's default formats. Without a route only header lines and lines of the default formats are \
          recognised. A line that has more or fewer words than columns, or in a column what it cannot hold, is refused. \
          `@timestamp` and `event.start` are when the first packet came, `event.end` when the last one did. Bytes and \
          packets are those from source to destination. `ACCEPT` is `allowed` and a success, `REJECT` is `denied` and a \
          failure; `NODATA` and `SKIPDATA` are `info`. Addresses are those of the interface; those in the packets are \
          `aws.vpcflow.pkt_srcaddr` and `pkt_dstaddr`. Columns without a field of their own are in `catchwater.fields`.",
    example: "2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK",
    detect,
    parse,
    options: Some(Options {
        keys: columns::KEYS,
        read: |given| columns::read(given, role, |role| *role != Role::Unknown),
    }),
    ..Format::DEFAULTS
};

static OF_VERSION_2: LazyLock<Option<Columns<Role>>> =
    LazyLock::new(|| Columns::new(VERSION_2.split(' '), role));
static OF_TRANSIT_GATEWAYS: LazyLock<Option<Columns<Role>>> =
    LazyLock::new(|| Columns::new(TRANSIT_GATEWAY.split(' '), role));

/// What all flows share.
const FLOW: Shared = &[
    (Field::EventCategory, Value::Json(Cow::Borrowed("[\"network\"]"))),
    (Field::CloudProvider, Value::Escaped("aws")),
];

/// The columns that a header line named.
#[derive(Default)]
struct Named(Option<Columns<Role>>);

fn detect(message: &str) -> bool {
    match message.as_bytes().first() {
        Some(b'0'..=b'9') => {
            by_default(message).is_some_and(|columns| record::read(columns, message).is_ok())
        }
        Some(b'a'..=b'z') => header(message).is_some(),
        _ => false,
    }
}

/// The columns of AWS's default format of this line's version.
fn by_default(line: &str) -> Option<&'static Columns<Role>> {
    if line.starts_with("2 ") {
        return OF_VERSION_2.as_ref();
    }
    let (version, rest) = line.split_once(' ')?;
    let is_version = version.len() <= 2 && version.bytes().all(|c| c.is_ascii_digit());
    if is_version && rest.starts_with("TransitGateway ") { OF_TRANSIT_GATEWAYS.as_ref() } else { None }
}

/// The columns that this line names, if it is a header: names only, and most of them known. A record has numbers.
fn header(line: &str) -> Option<Columns<Role>> {
    let starts_as_name = |word: &str| word.starts_with(|c: char| c.is_ascii_lowercase());
    let first = line.split_ascii_whitespace().next()?;
    if role(first) == Role::Unknown || !line.split_ascii_whitespace().all(starts_as_name) {
        return None;
    }
    let columns = Columns::new(line.split_ascii_whitespace(), role)?;
    let known = columns.iter().filter(|(_, role)| **role != Role::Unknown).count();
    // `action`, `type`, `start` are words of a sentence too.
    let is_sure = columns.iter().any(|(name, role)| *role != Role::Unknown && name.contains(['-', '_']))
        || columns.iter().any(|(_, role)| *role == Role::Ip(Field::SourceIp));
    (is_sure && known >= 3 && known * 2 > columns.count()).then_some(columns)
}

fn parse(state: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let line = event.message;
    let named = &mut state.of::<Named>(FORMAT.name).0;
    if let Some(columns) = header(line) {
        *named = Some(columns);
        return Ok(());
    }
    let columns = match (named, event.options::<Columns<Role>>()) {
        (Some(named), _) => named,
        (None, Some(given)) => given,
        (None, None) => by_default(line).ok_or(Refusal("flow_fields_unknown"))?,
    };
    let (fields, free) = record::read(columns, line).map_err(|bad| match bad {
        Bad::Cut => Refusal("flow_record_cut"),
        Bad::Left => Refusal("flow_record_longer_than_fields"),
        Bad::Value => Refusal("flow_value_of_other_field"),
    })?;
    let mut fields = fields;
    free.set(&mut fields);
    emit.event_sharing(Kind::Log, FLOW, fields);
    Ok(())
}

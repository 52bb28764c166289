//! Log lines of the programs of Stanford's Digital Repository: its preservation catalogue, `dor-services-app` and robots
//! (<https://github.com/sul-dlss/preservation_catalog>, <https://github.com/sul-dlss/dor-services-app>,
//! <https://github.com/sul-dlss/lyber-core>). The layouts are those of their sources' format strings.

mod audit;
mod line;
#[cfg(test)]
mod tests;

use super::{Format, Group, LogEvent, RecordState, Refusal};
use crate::emit::Emit;
use crate::scan::address::is_ip;
use crate::scan::free_fields::FreeFields;
use crate::scan::ruby_logger::{self, Logged};
use crate::scan::{decimal, druid};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use line::Line;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "stanford_sdr",
    title: "Preservation catalogue, services and robots of Stanford's Digital Repository (SDR)",
    doc: "Reads, bare or behind what Ruby's `Logger` writes:\n\n\
          - results of audits, `validate_checksums(bj102hs9687, fixture_sr1) checksum(s) match`, their sum, `fixity check passed - \
          validate_checksums - bj102hs9687 - actual location: …; actual version: 3`, and the form without object, `validate_checksums (actual \
          location: …; actual version: 3) … && …`: a `preservation` event each;\n\
          - `Copying A (123 bytes) to B for druid:…` and `[Was Shelve] Copying A to B`: a `file_move` with `event.type: start` and action type \
          COPY, for no line tells its end;\n\
          - `downloaded K from E (12.5 KB retrieved)`, `[Indexing] Adding druid:… with trace_id=…`, `Enqueued Robots::… for druid:… to Q: id`, \
          `druid:… processing`, `update-moab druid:… starting`, `Releasing embargo for druid:…`, `Finished druid:… in 0.1234s`, `Cannot set druid:… to status='error'`, `no Authorization token was provided by \
          …`: a `log` with what they name.\n\n\
          A check's name is `event.action`, what it says `premis.event.outcome_detail`. `premis.event.type` is `fixity check` for checks of \
          checksums (`validate_checksums`, a replica's MD5, `preservation-audit`), `replication` for other checks of replicas \
          (`CatalogToArchive`, zip parts), `accession` where the object was added to the catalogue, `validation` for the other checks of the \
          catalogue against the storage (`check_catalog_version`, `check_existence`, `update_version` …), else the check's name. The outcome \
          is what the catalogue takes the message for (`app/services/results.rb`, and its level in `logger_reporter.rb`); a message that it does not \
          have counts by the line's level. Druids come out as `druid:…`, in `catchwater.fields.druid` as they stand where bare. Other lines are \
          refused and come out as `plain`.",
    example: "validate_checksums(bj102hs9687, fixture_sr1) checksum(s) match",
    detect,
    parse,
    continues: Some(continues),
    ..Format::DEFAULTS
};

fn detect(message: &str) -> bool {
    // Anyone's service may miss a token.
    let line = line::read(ruby_logger::read(message, 0).message);
    line.is_some_and(|line| !matches!(line, Line::NoToken { .. }))
}

/// The results of a sum stand below it, a line each.
fn continues(group: &mut Group<'_>, line: &str) -> bool {
    const SUM: u32 = 1;
    const OTHER: u32 = 2;
    if !line.starts_with("* ") {
        return false;
    }
    if *group.state == 0 {
        let is_sum = group.text.contains("fixity check ") && detect(group.text);
        *group.state = if is_sum { SUM } else { OTHER };
    }
    *group.state == SUM
}

fn parse(_: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let logged = ruby_logger::read(event.message, event.zone_seconds);
    let line = line::read(logged.message).ok_or(Refusal("no_sdr_line"))?;
    let mut fields = Fields::new();
    let mut free = FreeFields::default();
    logged.set(&mut fields);
    if let Some(object) = line.druid() {
        druid::set_object(object, &mut fields);
        free.add("druid", druid::written_bare(object).unwrap_or_default());
    }
    let kind = set(&line, &logged, &mut fields, &mut free);
    free.set(&mut fields);
    emit.event(kind, fields);
    Ok(())
}

/// Sets what the line says; what kind of event is it?
fn set<'a>(line: &Line<'a>, logged: &Logged<'a>, fields: &mut Fields<'a>, free: &mut FreeFields) -> Kind {
    match line {
        Line::Audit(audit) => {
            audit.set(logged.level, fields, free);
            return Kind::Preservation;
        }
        Line::Copying { from, size, to, .. } => {
            for (field, text) in [
                (Field::FilePath, *from),
                (Field::FileName, from.rsplit('/').next().unwrap_or_default()),
                (Field::FileSourceKey, *from),
                (Field::FileDestinationKey, *to),
            ] {
                fields.set_present(field, text);
            }
            if let Some(size) = size {
                fields.set(Field::FileSize, *size);
            }
            fields.set(Field::EventAction, "copy");
            fields.set(Field::ActionType, "COPY");
            fields.set(Field::EventType, "start");
            fields.set(Field::EventCategory, Value::Json("[\"file\"]".into()));
            return Kind::FileMove;
        }
        Line::Downloaded { key, version, endpoint, retrieved, .. } => {
            fields.set(Field::EventAction, "download");
            fields.set(Field::FilePath, *key);
            fields.set_present(Field::FileName, key.rsplit('/').next().unwrap_or_default());
            fields.set(Field::PremisObjectVersion, *version);
            free.add("endpoint_name", endpoint);
            free.add("retrieved", retrieved);
        }
        Line::Indexing { trace, .. } => {
            fields.set(Field::EventAction, "index");
            fields.set_present(Field::TraceId, trace);
        }
        Line::Enqueued { robot, queue, id, .. } => {
            fields.set(Field::EventAction, "enqueue");
            fields.set_present(Field::TransactionId, id);
            free.add("robot", robot);
            free.add("queue", queue);
        }
        Line::Robot { robot, phase, failed, seconds, .. } => {
            free.add("robot", robot);
            fields.set(Field::EventAction, *phase);
            if let Some(nanos) = seconds.and_then(decimal::seconds_to_nanos) {
                fields.set(Field::EventDuration, nanos);
            }
            if *failed {
                fields.set(Field::EventOutcome, "failure");
            }
        }
        Line::NoToken { address } => {
            fields.set(Field::EventOutcome, "failure");
            fields.set(Field::EventCategory, Value::Json("[\"authentication\"]".into()));
            fields.set(if is_ip(address) { Field::SourceIp } else { Field::SourceAddress }, *address);
        }
    }
    fields.set(Field::Message, logged.message);
    Kind::Log
}

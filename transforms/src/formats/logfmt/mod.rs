//! Lines of `key=value` pairs. [`keys`] knows what keys mean that JSON loggers do not use, [`values`] makes of a text what
//! a field holds.

mod keys;
#[cfg(test)]
mod tests;
mod values;

use super::json::access::{self, Shape, conclude};
use super::json::{http, names};
use super::{Format, LogEvent, RecordState, Refusal, lograge};
use crate::emit::Emit;
use crate::scan::delivered::{self, Delivered};
use crate::scan::free_fields::FreeFields;
use crate::scan::log_time::Context;
use crate::scan::logfmt::{Pair, Pairs};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::field_set::CAPACITY;
use catchwater_schemas::fields::Fields;
use catchwater_schemas::time::Timestamp;
use std::collections::HashSet;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "logfmt",
    title: "Pairs of key=value: go-kit, logrus, slog, Prometheus, Grafana, Loki, Heroku's router",
    doc: "Reads `key=value` pairs (<https://brandur.org/logfmt>), values in quotation marks escaped as in Go or JSON, a word \
          alone as `true`, more of them side by side as the free field `words`. Keys are known as in the format `json` (ECS's own names, `time`, `level`, `msg`, `trace_id`, \
          `error` …), besides `t`, `caller`, `source`, `file` and `func` (where the line was written), durations with a \
          unit under `duration`, `took`, `elapsed`, `latency`, `dur` (`1m2.5s`) or in the name (`duration_ms`, `time_ms`), \
          and `remote_addr` with a port. Every other pair is a free field of its name, a text; of a key that stands twice \
          the last counts.\n\n\
          With a method, a path and a status it is a `service_query`: lines of Heroku's router \
          (<https://devcenter.heroku.com/articles/http-routing#heroku-router-log-format>, `at=info method=GET path=\"/\" host=… \
          fwd=… connect=1ms service=18ms status=200 bytes=13`, also behind Logplex's head) with `service` for \
          `event.duration`, the last address of `fwd` (whom the router was asked by) for `source.ip`, the first public one \
          for `client.ip`, and `code` and `desc` for the error; and requests in the logs of Grafana and others. Loki's lines \
          of its queries (`caller=metrics.go:… query=\"…\"`) are queries in `logql`. A line whose last quotation mark is \
          missing is refused.",
    example: r#"time=2022-11-08T15:28:26.000-05:00 level=INFO source=main.go:12 msg="hello, world" count=3"#,
    detect,
    parse,
    ..Format::DEFAULTS
};

/// Who wrote the line, where that is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Writer {
    heroku: bool,
    /// Loki says how a query went.
    loki_query: bool,
    shape: Shape,
}

fn detect(message: &str) -> bool {
    let first = message.as_bytes().first().copied().unwrap_or_default();
    if first.is_ascii_digit() {
        return heroku_head(message, ANY_TIME).is_some_and(|head| is_sure(head.rest));
    }
    (first.is_ascii_alphabetic() || matches!(first, b'_' | b'@'))
        && is_sure(message)
        && !(lograge::FORMAT.detect)(message)
}

const ANY_TIME: Context = Context { zone_seconds: 0, near: Timestamp::from_nanos(0) };

/// Logplex's head of a line of Heroku's own.
fn heroku_head(message: &str, context: Context) -> Option<Delivered<'_>> {
    delivered::read(message, context).filter(|head| head.program == "heroku" && head.host.is_empty())
}

/// Two pairs at the front, and a key that tells time, level or message.
fn is_sure(text: &str) -> bool {
    let mut pairs = Pairs::of(text);
    let (mut tells, mut alone, mut count) = (false, 0, 0);
    for (n, pair) in pairs.by_ref().enumerate() {
        let is_pair = pair.value.is_some() && is_key(pair.key);
        if n < 2 && !is_pair {
            return false;
        }
        count += 1;
        alone += usize::from(!is_pair);
        tells |= is_pair && keys::tells(pair.key, pair.value.unwrap_or_default());
    }
    tells && count >= 2 && alone * 4 <= count && !pairs.is_cut
}

fn is_key(key: &str) -> bool {
    let of_key =
        |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-' | b'@' | b'/') || b >= 0x80;
    key.len() <= 100 && key.bytes().all(of_key)
}

impl Writer {
    fn of(pairs: &[Pair<'_>]) -> Self {
        let (mut method, mut target, mut marks) = (false, false, 0);
        let (mut query, mut metrics) = (false, false);
        for pair in pairs {
            let value = pair.value.unwrap_or_default();
            match (pair.key, http::tells_request(pair.key)) {
                (_, (true, _)) => method |= access::is_method(value),
                (_, (_, true)) => target |= value.starts_with('/') || value.contains("://"),
                ("dyno" | "fwd" | "connect" | "service", _) => marks += 1,
                ("query", _) => query = true,
                ("query_type" | "query_hash", _) => metrics = true,
                _ => {}
            }
        }
        let shape = Shape { access: method && target, ..Shape::default() };
        Self { heroku: shape.access && marks == 4, loki_query: query && metrics, shape }
    }

    /// The field that a key means, and how far behind other names of that field it stands.
    fn role(&self, key: &str) -> Option<(Field, u8)> {
        let own = if self.heroku { keys::of_heroku(key) } else { None };
        let own = own.or_else(|| (self.loki_query && key == "query").then_some((Field::QueryText, 0)));
        own.or_else(|| keys::role(key)).or_else(|| names::role(key, &self.shape))
    }
}

fn parse(_: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let context = Context { zone_seconds: event.zone_seconds, near: event.time };
    let head = heroku_head(event.message, context);
    let text = head.map_or(event.message, |head| head.rest);
    let pairs = read(text)?;
    let writer = Writer::of(&pairs);
    let mut fields = Fields::new();
    let mut free = FreeFields::default();
    assign(&pairs, writer, context, &mut fields, &mut free);
    if let Some(head) = head {
        if !fields.has(Field::Timestamp) {
            fields.set(Field::Timestamp, head.time);
        }
        if pairs.iter().all(|pair| pair.key != "process") {
            free.add("process", head.process);
        }
    }
    let mut kind = conclude(&mut fields, &writer.shape);
    if fields.has(Field::QueryText) {
        fields.set(Field::QueryLanguage, "logql");
        kind = Kind::ServiceQuery;
    }
    free.set(&mut fields);
    emit.event(kind, fields);
    Ok(())
}

/// The pairs of a line; of keys that stand twice the last ones. Words alone may stand there as often as they do.
fn read(text: &str) -> Result<Vec<Pair<'_>>, Refusal> {
    let mut all = Vec::with_capacity(16);
    let mut pairs = Pairs::of(text);
    all.extend(pairs.by_ref());
    let alone = all.iter().filter(|pair| pair.value.is_none()).count();
    let is_one = all.first().is_some_and(|pair| pair.value.is_some() && is_key(pair.key));
    if !is_one || alone * 2 > all.len() {
        return Err(Refusal("no_logfmt_line"));
    }
    if pairs.is_cut {
        return Err(Refusal("logfmt_line_cut"));
    }
    const FEW: usize = 24;
    let repeats =
        |n: usize| all[n + 1..].iter().any(|later| later.key == all[n].key && later.value.is_some());
    if all.len() > FEW || (0..all.len()).any(repeats) {
        let mut seen = HashSet::with_capacity(all.len());
        all.reverse();
        all.retain(|pair| pair.value.is_none() || seen.insert(pair.key));
        all.reverse();
    }
    Ok(all)
}

/// Rank of a field that no pair has yet.
const NOBODY: u8 = u8::MAX;

/// Gives each pair its place: of several that mean one field the one of the best rank has it, the others are free.
fn assign<'a>(
    pairs: &[Pair<'a>],
    writer: Writer,
    context: Context,
    fields: &mut Fields<'a>,
    free: &mut FreeFields,
) {
    let mut ranks = [NOBODY; CAPACITY];
    let mut owners = [0; CAPACITY];
    let mut taken = vec![false; pairs.len()];
    for (index, pair) in pairs.iter().enumerate() {
        if values::set_several(pair, writer.heroku, fields, free) {
            taken[index] = true;
            continue;
        }
        let Some((field, rank)) = writer.role(pair.key) else { continue };
        let slot = field as usize;
        if rank < ranks[slot]
            && let Some(value) = values::fit(field, pair, context)
        {
            if ranks[slot] != NOBODY {
                taken[owners[slot]] = false;
            }
            (ranks[slot], owners[slot], taken[index]) = (rank, index, true);
            fields.set(field, value);
        }
    }
    let is_word = words(pairs);
    let mut text = Vec::new();
    let mut flags: HashSet<&str> = HashSet::new();
    if is_word.contains(&true) {
        flags.extend(pairs.iter().filter(|pair| pair.value.is_some()).map(|pair| pair.key));
    }
    for (index, pair) in pairs.iter().enumerate().filter(|(index, _)| !taken[*index]) {
        let beside = [index.checked_sub(1), Some(index + 1)];
        let in_text = beside.into_iter().flatten().any(|at| is_word.get(at) == Some(&true));
        match pair.value {
            // The names stand for the list of Heroku's router, and for words.
            _ if pair.key == WORDS || (writer.heroku && pair.key == "forwarded_for") => {}
            _ if is_word[index] && (in_text || pair.value.is_some()) => text.push(pair.raw),
            Some(_) => free.add(pair.key, &pair.text()),
            None if flags.insert(pair.key) => free.add_json(pair.key, "true"),
            None => {}
        }
    }
    free.add(WORDS, &text.join(" "));
}

/// Which pairs are words of a text: what has no sign, what is no key, and behind such a word a base64's end.
fn words(pairs: &[Pair<'_>]) -> Vec<bool> {
    const LONG: usize = 16;
    let mut is_word: Vec<bool> = Vec::with_capacity(pairs.len());
    for pair in pairs {
        let is_padded = pair.key.len() >= LONG && matches!(pair.value, Some("" | "="));
        let behind = is_word.last() == Some(&true);
        // What stands in a URL or code is no name, and what it hides would not be found under it.
        let is_name = pair.key.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '@'))
            && !pair.key.contains(['&', '?', ';', ',', '[', ']', '{', '}', '(', ')']);
        is_word.push(pair.value.is_none() || !is_name || (behind && is_padded));
    }
    is_word
}

/// The free field of words that stand together without any sign.
const WORDS: &str = "words";

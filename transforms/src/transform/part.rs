//! What is known of the log stream whose log events are walked now.

use super::Transform;
use crate::decode::Part;
use crate::emit::Lineage;
use crate::formats::Format;
use crate::join::Joining;
use crate::options::CompiledOptions;
use crate::raw::RawRecord;
use crate::route::Rule;
use catchwater_schemas::config::Identity;
use catchwater_schemas::dead_letter::LogEventOrigin;
use catchwater_schemas::id::{IdScope, Scope};
use catchwater_schemas::record::partition_key;
use catchwater_schemas::time::Timestamp;
use std::collections::HashMap;
use std::fmt::Write;

/// Log streams whose route and hashes are remembered; then it starts anew.
const MOST_KNOWN: usize = 4096;

/// What was found out once about a log stream.
#[derive(Clone)]
struct LogStream {
    rule: usize,
    partition_key: u8,
    id_scope: IdScope,
}

/// Log streams seen before, by the lengths and texts of account, log group and log stream.
#[derive(Default)]
pub(super) struct Known {
    by_name: HashMap<String, LogStream>,
    name: String,
}

/// The part of the record that is walked now.
pub(super) struct Current<'t> {
    account: String,
    log_group: String,
    log_stream: String,
    service: Option<String>,
    id_scope: IdScope,
    pub(super) partition_key: u8,
    pub(super) rule: &'t Rule,
    /// CloudWatch's probe.
    pub(super) control: bool,
    /// The format that the route, else the producer's hint, says.
    pub(super) format: Option<&'static Format>,
    /// What the format takes beside the line: the route's options, or the pattern of a format of the configuration.
    pub(super) options: Option<CompiledOptions>,
    /// The format that was found for the line before.
    last: Option<&'static Format>,
    /// Formats that may hold log events back.
    pub(super) holding: Vec<&'static Format>,
    /// Log events that gave no event yet.
    pub(super) held: u64,
    /// Log events of the part so far.
    pub(super) log_events: u64,
}

impl<'t> Current<'t> {
    pub(super) fn new(
        transform: &'t Transform,
        raw: &RawRecord<'_>,
        part: &Part<'_>,
        known: &mut Known,
    ) -> Self {
        let bare = part.source.is_none();
        let (account, log_group, log_stream) = match &part.source {
            Some(s) => (s.account.as_ref(), s.log_group.as_ref(), s.log_stream.as_ref()),
            None => ("", raw.stream, raw.shard),
        };
        let LogStream { rule, partition_key, id_scope } =
            known.find(transform, bare, account, log_group, log_stream);
        let rule = transform.routes.rule(rule);
        let (format, options) = match rule.format {
            Some(format) => (Some(format), rule.options.clone()),
            None => part.format.as_deref().map_or((None, None), |name| hinted(transform, name)),
        };
        Self {
            account: account.to_string(),
            log_group: log_group.to_string(),
            log_stream: log_stream.to_string(),
            service: rule.service.as_deref().or(part.service.as_deref()).map(String::from),
            id_scope,
            partition_key,
            rule,
            control: part.control,
            format,
            options,
            last: None,
            holding: Vec::new(),
            held: 0,
            log_events: 0,
        }
    }

    pub(super) fn lineage(&self) -> Lineage<'_> {
        Lineage {
            account: &self.account,
            region: "",
            log_group: &self.log_group,
            log_stream: &self.log_stream,
            id_scope: self.id_scope.clone(),
            service: self.service.as_deref(),
            revision: self.rule.revision,
            original: self.rule.original,
            who: self.rule.who.as_deref(),
            privacy: self.rule.privacy,
        }
    }

    /// The format of a log event: the route's, else the one that is sure of the line, else `plain`.
    pub(super) fn format_of(&mut self, message: &str, transform: &Transform) -> &'static Format {
        self.format.or_else(|| self.detect(message, transform.formats)).unwrap_or(transform.plain)
    }

    /// The format that is sure of this line; the one before it is asked first. What a raw record holds alone decides,
    /// so that it comes out the same on every pass.
    fn detect(&mut self, message: &str, formats: &[&'static Format]) -> Option<&'static Format> {
        if let Some(last) = self.last.filter(|f| (f.detect)(message)) {
            return Some(last);
        }
        self.last = formats.iter().copied().find(|f| (f.detect)(message));
        self.last
    }

    /// Is a log event that could go on with one of `format` surely of another format, in a log stream that several programs
    /// write? Where the route says the format, or what is joined, it is not. What is indented, and JSON, stands in messages too.
    pub(super) fn is_of_another(&self, message: &str, format: &Format, transform: &Transform) -> bool {
        let may_begin = || !message.starts_with(|c: char| c.is_whitespace() || c == '{');
        let claims = |other: &&Format| other.name != format.name && (other.detect)(message);
        let by_looks = self.format.is_none() && matches!(self.rule.joining, Joining::Format);
        by_looks && may_begin() && transform.formats.iter().any(claims)
    }

    /// Writes the source id of a log event without one, the `index`-th of its raw or user record. `contents`: how often
    /// each content was seen in the record of the stream.
    pub(super) fn write_source_id(
        &self,
        out: &mut String,
        raw: &RawRecord<'_>,
        index: u64,
        message: &str,
        contents: &mut HashMap<[u8; 16], u32>,
    ) {
        out.clear();
        // Writing to a String does not fail.
        let _ = match self.rule.identity {
            Identity::Position => write!(out, "{}:{index}", raw.position()),
            Identity::Content => {
                let content = self.id_scope.id(message, 0);
                let ordinal = contents.entry(content.digest).or_default();
                *ordinal += 1;
                write!(out, "{content}:{}", *ordinal - 1)
            }
        };
    }

    pub(super) fn origin(&self, id: &str, time: Timestamp) -> LogEventOrigin {
        LogEventOrigin {
            account: self.account.clone(),
            log_group: self.log_group.clone(),
            log_stream: self.log_stream.clone(),
            id: id.to_string(),
            timestamp_millis: time.millis(),
        }
    }
}

/// The format that a producer names, and the pattern of one of the configuration.
fn hinted(transform: &Transform, name: &str) -> (Option<&'static Format>, Option<CompiledOptions>) {
    if let Some(format) = transform.formats.iter().copied().find(|f| f.name == name) {
        return (Some(format), None);
    }
    transform.own.find(name).map_or((None, None), |(format, pattern)| (Some(format), Some(pattern)))
}

impl Known {
    fn find(
        &mut self,
        transform: &Transform,
        bare: bool,
        account: &str,
        log_group: &str,
        log_stream: &str,
    ) -> LogStream {
        self.name.clear();
        let (a, g) = (account.len(), log_group.len());
        // Writing to a String does not fail.
        let _ = write!(self.name, "{bare} {a} {g} {account}{log_group}{log_stream}");
        if let Some(known) = self.by_name.get(&self.name) {
            return known.clone();
        }
        let rule = transform.routes.find(account, log_group, log_stream);
        // A producer's retry may land on another shard: content alone then says that it is the same.
        let by_content = bare && transform.routes.rule(rule).identity == Identity::Content;
        let scope_stream = if by_content { "" } else { log_stream };
        let scope = Scope { account, region: "", log_group, log_stream: scope_stream };
        let found = LogStream {
            rule,
            partition_key: partition_key(account, log_group, log_stream),
            id_scope: transform.id_key.scope(&scope),
        };
        if self.by_name.len() >= MOST_KNOWN {
            self.by_name.clear();
        }
        self.by_name.insert(self.name.clone(), found.clone());
        found
    }
}

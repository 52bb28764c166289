//! The formats. A format is one file: an example line, what it reads, its parser, the mapping to ECS names, its
//! tests; and one line in [`REGISTRY`].

pub mod apache_access;
pub mod apache_error;
pub mod aws_alb;
pub mod aws_apigateway;
pub mod aws_cloudfront;
pub mod aws_cloudtrail;
pub mod aws_elb_classic;
pub mod aws_lambda;
pub mod aws_nlb;
pub mod aws_route53_resolver;
pub mod aws_s3_access;
pub mod aws_s3_event;
pub mod aws_s3_eventbridge;
pub mod aws_vpcflow;
pub mod aws_waf;
pub mod container_cri;
pub mod dor_event;
pub mod dor_events_xml;
pub mod fedora_audit;
pub mod fedora_event;
pub mod haproxy;
pub mod hyrax_fixity;
pub mod java_log4j;
pub mod json;
pub mod logfmt;
pub mod lograge;
pub mod monolog;
pub mod mysql_audit;
pub mod mysql_error;
pub mod mysql_slow;
pub mod nginx_access;
pub mod nginx_error;
pub mod plain;
pub mod postgresql;
pub mod premis_xml;
pub mod python_logging;
pub mod rails;
pub mod sdc;
pub mod solr;
pub mod stanford_sdr;
pub mod syslog_iso;
pub mod syslog_rfc3164;
pub mod syslog_rfc5424;
#[cfg(test)]
mod testing;
pub mod tomcat;

use crate::emit::Emit;
use crate::options::Options;
use catchwater_schemas::time::Timestamp;
use std::any::Any;
use std::collections::HashMap;

/// All formats, in the order in which detection asks them: what is told most surely comes first.
pub const REGISTRY: &[&Format] = &[
    &container_cri::FORMAT,
    &aws_cloudtrail::FORMAT,
    &aws_s3_event::FORMAT,
    &postgresql::FORMAT,
    &mysql_audit::FORMAT,
    &mysql_error::FORMAT,
    &aws_cloudfront::FORMAT,
    &aws_s3_eventbridge::FORMAT,
    &aws_waf::FORMAT,
    &aws_route53_resolver::FORMAT,
    &aws_apigateway::FORMAT,
    &aws_lambda::FORMAT,
    &dor_event::FORMAT,
    &fedora_event::FORMAT,
    &lograge::FORMAT,
    &json::FORMAT,
    &premis_xml::FORMAT,
    &dor_events_xml::FORMAT,
    &fedora_audit::FORMAT,
    &stanford_sdr::FORMAT,
    &hyrax_fixity::FORMAT,
    &mysql_slow::FORMAT,
    &aws_alb::FORMAT,
    &aws_elb_classic::FORMAT,
    &aws_nlb::FORMAT,
    &aws_s3_access::FORMAT,
    &aws_vpcflow::FORMAT,
    &haproxy::FORMAT,
    &syslog_rfc5424::FORMAT,
    &syslog_rfc3164::FORMAT,
    &syslog_iso::FORMAT,
    &sdc::FORMAT,
    &monolog::FORMAT,
    &solr::FORMAT,
    &rails::FORMAT,
    &logfmt::FORMAT,
    &tomcat::FORMAT,
    &java_log4j::FORMAT,
    &python_logging::FORMAT,
    &nginx_error::FORMAT,
    &apache_error::FORMAT,
    &nginx_access::FORMAT,
    &apache_access::FORMAT,
    &plain::FORMAT,
];

/// What the registry says of one format.
pub struct Format {
    /// Name in the configuration; that of the file.
    pub name: &'static str,
    /// What writes such lines, in one line.
    pub title: &'static str,
    /// Markdown for the format's page: variants read, source of the layout, what is lost.
    pub doc: &'static str,
    /// A line as it is written.
    pub example: &'static str,
    /// Is this surely a line of this format? Cheap: asked of lines that no route names; `false` if unsure.
    pub detect: fn(&str) -> bool,
    /// Reads one log event and emits its events, or refuses it before it emits any.
    pub parse: fn(&mut RecordState, LogEvent<'_>, &mut Emit<'_>) -> Result<(), Refusal>,
    /// Emits what was held back, at the end of the raw record.
    pub finish: Option<fn(&mut RecordState, &mut Emit<'_>)>,
    /// Does this log event go on with the one before it, a stack trace's line or a statement's? Such are joined, within
    /// one log stream and raw record, and parsed as one message with line breaks in it.
    pub continues: Option<fn(&mut Group<'_>, &str) -> bool>,
    /// What a route may say of the format under `options`.
    pub options: Option<Options>,
    /// Does each of its lines carry a message of another program ([`crate::scan::carried`])?
    pub carries: bool,
}

impl Format {
    /// What most formats leave as it is: `Format { name: …, ..Format::DEFAULTS }`.
    pub const DEFAULTS: Format = Format {
        name: "",
        title: "",
        doc: "",
        example: "",
        detect: |_| false,
        parse: |_, _, _| Err(Refusal("no_parser")),
        finish: None,
        continues: None,
        options: None,
        carries: false,
    };
}

/// Log events that were joined so far, as [`Format::continues`] sees them.
#[derive(Debug)]
pub struct Group<'a> {
    /// The text, with a line break between two log events.
    pub text: &'a str,
    /// What the format remembers from one call to the next; 0 at the group's first.
    pub state: &'a mut u32,
}

/// One entry of a log, as a format sees it.
#[derive(Clone, Copy, Debug)]
pub struct LogEvent<'a> {
    /// The message, without a line break at its end.
    pub message: &'a str,
    /// The log event's own time: for lines that have none, or no year.
    pub time: Timestamp,
    /// Zone of times that have none, seconds east of UTC.
    pub zone_seconds: i32,
    /// Deepest nesting of JSON that is read.
    pub json_depth: usize,
    /// The route's options for the format, as its [`Options`] have read them.
    pub options: Option<&'a (dyn Any + Send + Sync)>,
}

impl<'a> LogEvent<'a> {
    /// The route's options; `None` where it gives none.
    pub fn options<T: 'static>(&self) -> Option<&'a T> {
        self.options.and_then(|options| options.downcast_ref())
    }
}

/// Why a format does not take a line: a word that is counted. The line then comes out as `plain`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub &'static str);

/// What formats remember from one log event to the next, within one raw record and log stream only.
#[derive(Default)]
pub struct RecordState {
    slots: HashMap<&'static str, Box<dyn Any + Send>>,
}

impl RecordState {
    /// What the format of this name remembers; its default at first.
    pub fn of<T: Default + Send + 'static>(&mut self, format: &'static str) -> &mut T {
        let slot = self.slots.entry(format).or_insert_with(|| Box::new(T::default()));
        slot.downcast_mut().expect("one type for each format's name")
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.slots.clear();
    }
}

/// The format of this name.
pub fn by_name(name: &str) -> Option<&'static Format> {
    REGISTRY.iter().copied().find(|f| f.name == name)
}

/// The format that is sure of this line.
pub fn detect(message: &str) -> Option<&'static Format> {
    REGISTRY.iter().copied().find(|f| (f.detect)(message))
}

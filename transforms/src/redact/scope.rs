//! Which fields may hold a secret, and as what they are read.

use catchwater_schemas::config::RedactRule;
use catchwater_schemas::field::{FIELDS, Field, FieldType};
use catchwater_schemas::field_set::FieldSet;

/// What stands in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Words of people and programs, statements, JSON.
    Text,
    /// A URL or a part of one, a path, a name.
    Name,
    /// An id: a run of digits there is no card's number.
    Id,
}

/// Read for names and values even if the line has no sign of a token.
const URLS: [Field; 17] = [
    Field::Who,
    Field::Operation,
    Field::FileName,
    Field::FilePath,
    Field::FileSourceKey,
    Field::FileDestinationKey,
    Field::HttpRequestReferrer,
    Field::SourceAddress,
    Field::UrlDomain,
    Field::UrlOriginal,
    Field::UrlPath,
    Field::UrlQuery,
    Field::UserAgentOriginal,
    Field::UserName,
    Field::AwsElbRedirectUrl,
    Field::NginxUpstreamAddress,
    Field::EventAction,
];

/// The same, as texts.
const TEXTS: [Field; 15] = [
    Field::EventReason,
    Field::EventOriginal,
    Field::QueryText,
    Field::QueryNormalized,
    Field::FreeFields,
    Field::Message,
    Field::ErrorMessage,
    Field::ErrorStackTrace,
    Field::LogSyslogStructuredData,
    Field::PremisEventDetail,
    Field::PremisEventOutcomeDetail,
    Field::AwsTrailRequestParameters,
    Field::AwsTrailResponseElements,
    Field::AwsTrailResources,
    Field::Tags,
];

/// Ids of sources and of what they tell apart.
const IDS: [Field; 16] = [
    Field::EventSequence,
    Field::EventReferenceId,
    Field::CloudInstanceId,
    Field::ContainerId,
    Field::FaasExecution,
    Field::FileETag,
    Field::FileVersion,
    Field::HttpRequestId,
    Field::SpanId,
    Field::TraceId,
    Field::TransactionId,
    Field::ProcessThreadName,
    Field::AwsRequestId,
    Field::AwsElbConnTraceId,
    Field::AwsS3Sequencer,
    Field::AwsTrailIdentityArn,
];

/// Ours, or an access key's id that CloudTrail tells to say which key was used.
const KEPT: [Field; 8] = [
    Field::EventId,
    Field::EventKind,
    Field::Kind,
    Field::Format,
    Field::ContentFormat,
    Field::QueryFingerprint,
    Field::ParseFailure,
    Field::AwsTrailAccessKeyId,
];

/// The fields, as sets.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Scope {
    always: FieldSet,
    suspected: FieldSet,
    texts: FieldSet,
    ids: FieldSet,
}

impl Scope {
    pub fn new() -> Self {
        let mut scope = Self { texts: FieldSet::of(&TEXTS), ids: FieldSet::of(&IDS), ..Self::default() };
        URLS.iter().chain(&TEXTS).for_each(|field| scope.always.insert(*field));
        for (index, info) in FIELDS.iter().enumerate() {
            let field = Field::from_index(index);
            let holds_text =
                matches!(info.field_type, FieldType::Keyword | FieldType::Text | FieldType::Flattened);
            if holds_text && !KEPT.contains(&field) {
                scope.suspected.insert(field);
            }
        }
        scope
    }

    /// Those of an event's fields that are looked into.
    pub fn of(&self, suspected: bool, present: FieldSet) -> FieldSet {
        present.and(if suspected { self.suspected } else { self.always })
    }

    pub fn kind(&self, field: Field) -> Kind {
        if self.texts.contains(field) {
            Kind::Text
        } else if self.ids.contains(field) {
            Kind::Id
        } else {
            Kind::Name
        }
    }
}

/// See [`super::keeps`].
pub(super) fn keeps(field: Field, rule: RedactRule) -> bool {
    let scope = Scope::new();
    match rule {
        RedactRule::Parameters | RedactRule::UrlPasswords => !scope.always.contains(field),
        RedactRule::SqlPasswords => !scope.texts.contains(field),
        RedactRule::Cards => scope.ids.contains(field) || !scope.suspected.contains(field),
        _ => !scope.suspected.contains(field),
    }
}

//! Layouts that are kept from event to event.

use super::{Lineage, Shared};
use crate::query;
use catchwater_schemas::SCHEMA_VERSION;
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Fields;
use catchwater_schemas::id::IdScope;
use catchwater_schemas::layout::Layout;

/// Layouts that are kept: those of so many formats and kinds, of one log stream.
const MOST_KNOWN: usize = 8;

/// The layout of one format's events of one kind and log stream.
pub(super) struct Known {
    format: &'static str,
    kind: Kind,
    shared: Shared,
    revision: u64,
    id_scope: IdScope,
    log_stream: String,
    service: Option<String>,
    layout: Layout,
}

impl Known {
    fn new(format: &'static str, kind: Kind, shared: Shared, lineage: &Lineage<'_>) -> Self {
        let mut fields = Fields::new();
        fields.set(Field::EventKind, "event");
        fields.set(Field::Schema, SCHEMA_VERSION);
        fields.set(Field::Revision, lineage.revision);
        fields.set(Field::Kind, kind.as_str());
        fields.set(Field::Format, format);
        for (field, value) in shared {
            fields.set(*field, value.clone());
        }
        for (field, text) in [
            (Field::CloudAccountId, lineage.account),
            (Field::CloudRegion, lineage.region),
            (Field::AwsLogGroup, lineage.log_group),
            (Field::AwsLogStream, lineage.log_stream),
        ] {
            if !text.is_empty() && !fields.has(field) {
                fields.set(field, text);
            }
        }
        if let Some(service) = query::of_log_stream(lineage)
            && (lineage.service.is_some() || !fields.has(Field::ServiceName))
        {
            fields.set(Field::ServiceName, service);
        }
        Self {
            format,
            kind,
            shared,
            revision: lineage.revision,
            id_scope: lineage.id_scope.clone(),
            log_stream: lineage.log_stream.to_string(),
            service: lineage.service.map(String::from),
            layout: Layout::new(&fields),
        }
    }

    /// The scope holds account, region, log group and most often the log stream.
    fn is_of(&self, format: &'static str, kind: Kind, shared: Shared, lineage: &Lineage<'_>) -> bool {
        std::ptr::eq(self.format, format)
            && self.kind == kind
            && std::ptr::eq(self.shared, shared)
            && self.revision == lineage.revision
            && self.id_scope == lineage.id_scope
            && self.log_stream == lineage.log_stream
            && self.service.as_deref() == lineage.service
    }

    /// The layout of these events, made where it is not known.
    pub(super) fn find<'k>(
        known: &'k mut Vec<Self>,
        format: &'static str,
        kind: Kind,
        shared: Shared,
        lineage: &Lineage<'_>,
    ) -> &'k mut Layout {
        let place = known.iter().position(|k| k.is_of(format, kind, shared, lineage)).unwrap_or_else(|| {
            if known.len() == MOST_KNOWN {
                known.remove(0);
            }
            known.push(Self::new(format, kind, shared, lineage));
            known.len() - 1
        });
        &mut known[place].layout
    }
}

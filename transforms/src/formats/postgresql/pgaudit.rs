//! What pgAudit writes (<https://github.com/pgaudit/pgaudit>, "Format"): `AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.t,
//! "select * from t",<none>`, a row of comma-separated values behind a mark.

use super::message::Said;
use crate::scan::csv::{RFC_4180, take};
use crate::scan::free_fields::FreeFields;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Fields;

/// Names of the values, as pgAudit's manual and CloudNativePG's JSON have them.
const NAMES: [&str; 9] = [
    "audit_type",
    "statement_id",
    "substatement_id",
    "class",
    "command",
    "object_type",
    "object_name",
    "statement",
    "parameter",
];

/// Reads the row; `None` if it is none.
pub(super) fn read<'a>(row: &'a str, fields: &mut Fields<'a>, free: &mut FreeFields) -> Option<Said<'a>> {
    let mut values = Vec::with_capacity(NAMES.len());
    let mut rest = Some(row);
    while let Some(text) = rest {
        let (value, next) = take(text, RFC_4180)?;
        values.push(value);
        rest = next;
    }
    if values.len() < 8 || !matches!(values[0].as_ref(), "SESSION" | "OBJECT") {
        return None;
    }
    for (name, value) in NAMES.iter().zip(values) {
        if value.is_empty() || matches!(value.as_ref(), "<none>" | "<not logged>" | "<previously logged>") {
            continue;
        }
        match *name {
            "statement" => {
                fields.set(Field::QueryText, value);
                fields.set(Field::QueryLanguage, "sql");
            }
            name => free.add(name, &value),
        }
    }
    Some(Said { action: Some("audit"), query: None, is_asked: fields.has(Field::QueryText) })
}

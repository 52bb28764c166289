//! Object keys: as notifications encode them, and as files.

use crate::scan::percent;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use std::borrow::Cow;

/// Decodes a key of a notification or a copy source: `%XX`, and `+` for a space ("the object key name value is URL
/// encoded", <https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>). What is no
/// such encoding of UTF-8 stays as it is.
pub(in crate::formats) fn decode(key: Cow<'_, str>) -> Cow<'_, str> {
    percent::decode_form(key)
}

/// Sets path and name of the file, and the place that it came from or went to.
pub(in crate::formats) fn set_file<'a>(fields: &mut Fields<'a>, key: Cow<'a, str>, place: Option<Field>) {
    if key.is_empty() {
        return;
    }
    let name = match &key {
        Cow::Borrowed(key) => Value::from(last_part(key)),
        Cow::Owned(key) => Value::from(last_part(key).to_string()),
    };
    if name != Value::from("") {
        fields.set(Field::FileName, name);
    }
    if let Some(place) = place {
        fields.set(place, key.clone());
    }
    fields.set(Field::FilePath, key);
}

fn last_part(key: &str) -> &str {
    key.rsplit_once('/').map_or(key, |(_, name)| name)
}

//! Where a group's value goes, read as the field's type asks for.

use super::time::TimeFormat;
use crate::formats::LogEvent;
use crate::scan::free_fields::FreeFields;
use crate::scan::{address, decimal};
use catchwater_schemas::config::{FullTarget, Target as Given, Unit, nearest};
use catchwater_schemas::field::{FIELDS, Field, FieldType};
use catchwater_schemas::fields::{Fields, Value};

/// Fields that the pipeline itself fills in: ids, lineage, what a format is.
const OWN: [Field; 11] = [
    Field::EventId,
    Field::EventKind,
    Field::EventOriginal,
    Field::Schema,
    Field::Revision,
    Field::Kind,
    Field::Format,
    Field::ParseFailure,
    Field::Truncated,
    Field::AwsLogGroup,
    Field::AwsLogStream,
];

/// Where a group's value goes.
#[derive(Debug)]
pub struct Target {
    /// Name of the group: that of the value in `catchwater.fields` if it is of no field, or not of the field's type.
    group: String,
    field: Option<(Field, Read)>,
}

/// How the value is read.
#[derive(Debug)]
enum Read {
    Text,
    Address,
    Whole,
    Decimal,
    Flag,
    Time(TimeFormat),
    Duration(Unit),
}

impl Target {
    /// What the configuration says of a group; `hint` is grok's type.
    pub fn new(group: &str, given: Option<&Given>, hint: Option<&str>) -> Result<Self, String> {
        let full = match given {
            None => {
                FullTarget { field: by_name(group).unwrap_or_default().to_string(), ..FullTarget::default() }
            }
            Some(Given::Field(field)) => FullTarget { field: field.clone(), ..FullTarget::default() },
            Some(Given::Full(full)) => full.clone(),
        };
        if let Some(hint) = hint.filter(|hint| !["int", "long", "float", "double", "string"].contains(hint)) {
            return Err(format!("`{hint}` is no type of grok's: `int`, `float` or `string`"));
        }
        if full.field.is_empty() {
            return Ok(Self { group: group.to_string(), field: None });
        }
        let field = settable(&full.field)?;
        let read = reading(field, &full)?;
        Ok(Self { group: group.to_string(), field: Some((field, read)) })
    }

    /// Sets the value.
    pub fn set<'a>(
        &self,
        text: &'a str,
        event: &LogEvent<'_>,
        fields: &mut Fields<'a>,
        free: &mut FreeFields,
    ) {
        let read = self.field.as_ref().and_then(|(field, read)| Some((*field, read.value(text, event)?)));
        match read {
            Some((field, value)) if !fields.has(field) => fields.set(field, value),
            Some(_) => (),
            None => free.add(&self.group, text),
        }
    }
}

impl Read {
    /// The value; `None` if the text is not of the type.
    fn value<'a>(&self, text: &'a str, event: &LogEvent<'_>) -> Option<Value<'a>> {
        match self {
            Read::Text => (!text.is_empty() && text != "-").then(|| text.into()),
            Read::Address => address::is_ip(text).then(|| text.into()),
            Read::Whole => decimal::unsigned(text).map(Value::Unsigned),
            Read::Decimal => decimal::json_number(text).map(Value::Number),
            Read::Flag => match text {
                "true" | "True" | "TRUE" => Some(true.into()),
                "false" | "False" | "FALSE" => Some(false.into()),
                _ => None,
            },
            Read::Time(format) => format.read(text, event).map(Value::Time),
            Read::Duration(unit) => decimal::to_nanos(text, digits_below(*unit)).map(Value::Unsigned),
        }
    }
}

/// Digits that a nanosecond is below the unit.
fn digits_below(unit: Unit) -> usize {
    match unit {
        Unit::Seconds => 9,
        Unit::Milliseconds => 6,
        Unit::Microseconds => 3,
        Unit::Nanoseconds => 0,
    }
}

/// The field that a group of this name means without being told.
fn by_name(group: &str) -> Option<&'static str> {
    match group {
        "time" | "timestamp" => Some("@timestamp"),
        "level" => Some("log.level"),
        name => Field::from_path(name).map(|field| field.info().path),
    }
}

/// The field of this path, if a configuration may set it.
pub fn settable(path: &str) -> Result<Field, String> {
    let Some(field) = Field::from_path(path) else {
        let meant = nearest(path, FIELDS.iter().map(|f| f.path));
        let meant = meant.map(|m| format!("; did you mean `{m}`?")).unwrap_or_default();
        return Err(format!("`{path}` is no field of events{meant}"));
    };
    if OWN.contains(&field) || field.info().field_type == FieldType::Flattened {
        return Err(format!("`{path}` is filled in by the pipeline itself"));
    }
    Ok(field)
}

fn reading(field: Field, full: &FullTarget) -> Result<Read, String> {
    let field_type = field.info().field_type;
    match (field_type, full.unit, full.time.as_deref()) {
        (FieldType::Date, None, format) => TimeFormat::new(format).map(Read::Time),
        (FieldType::Long, Some(unit), None) => Ok(Read::Duration(unit)),
        (_, Some(_), _) => Err(format!("a unit is for durations, and `{}` is none", full.field)),
        (_, _, Some(_)) => Err(format!("a time's format is for times, and `{}` is none", full.field)),
        (FieldType::Keyword | FieldType::Text | FieldType::Flattened, ..) => Ok(Read::Text),
        (FieldType::Ip, ..) => Ok(Read::Address),
        (FieldType::Long, ..) => Ok(Read::Whole),
        (FieldType::Double, ..) => Ok(Read::Decimal),
        (FieldType::Boolean, ..) => Ok(Read::Flag),
    }
}

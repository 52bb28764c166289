//! Events of Stanford's SDR as JSON, as its programs send them to the event service of `dor-services-app`
//! (<https://github.com/sul-dlss/dor-event-client>, <https://github.com/sul-dlss/dor-services-app/blob/main/app/models/event.rb>).

use super::{Format, LogEvent, RecordState, Refusal};
use crate::emit::Emit;
use crate::json::{Cursor, Invalid, Json, JsonStr, Members};
use crate::scan::druid;
use crate::scan::premis::{self, Outcome};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Value;
use catchwater_schemas::time::Timestamp;
use memchr::memmem;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "dor_event",
    title: "Events of Stanford's Digital Repository (SDR) as JSON",
    doc: "Reads `{\"druid\": …, \"event_type\": …, \"data\": {…}}`, as programs send it to the event service (messages of \
          <https://github.com/sul-dlss/dor-event-client>) and as that gives it back, with `created_at` or `timestamp`, which is then the \
          event's time. Each is a `preservation` event: `event_type` is `event.action`, and `premis.event.type` by this table, else \
          the same word (`version_open`, `publishing_complete` …).\n\n\
          | `event_type` | type |\n|---|---|\n\
          | `druid_version_replicated` | replication |\n\
          | `preservation_audit_success`, `preservation_audit_failure` | validation where `check_name` is `moab-valid`, else fixity check |\n\
          | `registration`, `legacy-registration` | creation |\n\
          | `legacy_metadata_update` | metadata modification |\n\
          | `delete` | deletion |\n\n\
          The outcome is what the event type says (`…_success`, `…_complete`, `…_failure`, `…_error` …), or `data.success` or \
          `data.status`. Of `data`: `host` is `host.name`, `invoked_by` the agent (software), `who` the agent and `user.name`, `version` or \
          `actual_version` is `premis.object.version`, `error` or `message` is `premis.event.outcome_detail`; the key and size of a \
          single part are `file.path` and `file.size`. All else is kept under `catchwater.fields`, as it stands.",
    example: r#"{"druid":"druid:bb408qn5061","event_type":"druid_version_replicated","data":{"host":"prescat-01","version":19,"invoked_by":"preservation-catalog","endpoint_name":"aws_s3_east_1"}}"#,
    detect,
    parse,
    ..Format::DEFAULTS
};

fn detect(message: &str) -> bool {
    let has = |word: &str| memmem::find(message.as_bytes(), word.as_bytes()).is_some();
    message.trim_start().starts_with('{')
        && has("\"druid\"")
        && has("\"event_type\"")
        && DorEvent::read(message, crate::json::MOST_DEPTH).is_ok_and(|event| event.is_one())
}

fn parse(_: &mut RecordState, log_event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let event = DorEvent::read(log_event.message, log_event.json_depth)?;
    if !event.is_one() {
        return Err(Refusal("no_dor_event"));
    }
    event.emit(log_event.zone_seconds, emit);
    Ok(())
}

/// An event, read.
#[derive(Default)]
struct DorEvent<'a> {
    druid: JsonStr<'a>,
    kind: JsonStr<'a>,
    time: JsonStr<'a>,
    check: JsonStr<'a>,
    /// `data.success` or `data.status`.
    ended: Option<Outcome>,
    members: Members<'a>,
    parts: usize,
}

impl<'a> DorEvent<'a> {
    fn read(text: &'a str, depth: usize) -> Result<Self, Invalid> {
        let mut event = Self::default();
        let mut cursor = Cursor::new(text, depth);
        cursor.begin_object()?;
        while let Some(key) = cursor.next_key()? {
            match (key.raw(), cursor.peek()) {
                ("druid", b'"') => event.druid = cursor.string()?,
                ("event_type", b'"') => event.kind = cursor.string()?,
                ("created_at" | "timestamp", b'"') => event.time = cursor.string()?,
                ("data", b'{') => {
                    event.members.free.open(key);
                    event.data(&mut cursor)?;
                    event.members.free.close();
                }
                _ => event.members.keep(key, &mut cursor)?,
            }
        }
        cursor.end()?;
        Ok(event)
    }

    fn is_one(&self) -> bool {
        !self.kind.is_empty() && druid::bare(self.druid.raw()).is_some()
    }

    fn data(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Invalid> {
        cursor.begin_object()?;
        while let Some(key) = cursor.next_key()? {
            let members = &mut self.members;
            match (key.raw(), cursor.peek()) {
                ("host", b'"') => {
                    members.text(Field::HostName, key, cursor)?;
                }
                ("invoked_by", b'"') => {
                    members.text(Field::PremisAgentName, key, cursor)?;
                    members.fields.set(Field::PremisAgentType, Value::Escaped("software"));
                }
                ("who", b'"') => {
                    let who = members.text(Field::UserName, key, cursor)?;
                    if !who.is_empty() && !members.fields.has(Field::PremisAgentName) {
                        members.fields.set(Field::PremisAgentName, who);
                    }
                }
                ("version" | "actual_version", _) => self.version(key, cursor)?,
                ("error" | "message", b'"') => {
                    members.text(Field::PremisEventOutcomeDetail, key, cursor)?;
                }
                ("check_name", b'"') => {
                    self.check = cursor.string()?;
                    members.keep_value(key, &Json::String(self.check));
                }
                ("success" | "status", _) => self.ended(key, cursor)?,
                ("parts_info", b'[') => self.parts(key, cursor)?,
                _ => members.keep(key, cursor)?,
            }
        }
        Ok(())
    }

    /// A number, or the same as a text.
    fn version(&mut self, key: JsonStr<'a>, cursor: &mut Cursor<'a>) -> Result<(), Invalid> {
        match cursor.value()? {
            Json::Number(number) => self.members.fields.set(Field::PremisObjectVersion, number),
            Json::String(text) if !text.is_empty() => {
                self.members.fields.set(Field::PremisObjectVersion, text)
            }
            other => self.members.keep_value(key, &other),
        }
        Ok(())
    }

    fn ended(&mut self, key: JsonStr<'a>, cursor: &mut Cursor<'a>) -> Result<(), Invalid> {
        let value = cursor.value()?;
        let outcome = match &value {
            Json::Bool(true) => Some(Outcome::Success),
            Json::Bool(false) => Some(Outcome::Fail),
            Json::String(word) => Outcome::read(word.raw()),
            _ => None,
        };
        match outcome {
            Some(outcome) => self.ended = Some(outcome),
            None => self.members.keep_value(key, &value),
        }
        Ok(())
    }

    /// `[{"md5": …, "size": …, "s3_key": …}]`: kept as it is; a part that is the only one is the file.
    fn parts(&mut self, key: JsonStr<'a>, cursor: &mut Cursor<'a>) -> Result<(), Invalid> {
        let mut ahead = cursor.clone();
        self.members.keep(key, cursor)?;
        ahead.begin_array()?;
        while ahead.next_element()? {
            self.parts += 1;
            if self.parts > 1 || !ahead.begin_object_or_skip()? {
                break;
            }
            self.part(&mut ahead)?;
        }
        if self.parts != 1 {
            for field in [Field::FilePath, Field::FileName, Field::FileSize] {
                self.members.fields.remove(field);
            }
        }
        Ok(())
    }

    fn part(&mut self, part: &mut Cursor<'a>) -> Result<(), Invalid> {
        let fields = &mut self.members.fields;
        while let Some(key) = part.next_key()? {
            match (key.raw(), part.value()?) {
                ("s3_key", Json::String(path)) if !path.is_empty() => {
                    fields.set(Field::FilePath, path);
                    // A name with an escape in it, which none has, is left out.
                    if !path.has_escapes() {
                        let name = path.raw().rsplit('/').next().unwrap_or_default();
                        fields.set_present(Field::FileName, name);
                    }
                }
                ("size", Json::Number(size))
                    if size.len() <= 18 && size.bytes().all(|c| c.is_ascii_digit()) =>
                {
                    fields.set(Field::FileSize, Value::Number(size));
                }
                _ => (),
            }
        }
        Ok(())
    }

    /// The term of the PREMIS vocabulary that the event type is; the empty one if it is none.
    fn code(&self) -> &'static str {
        match self.kind.raw() {
            "druid_version_replicated" => "rep",
            "preservation_audit_success" | "preservation_audit_failure" => match self.check.raw() {
                "moab-valid" => "val",
                _ => "fix",
            },
            "registration" | "legacy-registration" => "cre",
            "legacy_metadata_update" => "mem",
            "delete" => "del",
            _ => "",
        }
    }

    fn outcome(&self) -> Option<Outcome> {
        let kind = self.kind.raw();
        let ends = |words: &[&str]| words.iter().any(|word| kind.ends_with(word));
        if ends(&["success", "complete", "replicated"]) {
            Some(Outcome::Success)
        } else if ends(&["failure", "error", "errored"]) {
            Some(Outcome::Fail)
        } else {
            self.ended
        }
    }

    fn emit(mut self, zone_seconds: i32, emit: &mut Emit<'_>) {
        let (code, outcome) = (self.code(), self.outcome());
        let fields = &mut self.members.fields;
        // Rails writes `2024-05-01 12:00:00 UTC` too.
        let time = self
            .time
            .raw()
            .strip_suffix(" UTC")
            .map(|time| (time, 0))
            .unwrap_or((self.time.raw(), zone_seconds));
        if let Some(time) = Timestamp::parse_rfc3339(time.0, time.1) {
            fields.set(Field::Timestamp, time);
        }
        premis::set_type(code, self.kind.text(), fields);
        if let Some(outcome) = outcome {
            outcome.set(fields);
        }
        druid::set_object(self.druid.raw(), fields);
        if druid::written_bare(self.druid.raw()).is_some() {
            self.members.free.named("druid", &Json::String(self.druid));
        }
        emit.event(Kind::Preservation, self.members.into_fields());
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_any_text, check_events, refused, value};
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn event(kind: &str, data: &str) -> serde_json::Value {
        value(&FORMAT, &format!(r#"{{"druid":"bb408qn5061","event_type":"{kind}","data":{data}}}"#))
    }

    #[test]
    fn a_replication_with_its_part() {
        let part = r#"{"md5":"1a","size":123630,"s3_key":"bb/408/qn/5061/bb408qn5061.v0019.zip"}"#;
        let event_of = |parts: &str| {
            event(
                "druid_version_replicated",
                &format!(
                    r#"{{"host":"h","version":19,"invoked_by":"preservation-catalog","parts_info":[{parts}],"endpoint_name":"e"}}"#
                ),
            )
        };
        let event = event_of(part);
        assert_eq!(event["catchwater"]["kind"], "preservation");
        assert_eq!(event["premis"]["event"]["type"], "replication");
        assert_eq!(
            (&event["premis"]["event"]["outcome"], &event["event"]["outcome"]),
            (&json!("success"), &json!("success"))
        );
        assert_eq!(event["premis"]["agent"], json!({"name": "preservation-catalog", "type": "software"}));
        let object = json!({"identifier": "druid:bb408qn5061", "identifier_type": "druid", "version": "19"});
        assert_eq!((&event["premis"]["object"], &event["host"]["name"]), (&object, &json!("h")));
        assert_eq!(
            event["file"],
            json!({"name": "bb408qn5061.v0019.zip", "path": "bb/408/qn/5061/bb408qn5061.v0019.zip", "size": 123630})
        );
        assert_eq!(event["catchwater"]["fields"]["data"]["endpoint_name"], "e");
        assert_eq!(event["catchwater"]["fields"]["druid"], "bb408qn5061");
        let two = event_of(&format!("{part},{part}"));
        assert_eq!(
            (two.get("file"), two["catchwater"]["fields"]["data"]["parts_info"].as_array().map(Vec::len)),
            (None, Some(2))
        );
    }

    #[test]
    fn types_and_outcomes() {
        for (kind, data, expected, outcome) in [
            (
                "preservation_audit_failure",
                r#"{"check_name":"moab-valid","error":"bad"}"#,
                "validation",
                json!("fail"),
            ),
            (
                "preservation_audit_success",
                r#"{"check_name":"preservation-audit"}"#,
                "fixity check",
                json!("success"),
            ),
            ("registration", "{}", "creation", json!(null)),
            ("update", r#"{"success":false,"error":"no"}"#, "update", json!("fail")),
            ("cleanup-workspace", r#"{"status":"success"}"#, "cleanup-workspace", json!("success")),
            ("ocr_errored", "{}", "ocr_errored", json!("fail")),
            ("version_open", r#"{"who":"sunetid","version":"2"}"#, "version_open", json!(null)),
        ] {
            let event = event(kind, data);
            assert_eq!(
                (&event["premis"]["event"]["type"], &event["premis"]["event"]["outcome"]),
                (&json!(expected), &outcome),
                "{kind}"
            );
            assert_eq!(event["event"]["action"], kind);
        }
        let event = event("version_open", r#"{"who":"sunetid","version":"2"}"#);
        assert_eq!(
            (&event["user"]["name"], &event["premis"]["agent"], &event["premis"]["object"]["version"]),
            (&json!("sunetid"), &json!({"name": "sunetid"}), &json!("2"))
        );
    }

    #[test]
    fn what_is_given_back_has_a_time() {
        let line = r#"{"druid":"druid:bb408qn5061","event_type":"update","data":{},"created_at":"2024-05-01T12:00:00.000Z","id":7}"#;
        let event = value(&FORMAT, line);
        assert_eq!(
            (&event["@timestamp"], &event["catchwater"]["fields"]),
            (&json!("2024-05-01T12:00:00.000Z"), &json!({"id": 7}))
        );
    }

    #[test]
    fn what_is_refused() {
        for (text, reason) in [
            ("{}", "no_dor_event"),
            (r#"{"druid":"x","event_type":"y"}"#, "no_dor_event"),
            (r#"{"druid":"bb408qn5061","event_type":""}"#, "no_dor_event"),
            (r#"{"druid":"bb408qn5061","event_type":"y","data":{"#, "not_json"),
            ("x", "not_json"),
        ] {
            assert_eq!(refused(&FORMAT, text), Some(reason), "{text}");
            assert!(!detect(text));
        }
    }

    proptest! {
        #[test]
        fn any_text(text in any::<String>()) {
            check_any_text(&FORMAT, &text);
        }

        #[test]
        fn any_data(data in "(\"(host|who|version|success|status|parts_info|check_name|error|x)\":(\"a\\\\u00e9\"|1|true|null|\\[\\{\"s3_key\":\"\\\\n/\"\\}\\]|\\{\\}),?){0,6}") {
            let text = format!(r#"{{"druid":"bb408qn5061","event_type":"y","data":{{{}}}}}"#, data.trim_end_matches(','));
            check_any_text(&FORMAT, &text);
            check_events(&FORMAT, &text);
        }
    }
}

//! A message that a line of another log carries, such as an access log sent over syslog or what a container wrote: where
//! another format is sure of it, that one reads it, and its events also say what the line around it said.

use crate::emit::Emit;
use crate::formats::{Format, LogEvent, REGISTRY, RecordState, nginx_access};
use catchwater_schemas::fields::Fields;

/// Emits the events of a message by the format that is sure of it, of `program` if that is known, with the values `around`
/// them where they have none themselves. `false`: there is no such format, or it made no event of it, and nothing is emitted.
pub fn read(
    state: &mut RecordState,
    program: &str,
    message: LogEvent<'_>,
    around: &Fields<'_>,
    emit: &mut Emit<'_>,
) -> bool {
    let Some(format) = format_of(program, message.message) else { return false };
    emit.within(format.name, around, |emit| (format.parse)(state, message, emit))
}

fn format_of(program: &str, message: &str) -> Option<&'static Format> {
    let format = REGISTRY.iter().copied().find(|format| (format.detect)(message))?;
    // A line that both write alike is told by who wrote it.
    let format = match (format.name, program) {
        ("apache_access", "nginx") => &nginx_access::FORMAT,
        _ => format,
    };
    // What a format holds back would come out without what stood around it; and a carrier within another is not read.
    (format.finish.is_none() && !format.carries).then_some(format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_of_formats_that_hold_nothing_back_and_carry_nothing() {
        let name = |message: &str| format_of("", message).map(|format| format.name);
        assert_eq!(name("{\"level\":\"info\",\"message\":\"x\"}"), Some("json"));
        assert_eq!(name("Accepted password for bob from 192.0.2.1 port 22 ssh2"), None);
        let combined =
            r#"192.0.2.1 - - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 2326 "-" "curl/8.0""#;
        assert_eq!(name(combined), Some("apache_access"));
        assert_eq!(format_of("nginx", combined).map(|format| format.name), Some("nginx_access"));
        for carrier in REGISTRY.iter().filter(|format| format.carries) {
            assert_eq!(name(carrier.example), None, "{}", carrier.name);
        }
    }
}

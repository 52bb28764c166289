//! What the access logs of AWS's load balancers share: the fields from the time to the byte counts, and the request
//! (<https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/access-log-collection.html>).

use super::access_line::set_status;
use super::quoted::Quoted;
use super::{address, decimal, host_port, request_line, token};
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use catchwater_schemas::time::Timestamp;

/// `time elb client:port target:port` to `received_bytes sent_bytes`: they are always there and never quoted.
pub struct Head<'a> {
    time: Timestamp,
    name: &'a str,
    client: &'a str,
    target: &'a str,
    seconds: [&'a str; 3],
    status: &'a str,
    target_status: &'a str,
    received: u64,
    sent: u64,
}

impl<'a> Head<'a> {
    /// Reads the fields; the rest begins with the mark of the request.
    pub fn read(line: &'a str) -> Option<(Self, &'a str)> {
        let mut rest = line;
        let mut word = || {
            let (word, after) = token::first(rest);
            rest = after;
            (!word.is_empty()).then_some(word)
        };
        let head = Self {
            time: Timestamp::parse_rfc3339(word()?, 0)?,
            name: word()?,
            client: word()?,
            target: word()?,
            seconds: [word()?, word()?, word()?],
            status: word()?,
            target_status: word()?,
            received: decimal::unsigned(word()?)?,
            sent: decimal::unsigned(word()?)?,
        };
        rest.starts_with('"').then_some((head, rest))
    }

    /// Is every field what its place says? For lines of which nothing else tells the format.
    pub fn is_sure(&self) -> bool {
        let peer = |text| text == "-" || host_port::split_with_port(text).is_some();
        // Classic load balancers write 0 where the target gave no status.
        let code = |text| matches!(text, "-" | "0") || status(text).is_some();
        peer(self.client)
            && peer(self.target)
            && self.seconds.iter().all(|text| *text == "-1" || decimal::json_number(text).is_some())
            && code(self.status)
            && code(self.target_status)
    }

    /// Sets the fields.
    pub fn set(&self, fields: &mut Fields<'a>) {
        fields.set(Field::Timestamp, self.time);
        fields.set_present(Field::AwsElbName, self.name);
        set_peer(self.client, CLIENT, fields);
        set_peer(self.target, TARGET, fields);
        self.set_times(fields);
        set_status(status(self.status), fields);
        if let Some(code) = status(self.target_status) {
            fields.set(Field::AwsElbBackendStatusCode, u64::from(code));
        }
        fields.set(Field::HttpRequestBytes, self.received);
        fields.set(Field::HttpResponseBytes, self.sent);
    }

    fn set_times(&self, fields: &mut Fields<'a>) {
        let names = [Field::AwsElbRequestTime, Field::AwsElbBackendTime, Field::AwsElbResponseTime];
        let mut sum = Some(0u64);
        for (field, text) in names.into_iter().zip(self.seconds) {
            if let Some(number) = decimal::json_number(text) {
                fields.set(field, Value::Number(number));
            }
            sum = sum.zip(decimal::seconds_to_nanos(text)).and_then(|(a, b)| a.checked_add(b));
        }
        if let Some(nanos) = sum {
            fields.set(Field::EventDuration, nanos);
        }
    }
}

fn status(text: &str) -> Option<u16> {
    text.parse().ok().filter(|code| (100..1000).contains(code))
}

/// Fields of the client: address, name and port.
pub const CLIENT: [Field; 3] = [Field::SourceIp, Field::SourceAddress, Field::SourcePort];
/// Fields of the target.
pub const TARGET: [Field; 3] = [Field::DestinationIp, Field::DestinationAddress, Field::DestinationPort];

/// Sets address and port of a peer, `-` where there is none (a target that is a Lambda function).
pub fn set_peer<'a>(text: &'a str, [ip, name, port]: [Field; 3], fields: &mut Fields<'a>) {
    match host_port::split_with_port(text) {
        Some((host, number)) => {
            fields.set(if address::is_ip(host) { ip } else { name }, host);
            fields.set(port, u64::from(number));
        }
        None => fields.set_present(name, text),
    }
}

/// Sets the request. One that the load balancer could not read is `- http://host:80- -`, with a space at the end or not;
/// of a connection without HTTP it is `- - - `.
pub fn set_request<'a>(request: Quoted<'a>, fields: &mut Fields<'a>) {
    match request.raw.strip_prefix("- ") {
        Some(rest) => {
            let target = token::first(rest).0;
            if target != "-" && !target.is_empty() {
                request_line::set_target("-", target, request, fields);
            }
        }
        None => request_line::set(request, fields),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn is_sure_of_addresses_times_and_statuses_only() {
        let sure = |line: &str| Head::read(line).is_some_and(|(head, _)| head.is_sure());
        assert!(sure("2015-05-13T23:39:43Z lb 1.1.1.1:2 - -1 -1 -1 503 0 0 57 \"- - - \""));
        assert!(sure("2015-05-13T23:39:43Z lb 1.1.1.1:2 2001:db8::1:80 0.1 0 0 200 200 0 57 \"\""));
        for line in [
            "2015-05-13T23:39:43Z lb 1.1.1.1 - -1 -1 -1 - - 0 57 \"\"",
            "2015-05-13T23:39:43Z lb 1.1.1.1:2 - x -1 -1 - - 0 57 \"\"",
            "2015-05-13T23:39:43Z lb 1.1.1.1:2 - -1 -1 -1 20 - 0 57 \"\"",
            "2015-05-13T23:39:43Z lb 1.1.1.1:2 - -1 -1 -1 - - 0 57",
            "2015-05-13T23:39:43Z lb 1.1.1.1:2 - -1 -1 -1 - - 0",
        ] {
            assert!(!sure(line), "{line}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(tail in "[0-9a-z\" .:é-]{0,60}") {
            let line = format!("2015-05-13T23:39:43Z {tail}");
            if let Some((head, _)) = Head::read(&line) {
                head.set(&mut Fields::new());
            }
        }
    }
}

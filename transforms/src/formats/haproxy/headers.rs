//! What captured headers mean: HAProxy writes values without names, in the order of the `capture … header` lines.

use crate::options::{self, OptionError, Options};
use crate::scan::free_fields::FreeFields;
use crate::scan::{address, clients, host_port};
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Fields;
use serde::Deserialize;

/// Names of captured headers, as a route gives them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Captured {
    request_headers: Vec<String>,
    response_headers: Vec<String>,
}

/// What a route may say.
pub const OPTIONS: Options = Options {
    keys: &[
        (
            "request_headers",
            "Names of the captured request headers in their order, such as `[\"host\", \"user-agent\", \
             \"x-forwarded-for\"]`: these three, `referer` and `x-request-id` then fill their fields; what has none \
             is `catchwater.fields.request_header.NAME`.",
        ),
        (
            "response_headers",
            "Names of the captured response headers in their order; `content-type` fills its field.",
        ),
    ],
    read: |given| {
        options::read(given, |mut read: Captured| {
            let mut seen = std::collections::HashSet::new();
            for (key, names) in [
                ("request_headers", &mut read.request_headers),
                ("response_headers", &mut read.response_headers),
            ] {
                for name in names {
                    *name = name.to_ascii_lowercase();
                    if !name.is_empty() && !seen.insert((key, name.clone())) {
                        return Err(OptionError::of(key, format!("{name} stands twice")));
                    }
                }
            }
            Ok(read)
        })
    },
};

/// Sets captured headers: values with bars between them.
pub fn set<'a>(
    names: Option<&'a Captured>,
    request: &'a str,
    response: &'a str,
    fields: &mut Fields<'a>,
    free: &mut FreeFields,
) {
    let (of_request, of_response): (&[String], &[String]) = match names {
        Some(names) => (&names.request_headers, &names.response_headers),
        None => (&[], &[]),
    };
    each("request", of_request, request, fields, free);
    each("response", of_response, response, fields, free);
}

fn each<'a>(side: &str, names: &'a [String], text: &'a str, fields: &mut Fields<'a>, free: &mut FreeFields) {
    let values = text.split('|');
    if names.is_empty() || values.clone().count() != names.len() {
        // Bars alone say nothing.
        let bare = text.bytes().all(|b| b == b'|');
        free.add(&format!("{side}_headers"), if bare { "" } else { text });
        return;
    }
    for (name, value) in names.iter().zip(values) {
        let value = value.trim();
        if name.is_empty() || value.is_empty() || set_known(side, name, value, fields) {
            continue;
        }
        free.add(&format!("{side}_header.{name}"), value);
    }
}

fn set_known<'a>(side: &str, name: &str, value: &'a str, fields: &mut Fields<'a>) -> bool {
    let field = match (side, name) {
        ("request", "host") => {
            let host = host_port::split(value);
            fields.set_present(Field::UrlDomain, host.host);
            if let Some(port) = host.port {
                fields.set(Field::UrlPort, u64::from(port));
            }
            return true;
        }
        ("request", "x-forwarded-for") => {
            if let Some(client) =
                clients::client(clients::items(value)).filter(|client| address::is_ip(client))
            {
                fields.set(Field::ClientIp, client);
            }
            return false;
        }
        ("request", "user-agent") => Field::UserAgentOriginal,
        ("request", "referer") => Field::HttpRequestReferrer,
        ("request", "x-request-id") => Field::HttpRequestId,
        ("response", "content-type") => Field::HttpResponseMimeType,
        _ => return false,
    };
    fields.set(field, value);
    true
}

//! One access, from its values.

use super::names::Variable;
use crate::emit::Emit;
use crate::formats::Refusal;
use crate::scan::access_line::{WEB, set_status};
use crate::scan::address::is_ip;
use crate::scan::clf_time;
use crate::scan::decimal::{millis_to_nanos, unsigned};
use crate::scan::url;
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use catchwater_schemas::time::Timestamp;
use std::borrow::Cow;

/// An access in the making.
#[derive(Default)]
pub(super) struct Access<'a> {
    pub fields: Fields<'a>,
    method: Option<Cow<'a, str>>,
    resource: Option<Cow<'a, str>>,
    route: Option<Cow<'a, str>>,
    has_id: bool,
    /// Variables that came, a bit each.
    seen: u64,
    /// The variable that a field has its value from.
    user: Option<Variable>,
    user_id: Option<Variable>,
    time: Option<Variable>,
    error: Option<Variable>,
}

impl<'a> Access<'a> {
    /// Sets a variable's value; `false` if it is not what the variable holds, and is to be kept elsewhere.
    pub fn set(&mut self, variable: Variable, text: Cow<'a, str>, zone_seconds: i32) -> bool {
        use Variable as V;
        let bit = 1 << variable as u64;
        // An owner may write one value under two names: the first is it.
        if self.seen & bit != 0 {
            return false;
        }
        self.seen |= bit;
        let field = match variable {
            V::RequestId => {
                self.has_id = true;
                Field::AwsRequestId
            }
            V::ExtendedRequestId => {
                self.has_id = true;
                return false;
            }
            V::SourceIp if is_ip(&text) => Field::SourceIp,
            V::SourceIp => Field::SourceAddress,
            V::User | V::ClaimUserName => {
                return ranked(&mut self.user, variable, Field::UserName, text, &mut self.fields);
            }
            V::PrincipalId | V::ClaimSub | V::Caller | V::UserArn => {
                return ranked(&mut self.user_id, variable, Field::UserId, text, &mut self.fields);
            }
            V::RequestTimeEpoch | V::RequestTime => return self.time(variable, &text, zone_seconds),
            V::ErrorMessage | V::IntegrationError => {
                return ranked(&mut self.error, variable, Field::ErrorMessage, text, &mut self.fields);
            }
            V::HttpMethod => {
                self.method = Some(text.clone());
                Field::HttpRequestMethod
            }
            V::ResourcePath => {
                self.resource = Some(text.clone());
                Field::AwsApiResourcePath
            }
            V::RouteKey => return self.route_key(text),
            V::Path => return self.path(text),
            V::Status => return self.status(&text),
            V::Protocol => return self.protocol(text),
            V::ResponseLength => return number(Field::HttpResponseBodyBytes, &text, &mut self.fields),
            V::IntegrationLatency => return number(Field::AwsApiIntegrationLatency, &text, &mut self.fields),
            V::IntegrationStatus => return number(Field::AwsApiIntegrationStatus, &text, &mut self.fields),
            V::ResponseLatency => {
                let nanos = millis_to_nanos(&text);
                nanos.inspect(|nanos| self.fields.set(Field::EventDuration, *nanos));
                return nanos.is_some();
            }
            V::TraceId => {
                let id = text.split(';').next().unwrap_or_default();
                let id = id.strip_prefix("Root=").unwrap_or(id).to_string();
                self.fields.set(Field::TraceId, id);
                return true;
            }
            V::UserAgent => Field::UserAgentOriginal,
            V::ErrorType => Field::ErrorType,
            V::ApiId => Field::AwsApiId,
            V::ApiName => Field::ServiceName,
            V::Stage => Field::AwsApiStage,
            V::DomainName => Field::UrlDomain,
            V::AccountId => Field::CloudAccountId,
            V::Region => Field::CloudRegion,
            V::EventType => Field::EventAction,
        };
        self.fields.set(field, text);
        true
    }

    fn time(&mut self, variable: Variable, text: &str, zone_seconds: i32) -> bool {
        let time = match variable {
            Variable::RequestTimeEpoch => {
                unsigned(text).and_then(|n| i64::try_from(n).ok()).and_then(Timestamp::from_millis)
            }
            _ => clf_time::parse(text, zone_seconds).or_else(|| Timestamp::parse_rfc3339(text, zone_seconds)),
        };
        let Some(time) = time else { return false };
        if self.time.is_none_or(|before| variable <= before) {
            self.time = Some(variable);
            self.fields.set(Field::Timestamp, time);
        }
        true
    }

    /// `GET /pets/{id}`, `$default`, `$connect`, or what a WebSocket's message names.
    fn route_key(&mut self, text: Cow<'a, str>) -> bool {
        if let Some((_, path)) = text.split_once(' ').filter(|(_, path)| path.starts_with('/'))
            && !self.fields.has(Field::AwsApiResourcePath)
        {
            self.fields.set(Field::AwsApiResourcePath, path.to_string());
        }
        self.route = Some(text);
        true
    }

    fn path(&mut self, text: Cow<'a, str>) -> bool {
        let Some(url) = url::split(&text) else { return false };
        let (path, query) = (url.path.map(String::from), url.query.map(String::from));
        for (field, part) in [(Field::UrlPath, path), (Field::UrlQuery, query)] {
            if let Some(part) = part {
                self.fields.set(field, part);
            }
        }
        true
    }

    fn status(&mut self, text: &str) -> bool {
        let status = unsigned(text).filter(|status| (100..1000).contains(status));
        set_status(status.map(|status| status as u16), &mut self.fields);
        status.is_some()
    }

    /// `HTTP/1.1`; a WebSocket's is not told.
    fn protocol(&mut self, text: Cow<'a, str>) -> bool {
        match text.strip_prefix("HTTP/").filter(|version| !version.is_empty()) {
            Some(version) => {
                self.fields.set(Field::HttpVersion, version.to_string());
                true
            }
            None => false,
        }
    }

    /// Emits the access, or refuses what is none: each layout must have a request's id.
    pub fn emit(mut self, emit: &mut Emit<'_>) -> Result<(), Refusal> {
        let tells_what = [Field::HttpRequestMethod, Field::HttpResponseStatusCode, Field::EventAction];
        let is_access = tells_what.iter().any(|field| self.fields.has(*field)) || self.route.is_some();
        if !self.has_id || !is_access {
            return Err(Refusal("no_access"));
        }
        let operation = match (self.route, self.method, self.resource) {
            (Some(route), ..) => Some(route),
            (None, Some(method), Some(resource)) => Some(Cow::Owned(format!("{method} {resource}"))),
            _ => None,
        };
        if let Some(operation) = operation {
            self.fields.set(Field::Operation, operation);
        }
        self.fields.set(Field::CloudProvider, Value::Escaped("aws"));
        emit.event_sharing(Kind::ServiceQuery, WEB, self.fields);
        Ok(())
    }
}

/// Sets a field that several variables mean; the better one has it.
fn ranked<'a>(
    holder: &mut Option<Variable>,
    variable: Variable,
    field: Field,
    text: Cow<'a, str>,
    fields: &mut Fields<'a>,
) -> bool {
    if holder.is_some_and(|before| before < variable) {
        return false;
    }
    *holder = Some(variable);
    fields.set(field, text);
    // What may give way to a better one that is still to come is kept besides.
    matches!(variable, Variable::User | Variable::PrincipalId | Variable::ErrorMessage)
}

fn number(field: Field, text: &str, fields: &mut Fields<'_>) -> bool {
    let number = unsigned(text).filter(|number| i64::try_from(*number).is_ok());
    if let Some(number) = number {
        fields.set(field, number);
    }
    number.is_some()
}

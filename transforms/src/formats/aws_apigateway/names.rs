//! Names of values: the variables of API Gateway, and by what names their owners know them.

use crate::options::{self, CompiledOptions, OptionError};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// A variable of `$context` that has a place of its own. Of those that mean one field, the earlier here counts more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Variable {
    RequestId,
    ExtendedRequestId,
    SourceIp,
    User,
    ClaimUserName,
    PrincipalId,
    ClaimSub,
    Caller,
    UserArn,
    UserAgent,
    RequestTimeEpoch,
    RequestTime,
    HttpMethod,
    Path,
    ResourcePath,
    RouteKey,
    Protocol,
    Status,
    ResponseLength,
    ResponseLatency,
    IntegrationLatency,
    IntegrationStatus,
    ErrorMessage,
    IntegrationError,
    ErrorType,
    ApiId,
    ApiName,
    Stage,
    DomainName,
    AccountId,
    Region,
    TraceId,
    EventType,
}

/// The variable of a name, whatever its spelling: letters and digits count, and neither their case nor what stands
/// between them. `None` if it is none of these.
pub(super) fn variable(name: &str) -> Option<Variable> {
    use Variable as V;
    let mut short = [0; MOST_BYTES];
    let name = normal(name, &mut short)?;
    let name = name.strip_prefix("context").unwrap_or(name);
    Some(match name {
        "requestid" => V::RequestId,
        "extendedrequestid" => V::ExtendedRequestId,
        "ip" | "sourceip" | "identitysourceip" | "clientip" | "sourceipaddress" | "ipaddress" => V::SourceIp,
        "user" | "identityuser" => V::User,
        "username"
        | "cognitousername"
        | "authorizerclaimsusername"
        | "authorizerclaimscognitousername"
        | "authorizerclaimsemail"
        | "claimsusername"
        | "claimsemail" => V::ClaimUserName,
        "principalid" | "authorizerprincipalid" | "authprincipalid" => V::PrincipalId,
        "authorizerclaimssub" | "claimssub" | "sub" => V::ClaimSub,
        "caller" | "identitycaller" => V::Caller,
        "userarn" | "identityuserarn" => V::UserArn,
        "useragent" | "identityuseragent" => V::UserAgent,
        "requesttimeepoch" => V::RequestTimeEpoch,
        "requesttime" => V::RequestTime,
        "httpmethod" | "method" | "requestmethod" => V::HttpMethod,
        "path" | "requestpath" => V::Path,
        "resourcepath" => V::ResourcePath,
        "routekey" => V::RouteKey,
        "protocol" => V::Protocol,
        "status" | "statuscode" | "responsestatus" | "httpstatus" => V::Status,
        "responselength" | "responsesize" => V::ResponseLength,
        "responselatency" | "responselatencyms" | "latency" => V::ResponseLatency,
        "integrationlatency" | "integrationlatencyms" => V::IntegrationLatency,
        "integrationstatus" | "integrationintegrationstatus" => V::IntegrationStatus,
        "errormessage" => V::ErrorMessage,
        "integrationerror" | "integrationerrormessage" => V::IntegrationError,
        "errorresponsetype" | "responsetype" => V::ErrorType,
        "apiid" => V::ApiId,
        "apiname" => V::ApiName,
        "stage" => V::Stage,
        "domainname" => V::DomainName,
        "accountid" => V::AccountId,
        "region" | "awsregion" => V::Region,
        "xraytraceid" => V::TraceId,
        "eventtype" => V::EventType,
        _ => return None,
    })
}

/// Longer than any name that is known.
const MOST_BYTES: usize = 40;

/// Letters and digits of a name, small; `None` if there are too many to be a name that is known.
fn normal<'b>(name: &str, out: &'b mut [u8; MOST_BYTES]) -> Option<&'b str> {
    let mut len = 0;
    for byte in name.bytes().filter(u8::is_ascii_alphanumeric) {
        *out.get_mut(len)? = byte.to_ascii_lowercase();
        len += 1;
    }
    std::str::from_utf8(&out[..len]).ok()
}

/// What a route says.
pub(super) struct Names(HashMap<String, Variable>);

impl Names {
    /// The variable that the route says stands under this name, a path with dots where objects nest.
    pub fn variable(&self, path: &str) -> Option<Variable> {
        self.0.get(path).copied()
    }
}

pub(super) const OPTION_KEYS: &[(&str, &str)] = &[(
    "names",
    "The owner's names with the variable that stands under each, `{ who = \"identity.user\", ms = \"responseLatency\" }`; \
     a name of nested objects is a path with dots.",
)];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    #[serde(default)]
    names: HashMap<String, String>,
}

pub(super) fn read_options(given: &Map<String, Value>) -> Result<CompiledOptions, OptionError> {
    options::read(given, |given: Given| {
        let names = given.names.into_iter().map(|(name, of)| {
            let unknown = || {
                let message = format!(
                    "{name}: no variable `{of}` has a field of its own; known are those of `$context` such as \
                     identity.sourceIp, httpMethod, status, requestTimeEpoch"
                );
                OptionError::of("names", message)
            };
            Ok((name.clone(), variable(of.trim_start_matches('$')).ok_or_else(unknown)?))
        });
        Ok(Names(names.collect::<Result<_, OptionError>>()?))
    })
}

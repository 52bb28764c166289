//! Person, service or bot: by the tables, by what AWS says of the caller, by the user agent, and last because somebody
//! has a name.

use super::agents::{AgentCache, Agents};
use super::principal::{self, Principal};
use super::tables::Tables;
use super::user::USER;
use catchwater_schemas::config::Extractor;
use catchwater_schemas::field::Field;
use catchwater_schemas::field_set::FieldSet;
use catchwater_schemas::fields::{Fields, Value};

/// Who is behind a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A human at a browser or another program of their own.
    Person,
    /// A program that does its work.
    Service,
    /// A crawler, a monitor from outside, a scanner.
    Bot,
}

impl Class {
    /// Its name in `catchwater.who_class`.
    pub fn name(self) -> &'static str {
        match self {
            Class::Person => "person",
            Class::Service => "service",
            Class::Bot => "bot",
        }
    }

    /// The class of this name.
    pub fn of_name(name: &str) -> Option<Self> {
        [Class::Person, Class::Service, Class::Bot].into_iter().find(|class| class.name() == name)
    }
}

/// AWS services call from names that end so.
const AWS_SERVICE: &str = ".amazonaws.com";

/// What AWS tells a caller by; S3's access log has ARNs for user ids.
const IDENTITY: FieldSet =
    FieldSet::of(&[Field::AwsTrailIdentityType, Field::AwsTrailIdentityArn, Field::UserId]);

/// The class of who asked; `source`: the extractor that told who it was.
pub(super) fn of_event(
    fields: &Fields<'_>,
    source: Option<Extractor>,
    agents: &Agents,
    cache: &mut AgentCache,
    tables: &Tables,
) -> Option<Class> {
    if tables.has_classes()
        && let Some(class) = in_tables(fields, tables)
    {
        return Some(class);
    }
    let by_agent = |cache: &mut AgentCache| by_agent(fields, agents, cache);
    let class = match of_aws(fields) {
        Aws::Service => Some(Class::Service),
        Aws::Person => Some(Class::Person),
        Aws::Unknown => by_agent(cache),
    };
    class.or_else(|| match source {
        Some(Extractor::ApiKey) => Some(Class::Service),
        Some(Extractor::Jwt | Extractor::Principal) => Some(Class::Person),
        _ => USER.iter().any(|field| fields.has(*field)).then_some(Class::Person),
    })
}

#[cold]
fn in_tables(fields: &Fields<'_>, tables: &Tables) -> Option<Class> {
    let names = [Field::Who, USER[0], USER[1]];
    names.iter().find_map(|field| fields.text(*field).and_then(|name| tables.class(&name)))
}

/// What AWS's records say.
enum Aws {
    Service,
    Person,
    Unknown,
}

#[inline]
fn of_aws(fields: &Fields<'_>) -> Aws {
    if fields.has(Field::SourceAddress)
        && fields.text(Field::SourceAddress).is_some_and(|address| address.ends_with(AWS_SERVICE))
    {
        return Aws::Service;
    }
    if fields.has(Field::AwsTrailInvokedBy) {
        return Aws::Service;
    }
    if fields.present().and(IDENTITY).is_empty() { Aws::Unknown } else { of_identity(fields) }
}

fn of_identity(fields: &Fields<'_>) -> Aws {
    let kind = fields.text(Field::AwsTrailIdentityType);
    match kind.as_deref() {
        Some("AWSService") => return Aws::Service,
        Some("SAMLUser" | "WebIdentityUser" | "IdentityCenterUser") => return Aws::Person,
        _ => {}
    }
    let of_principal = |principal: Principal<'_>| match principal.kind {
        "assumed-role" | "role" if principal.is_single_sign_on() => Aws::Person,
        "assumed-role" | "role" => Aws::Service,
        _ => Aws::Unknown,
    };
    match principal::with_principal(fields, of_principal) {
        Some(class) => class,
        None if matches!(kind.as_deref(), Some("AssumedRole" | "Role")) => Aws::Service,
        None => Aws::Unknown,
    }
}

#[inline]
fn by_agent(fields: &Fields<'_>, agents: &Agents, cache: &mut AgentCache) -> Option<Class> {
    let agent = fields.get(Field::UserAgentOriginal)?;
    match agent {
        Value::Text(text) => cache.class(text, false, || agents.class(text)),
        Value::Escaped(raw) => {
            cache.class(raw, true, || agents.class(&Value::Escaped(raw).text().unwrap_or_default()))
        }
        _ => None,
    }
}

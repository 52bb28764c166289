//! Which fields may hold something personal.

use catchwater_schemas::field::Field;
use catchwater_schemas::field_set::FieldSet;

/// Fields that hold an address or name of who asked's machine.
pub(super) const ADDRESSES: [Field; 3] = [Field::SourceIp, Field::ClientIp, Field::SourceAddress];

/// Fields that hold a user.
pub(super) const USERS: [Field; 2] = [Field::UserName, Field::UserId];

/// What is looked for in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Nothing: words of catchwater, of ECS and of protocols.
    Structure,
    /// Names and addresses that are known to be personal: the field speaks of another machine or of a program, whose
    /// addresses and versions stay.
    Other,
    /// These, and every address.
    Text,
}

const STRUCTURE: FieldSet = FieldSet::of(&[
    Field::Timestamp,
    Field::EventId,
    Field::EventKind,
    Field::EventCategory,
    Field::EventType,
    Field::EventAction,
    Field::EventOutcome,
    Field::EventProvider,
    Field::Kind,
    Field::Format,
    Field::ContentFormat,
    Field::WhoSource,
    Field::WhoClass,
    Field::Application,
    Field::OrganizationName,
    Field::QueryLanguage,
    Field::QueryFingerprint,
    Field::ParseFailure,
    Field::ActionType,
    Field::CloudAccountId,
    Field::CloudProvider,
    Field::CloudRegion,
    Field::HttpRequestMethod,
    Field::HttpVersion,
    Field::LogIostream,
    Field::LogLevel,
    Field::NetworkProtocol,
    Field::NetworkTransport,
    Field::NetworkType,
    Field::UrlScheme,
    Field::AwsLogGroup,
    Field::AwsLogStream,
]);

const OTHER: FieldSet = FieldSet::of(&[
    Field::ServiceName,
    Field::DestinationAddress,
    Field::DestinationIp,
    Field::DnsQuestionName,
    Field::DnsResolvedIp,
    Field::HostName,
    Field::HostIp,
    Field::LogSyslogHostname,
    Field::ServerAddress,
    Field::UrlDomain,
    Field::UserAgentOriginal,
    Field::AwsElbTargetPort,
    Field::NginxUpstreamAddress,
    Field::NginxUpstreamName,
    Field::PremisAgentName,
    Field::PremisAgentIdentifier,
]);

impl Scope {
    pub(super) fn of(field: Field) -> Self {
        if STRUCTURE.contains(field) {
            Scope::Structure
        } else if OTHER.contains(field) {
            Scope::Other
        } else {
            Scope::Text
        }
    }
}

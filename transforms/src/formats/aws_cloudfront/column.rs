//! What the columns of CloudFront's logs mean: standard logs
//! (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html>) and real-time logs
//! (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/real-time-logs.html>), which write `cs(Host)` as
//! `cs-host`.

use catchwater_schemas::field::Field;

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The date, UTC.
    Date,
    /// The time of the day, UTC.
    Time,
    /// Seconds since the epoch, with a fraction.
    Seconds,
    /// Milliseconds since the epoch.
    Millis,
    /// A text that has a field of its own.
    Text(Field),
    /// An address.
    Ip(Field),
    /// A whole number.
    Number(Field),
    /// Status of the response.
    Status,
    /// Seconds that the request took.
    Duration,
    /// Seconds until the first byte.
    FirstByte,
    /// `HTTP/2.0`.
    Version,
    /// The distribution's name.
    Distribution,
    /// The host that was asked for.
    Host,
    /// A path, query or URL, which CloudFront encodes once more.
    Url(Field),
    /// A header's text.
    Decoded(Field),
    /// `X-Forwarded-For`.
    Forwarded,
    /// A number without a field of its own.
    FreeNumber,
    /// A text without a field of its own.
    Free,
    /// A name that is none of AWS's.
    Unknown,
}

/// The meaning of the column of this name, in any case of its letters.
pub(super) fn role(name: &str) -> Role {
    match &*name.to_ascii_lowercase() {
        "date" => Role::Date,
        "time" => Role::Time,
        "timestamp" => Role::Seconds,
        "timestamp(ms)" | "timestamp-ms" => Role::Millis,
        "c-ip" => Role::Ip(Field::SourceIp),
        "s-ip" => Role::Ip(Field::DestinationIp),
        "c-port" => Role::Number(Field::SourcePort),
        "sc-bytes" => Role::Number(Field::HttpResponseBytes),
        "cs-bytes" => Role::Number(Field::HttpRequestBytes),
        "sc-content-len" => Role::Number(Field::HttpResponseBodyBytes),
        "sc-content-type" => Role::Decoded(Field::HttpResponseMimeType),
        "sc-status" => Role::Status,
        "cs-method" => Role::Text(Field::HttpRequestMethod),
        "cs-protocol" => Role::Text(Field::UrlScheme),
        "cs-protocol-version" => Role::Version,
        "cs(host)" | "cs-host" => Role::Distribution,
        "x-host-header" => Role::Host,
        "cs-uri-stem" => Role::Url(Field::UrlPath),
        "cs-uri-query" => Role::Url(Field::UrlQuery),
        "cs(referer)" | "cs-referer" | "c-referrer" => Role::Url(Field::HttpRequestReferrer),
        "cs(user-agent)" | "cs-user-agent" | "c-user-agent" => Role::Decoded(Field::UserAgentOriginal),
        "time-taken" => Role::Duration,
        "time-to-first-byte" => Role::FirstByte,
        "ssl-protocol" => Role::Text(Field::TlsVersionProtocol),
        "ssl-cipher" => Role::Text(Field::TlsCipher),
        "x-edge-location" => Role::Text(Field::AwsCloudfrontEdgeLocation),
        "x-edge-result-type" => Role::Text(Field::AwsCloudfrontResultType),
        "x-edge-request-id" => Role::Text(Field::AwsRequestId),
        "x-forwarded-for" => Role::Forwarded,
        "sc-range-start"
        | "sc-range-end"
        | "origin-fbl"
        | "origin-lbl"
        | "asn"
        | "cs-headers-count"
        | "fle-encrypted-fields" => Role::FreeNumber,
        "cs(cookie)"
        | "cs-cookie"
        | "x-edge-response-result-type"
        | "x-edge-detailed-result-type"
        | "fle-status"
        | "c-country"
        | "c-ip-version"
        | "cs-accept"
        | "cs-accept-encoding"
        | "cs-headers"
        | "cs-header-names"
        | "cache-behavior-path-pattern"
        | "primary-distribution-id"
        | "primary-distribution-dns-name"
        | "distributionid"
        | "distribution-tenant-id"
        | "sr-reason"
        | "x-edge-mqcs"
        | "connection-id"
        | "r-host" => Role::Free,
        other if other.starts_with("cmcd-") => Role::Free,
        _ => Role::Unknown,
    }
}

/// The columns of the standard log. AWS added new ones at the end: lines of 2009 have the first twelve, those of 2014
/// eighteen, those of 2016 twenty-three or twenty-four, those since 2019 all.
pub(super) const STANDARD: &str = "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status \
     cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol \
     cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version \
     fle-status fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type \
     sc-content-len sc-range-start sc-range-end";

/// How many of them the earliest lines have.
pub(super) const FEWEST: usize = 12;

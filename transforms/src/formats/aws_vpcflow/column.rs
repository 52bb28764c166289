//! What the columns of flow logs mean
//! (<https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html>, versions 2 to 10;
//! <https://docs.aws.amazon.com/vpc/latest/tgw/tgw-flow-logs.html>, version 6).

use catchwater_schemas::field::Field;

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A text that has a field of its own.
    Text(Field),
    /// An address.
    Ip(Field),
    /// A whole number.
    Number(Field),
    /// Packets or bytes: one way is all that a record counts.
    Count(Field, Field),
    /// When the first packet came, seconds.
    Start,
    /// When the last packet came, seconds.
    End,
    /// `ACCEPT` or `REJECT`.
    Action,
    /// Number of the IP protocol.
    Protocol,
    /// `IPv4`, `IPv6` or `EFA`.
    Family,
    /// Account of twelve digits, else a word.
    Account,
    /// `OK`, `NODATA` or `SKIPDATA`.
    Status,
    /// The format's version.
    Version,
    /// A text without a field of its own.
    Free,
    /// A number without a field of its own.
    FreeNumber,
    /// A name that is none of AWS's.
    Unknown,
}

/// The meaning of the column of this name; some write `_` for `-`.
pub(super) fn role(name: &str) -> Role {
    let dashed;
    let name = match name.contains('_') {
        true => {
            dashed = name.replace('_', "-");
            &*dashed
        }
        false => name,
    };
    match name {
        "version" => Role::Version,
        "account-id" => Role::Account,
        "interface-id" => Role::Text(Field::AwsVpcflowInterfaceId),
        "srcaddr" => Role::Ip(Field::SourceIp),
        "dstaddr" => Role::Ip(Field::DestinationIp),
        "srcport" => Role::Number(Field::SourcePort),
        "dstport" => Role::Number(Field::DestinationPort),
        "protocol" => Role::Protocol,
        "packets" => Role::Count(Field::SourcePackets, Field::NetworkPackets),
        "bytes" => Role::Count(Field::SourceBytes, Field::NetworkBytes),
        "start" => Role::Start,
        "end" => Role::End,
        "action" => Role::Action,
        "log-status" => Role::Status,
        "vpc-id" => Role::Text(Field::AwsVpcflowVpcId),
        "subnet-id" => Role::Text(Field::AwsVpcflowSubnetId),
        "instance-id" => Role::Text(Field::CloudInstanceId),
        "tcp-flags" => Role::Number(Field::AwsVpcflowTcpFlags),
        "type" => Role::Family,
        "pkt-srcaddr" => Role::Ip(Field::AwsVpcflowPktSrcaddr),
        "pkt-dstaddr" => Role::Ip(Field::AwsVpcflowPktDstaddr),
        "region" => Role::Text(Field::CloudRegion),
        "az-id" => Role::Text(Field::CloudAvailabilityZone),
        "flow-direction" => Role::Text(Field::NetworkDirection),
        "ecs-container-id" => Role::Text(Field::ContainerId),
        "reject-reason" => Role::Text(Field::EventReason),
        "traffic-path"
        | "encryption-status"
        | "packets-lost-no-route"
        | "packets-lost-blackhole"
        | "packets-lost-mtu-exceeded"
        | "packets-lost-ttl-expired" => Role::FreeNumber,
        "sublocation-type"
        | "sublocation-id"
        | "pkt-src-aws-service"
        | "pkt-dst-aws-service"
        | "resource-id"
        | "resource-type" => Role::Free,
        _ if name.starts_with("ecs-") || name.starts_with("tgw-") => Role::Free,
        _ => Role::Unknown,
    }
}

/// The default format of flow logs of network interfaces, subnets and VPCs.
pub(super) const VERSION_2: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol \
     packets bytes start end action log-status";

/// The default format of flow logs of transit gateways.
pub(super) const TRANSIT_GATEWAY: &str = "version resource-type account-id tgw-id tgw-attachment-id \
     tgw-src-vpc-account-id tgw-dst-vpc-account-id tgw-src-vpc-id tgw-dst-vpc-id tgw-src-subnet-id \
     tgw-dst-subnet-id tgw-src-eni tgw-dst-eni tgw-src-az-id tgw-dst-az-id tgw-pair-attachment-id srcaddr dstaddr \
     srcport dstport protocol packets bytes start end log-status type packets-lost-no-route packets-lost-blackhole \
     packets-lost-mtu-exceeded packets-lost-ttl-expired tcp-flags region flow-direction pkt-src-aws-service \
     pkt-dst-aws-service";

/// The name of a protocol that has one in ECS's sense (<https://www.iana.org/assignments/protocol-numbers>).
pub(super) fn transport(number: u64) -> Option<&'static str> {
    Some(match number {
        1 => "icmp",
        2 => "igmp",
        4 => "ipv4",
        6 => "tcp",
        17 => "udp",
        41 => "ipv6",
        46 => "rsvp",
        47 => "gre",
        50 => "esp",
        51 => "ah",
        58 => "ipv6-icmp",
        88 => "eigrp",
        89 => "ospf",
        94 => "ipip",
        103 => "pim",
        112 => "vrrp",
        115 => "l2tp",
        132 => "sctp",
        136 => "udplite",
        _ => return None,
    })
}

//! The registry of field names that events may carry: one line a field. The order here is the order in the JSON;
//! fields of one object stand together. Names are those of the Elastic Common Schema 8.17
//! (<https://www.elastic.co/guide/en/ecs/8.17/ecs-field-reference.html>); what ECS lacks is under `catchwater.*`
//! or, for the parts of AWS's own records, under `aws.*` as Elastic's AWS integration names them.

/// How stores hold a field. The names are Elasticsearch's mapping types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// An instant, RFC 3339 in UTC.
    Date,
    /// A string compared as a whole.
    Keyword,
    /// A string searched by words.
    Text,
    /// An IPv4 or IPv6 address.
    Ip,
    /// A whole number.
    Long,
    /// A decimal number.
    Double,
    /// `true` or `false`.
    Boolean,
    /// An object whose keys are not known beforehand.
    Flattened,
}

/// What the registry says of one field.
#[derive(Debug)]
pub struct FieldInfo {
    /// Dotted path of the nested JSON, such as `http.response.status_code`.
    pub path: &'static str,
    /// How stores hold it.
    pub field_type: FieldType,
    /// What it holds, in one line.
    pub doc: &'static str,
}

macro_rules! fields {
    ($($id:ident, $path:literal, $type:ident, $doc:literal;)*) => {
        /// A field that an event may carry. The order is that of the JSON.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Field { $(#[doc = $doc] $id,)* }

        /// One line a field, in the order of [`Field`].
        pub const FIELDS: &[FieldInfo] =
            &[$(FieldInfo { path: $path, field_type: FieldType::$type, doc: $doc },)*];

        const ALL: &[Field] = &[$(Field::$id,)*];
    };
}

fields! {
    Timestamp, "@timestamp", Date, "When it happened: the line's own time, else the log event's.";
    ServiceName, "service.name", Keyword, "The service that was asked or that wrote the line.";
    EventId, "event.id", Keyword, "The same on every retry, replay and duplicate.";
    EventKind, "event.kind", Keyword, "ECS: always `event` here.";
    EventCategory, "event.category", Keyword, "ECS category, such as `web`, `file`, `iam`.";
    EventType, "event.type", Keyword, "ECS type, such as `access`, `start`, `end`.";
    EventAction, "event.action", Keyword, "What was done, in the source's own word.";
    EventOutcome, "event.outcome", Keyword, "`success`, `failure` or `unknown`.";
    EventProvider, "event.provider", Keyword, "The program or AWS service that reported it.";
    EventCode, "event.code", Keyword, "The source's own code for this kind of event.";
    EventDuration, "event.duration", Long, "How long it took, in nanoseconds.";
    EventEnd, "event.end", Date, "When it ended, where that is told apart.";
    EventReason, "event.reason", Keyword, "Why it happened or failed, in the source's words.";
    EventSeverity, "event.severity", Long, "The source's own number for how severe it is.";
    EventSequence, "event.sequence", Long, "The source's own order, where it gives a number.";
    EventStart, "event.start", Date, "When it began, where that is told apart.";
    EventReferenceId, "event.reference_id", Keyword, "The id that the source itself gave this event.";
    EventOriginal, "event.original", Text, "The line as it came; only where the route asks for it.";
    Schema, "catchwater.schema", Long, "Layout version of the event.";
    Revision, "catchwater.revision", Long, "Raised when a format's output changes on purpose; the higher replaces.";
    Kind, "catchwater.kind", Keyword, "`service_query`, `file_move`, `preservation` or `log`.";
    Format, "catchwater.format", Keyword, "The format that parsed the line.";
    ContentFormat, "catchwater.content_format", Keyword, "The format of the message that the line carried, where it is of one.";
    Who, "catchwater.who", Keyword, "Who did it: the user, else the address.";
    WhoSource, "catchwater.who_source", Keyword, "Which extractor told who it was, such as `user` or `address`.";
    WhoClass, "catchwater.who_class", Keyword, "`person`, `service` or `bot`.";
    Application, "catchwater.application", Keyword, "The application that asked, as the configuration's tables name its key.";
    Operation, "catchwater.operation", Keyword, "What was asked for, its ids replaced: `GET /item/{id}`, `s3:GetObject`.";
    QueryLanguage, "catchwater.query.language", Keyword, "`search`, `solr`, `cql`, `sparql`, `graphql` or `sql`.";
    QueryText, "catchwater.query.text", Text, "What was searched or the statement, as it came, decoded.";
    QueryNormalized, "catchwater.query.normalized", Keyword, "Its normal form: equal for queries that ask the same.";
    QueryFingerprint, "catchwater.query.fingerprint", Keyword, "Hash of the normal form's shape, for counting.";
    ParseFailure, "catchwater.parse_failure", Keyword, "Why the expected format did not take the line.";
    Truncated, "catchwater.truncated", Boolean, "The line was longer than the limit and was cut.";
    ActionType, "catchwater.action_type", Keyword, "PUT, DELETE, COPY or MOVE of a file move.";
    FreeFields, "catchwater.fields", Flattened, "Fields of the source that have no ECS name.";
    Message, "message", Text, "The text of a log line.";
    Tags, "tags", Keyword, "Marks that the source set.";
    ClientIp, "client.ip", Ip, "The client that a proxy named, where it differs from the peer.";
    CloudAccountId, "cloud.account.id", Keyword, "AWS account in which it happened.";
    CloudAvailabilityZone, "cloud.availability_zone", Keyword, "AWS availability zone.";
    CloudInstanceId, "cloud.instance.id", Keyword, "Instance in which it happened.";
    CloudProvider, "cloud.provider", Keyword, "`aws` where the source is AWS.";
    CloudRegion, "cloud.region", Keyword, "AWS region in which it happened.";
    ContainerId, "container.id", Keyword, "Container that wrote the line.";
    ContainerName, "container.name", Keyword, "Its name.";
    DbNamespace, "db.namespace", Keyword, "Database that was asked (OpenTelemetry's name).";
    DestinationAddress, "destination.address", Keyword, "The target as the source wrote it.";
    DestinationBytes, "destination.bytes", Long, "Bytes sent by the target.";
    DestinationIp, "destination.ip", Ip, "Address of the target.";
    DestinationPackets, "destination.packets", Long, "Packets sent by the target.";
    DestinationPort, "destination.port", Long, "Port of the target.";
    DnsQuestionClass, "dns.question.class", Keyword, "Class of the question, `IN`.";
    DnsQuestionName, "dns.question.name", Keyword, "Name that was asked for.";
    DnsQuestionType, "dns.question.type", Keyword, "Type of the record that was asked for.";
    DnsResolvedIp, "dns.resolved_ip", Ip, "Addresses in the answers.";
    DnsResponseCode, "dns.response_code", Keyword, "`NOERROR`, `NXDOMAIN` …";
    ErrorCode, "error.code", Keyword, "Error code.";
    ErrorMessage, "error.message", Text, "Error message.";
    ErrorStackTrace, "error.stack_trace", Text, "Stack trace.";
    ErrorType, "error.type", Keyword, "Class of the exception.";
    FaasColdstart, "faas.coldstart", Boolean, "The function's environment was started for this call.";
    FaasExecution, "faas.execution", Keyword, "Id of the function's call.";
    FaasName, "faas.name", Keyword, "Name of the function.";
    FaasVersion, "faas.version", Keyword, "Version of the function.";
    FileName, "file.name", Keyword, "Last part of the file's path or key.";
    FilePath, "file.path", Keyword, "Path or object key of the file, decoded.";
    FileSize, "file.size", Long, "Size of the file in bytes.";
    FileSourceBucket, "file.source.bucket", Keyword, "Bucket that the file came from.";
    FileSourceKey, "file.source.key", Keyword, "Key that the file had there.";
    FileDestinationBucket, "file.destination.bucket", Keyword, "Bucket that the file went to.";
    FileDestinationKey, "file.destination.key", Keyword, "Key that the file has there.";
    FileETag, "file.etag", Keyword, "Entity tag of the object.";
    FileVersion, "file.version", Keyword, "Version id of the object.";
    HaproxyBackend, "haproxy.backend_name", Keyword, "HAProxy's backend.";
    HaproxyConnectTime, "haproxy.connection_wait_time_ms", Long, "Milliseconds until the server was connected (`Tc`).";
    HaproxyFrontend, "haproxy.frontend_name", Keyword, "HAProxy's frontend, without the mark of TLS.";
    HaproxyRequestTime, "haproxy.http.request.time_wait_ms", Long, "Milliseconds until the request was there (`TR`, `Tq`).";
    HaproxyResponseTime, "haproxy.http.request.time_wait_without_data_ms", Long, "Milliseconds that the server took for the response's head (`Tr`).";
    HaproxyServer, "haproxy.server_name", Keyword, "Server of the backend; `<NOSRV>` where none was reached.";
    HaproxyTermination, "haproxy.termination_state", Keyword, "How the session ended (`----`, `cD--`).";
    HaproxyQueueTime, "haproxy.total_waiting_time_ms", Long, "Milliseconds in queues (`Tw`).";
    HostName, "host.name", Keyword, "Host that wrote the line.";
    HostIp, "host.ip", Ip, "Address of the host that wrote the line.";
    HttpRequestBytes, "http.request.bytes", Long, "Bytes received from the client, headers with them.";
    HttpRequestId, "http.request.id", Keyword, "Id of the request.";
    HttpRequestMethod, "http.request.method", Keyword, "Method of the request as it came.";
    HttpRequestReferrer, "http.request.referrer", Keyword, "Referer of the request.";
    HttpResponseBodyBytes, "http.response.body.bytes", Long, "Bytes of the response's body.";
    HttpResponseBytes, "http.response.bytes", Long, "Bytes of the response, headers with them.";
    HttpResponseMimeType, "http.response.mime_type", Keyword, "Content type of the response.";
    HttpResponseStatusCode, "http.response.status_code", Long, "Status of the response.";
    HttpVersion, "http.version", Keyword, "Version of HTTP.";
    LogFilePath, "log.file.path", Keyword, "File that the line was read from.";
    LogIostream, "log.iostream", Keyword, "`stdout` or `stderr` of a container (OpenTelemetry's name).";
    LogLevel, "log.level", Keyword, "Level of the line as the source wrote it.";
    LogLogger, "log.logger", Keyword, "Name of the logger.";
    LogOriginFileLine, "log.origin.file.line", Long, "Line of the program that wrote it.";
    LogOriginFileName, "log.origin.file.name", Keyword, "File of the program that wrote it.";
    LogOriginFunction, "log.origin.function", Keyword, "Function that wrote it.";
    LogSyslogAppname, "log.syslog.appname", Keyword, "APP-NAME or tag.";
    LogSyslogFacilityCode, "log.syslog.facility.code", Long, "Facility, 0 to 23.";
    LogSyslogFacilityName, "log.syslog.facility.name", Keyword, "Its name.";
    LogSyslogHostname, "log.syslog.hostname", Keyword, "HOSTNAME as it came.";
    LogSyslogMsgid, "log.syslog.msgid", Keyword, "MSGID.";
    LogSyslogPriority, "log.syslog.priority", Long, "PRI: facility times 8 plus severity.";
    LogSyslogProcid, "log.syslog.procid", Keyword, "PROCID as it came.";
    LogSyslogSeverityCode, "log.syslog.severity.code", Long, "Severity, 0 (worst) to 7.";
    LogSyslogSeverityName, "log.syslog.severity.name", Keyword, "Its name.";
    LogSyslogStructuredData, "log.syslog.structured_data", Flattened, "STRUCTURED-DATA of RFC 5424.";
    LogSyslogVersion, "log.syslog.version", Keyword, "VERSION of RFC 5424.";
    NetworkBytes, "network.bytes", Long, "Bytes in both directions.";
    NetworkDirection, "network.direction", Keyword, "`ingress` or `egress`.";
    NetworkIanaNumber, "network.iana_number", Keyword, "Protocol's number (IANA).";
    NetworkPackets, "network.packets", Long, "Packets in both directions.";
    NetworkProtocol, "network.protocol", Keyword, "Application protocol, such as `http`, `h2`, `wss`.";
    NetworkTransport, "network.transport", Keyword, "`tcp`, `udp`, `icmp` …";
    NetworkType, "network.type", Keyword, "`ipv4` or `ipv6`.";
    OrchestratorNamespace, "orchestrator.namespace", Keyword, "Kubernetes namespace.";
    OrchestratorResourceName, "orchestrator.resource.name", Keyword, "Kubernetes pod.";
    OrganizationName, "organization.name", Keyword, "Organisation of who asked, as the configuration's tables name its addresses.";
    PremisEventType, "premis.event.type", Keyword, "Event type: a term of the PREMIS vocabulary, such as `fixity check`, else the source's own word.";
    PremisEventTypeUri, "premis.event.type_uri", Keyword, "Its URI in a vocabulary; none for the source's own words.";
    PremisEventOutcome, "premis.event.outcome", Keyword, "`success`, `fail` or `warning` (PREMIS vocabulary).";
    PremisEventOutcomeDetail, "premis.event.outcome_detail", Text, "What the outcome was in the source's words.";
    PremisEventDetail, "premis.event.detail", Text, "What was done, in the source's words.";
    PremisAgentIdentifier, "premis.agent.identifier", Keyword, "Identifier of who or what did it, where it has a name besides.";
    PremisAgentName, "premis.agent.name", Keyword, "Who or what did it.";
    PremisAgentRole, "premis.agent.role", Keyword, "Its part in the event, such as `implementer`.";
    PremisAgentType, "premis.agent.type", Keyword, "`person`, `organization`, `software` or `hardware`.";
    PremisObjectIdentifier, "premis.object.identifier", Keyword, "The object it was done to.";
    PremisObjectIdentifierType, "premis.object.identifier_type", Keyword, "Kind of that identifier, such as `druid`.";
    PremisObjectRole, "premis.object.role", Keyword, "Its part in the event, such as `source` or `outcome`.";
    PremisObjectVersion, "premis.object.version", Keyword, "Version of the object that it was done to.";
    ProcessName, "process.name", Keyword, "Program that wrote the line.";
    ProcessPid, "process.pid", Long, "Its process id.";
    ProcessThreadId, "process.thread.id", Long, "Id of its thread.";
    ProcessThreadName, "process.thread.name", Keyword, "Name of its thread.";
    RailsAction, "rails.action", Keyword, "Action of the controller that took the request.";
    RailsController, "rails.controller", Keyword, "Controller that took the request.";
    RailsDbRuntime, "rails.db_runtime_ms", Double, "Milliseconds that the request spent in the database.";
    RailsViewRuntime, "rails.view_runtime_ms", Double, "Milliseconds that its views took.";
    RuleId, "rule.id", Keyword, "Rule that decided.";
    RuleName, "rule.name", Keyword, "Its name.";
    RuleRuleset, "rule.ruleset", Keyword, "Set of rules that it is of.";
    ServerAddress, "server.address", Keyword, "Name of the server that took the request.";
    SolrCollection, "solr.collection", Keyword, "Solr's collection.";
    SolrCore, "solr.core", Keyword, "Solr's core: a replica's index.";
    SolrHits, "solr.hits", Long, "Documents that the query matched.";
    SolrStatus, "solr.status", Long, "Status that Solr's log tells: 0, or that of the failed HTTP response.";
    SourceAddress, "source.address", Keyword, "The peer as the source wrote it: an address, a name or an AWS service.";
    SourceBytes, "source.bytes", Long, "Bytes sent by the peer.";
    SourceGeoCountry, "source.geo.country_iso_code", Keyword, "Country of the peer, as the source told it (ISO 3166-1).";
    SourceIp, "source.ip", Ip, "Address of the peer.";
    SourcePackets, "source.packets", Long, "Packets sent by the peer.";
    SourcePort, "source.port", Long, "Port of the peer.";
    SpanId, "span.id", Keyword, "Span of a distributed trace.";
    TlsCipher, "tls.cipher", Keyword, "Cipher suite.";
    TlsVersionProtocol, "tls.version_protocol", Keyword, "TLS version as the source wrote it.";
    TraceId, "trace.id", Keyword, "Distributed trace.";
    TransactionId, "transaction.id", Keyword, "Transaction of a distributed trace, or of the source.";
    UrlDomain, "url.domain", Keyword, "Host that was asked for.";
    UrlOriginal, "url.original", Keyword, "The request's target as it came, where it is no valid one.";
    UrlPath, "url.path", Keyword, "Path that was asked for.";
    UrlPort, "url.port", Long, "Port that was asked for.";
    UrlQuery, "url.query", Keyword, "Query string without the `?`.";
    UrlScheme, "url.scheme", Keyword, "Scheme that was asked for.";
    UserDomain, "user.domain", Keyword, "Directory or realm of the user.";
    UserId, "user.id", Keyword, "Id of the user; a principal id or ARN in AWS.";
    UserName, "user.name", Keyword, "Name of the user.";
    UserAgentOriginal, "user_agent.original", Keyword, "User agent as it came.";
    AwsLogGroup, "aws.cloudwatch.log_group", Keyword, "Log group of the log event.";
    AwsLogStream, "aws.cloudwatch.log_stream", Keyword, "Log stream of the log event.";
    AwsApiId, "aws.apigateway.api_id", Keyword, "API Gateway `$context.apiId`.";
    AwsApiIntegrationLatency, "aws.apigateway.integration_latency_ms", Long, "Milliseconds that the backend took.";
    AwsApiIntegrationStatus, "aws.apigateway.integration_status", Long, "Status that the backend gave.";
    AwsApiResourcePath, "aws.apigateway.resource_path", Keyword, "Resource or route that took the request: `/item/{id}`.";
    AwsApiStage, "aws.apigateway.stage", Keyword, "API Gateway `$context.stage`.";
    AwsTrailIdentityType, "aws.cloudtrail.user_identity.type", Keyword, "CloudTrail `userIdentity.type`.";
    AwsTrailIdentityArn, "aws.cloudtrail.user_identity.arn", Keyword, "CloudTrail `userIdentity.arn`.";
    AwsTrailAccessKeyId, "aws.cloudtrail.user_identity.access_key_id", Keyword, "CloudTrail `userIdentity.accessKeyId`.";
    AwsTrailInvokedBy, "aws.cloudtrail.user_identity.invoked_by", Keyword, "CloudTrail `userIdentity.invokedBy`.";
    AwsTrailEventType, "aws.cloudtrail.event_type", Keyword, "CloudTrail `eventType`.";
    AwsTrailEventCategory, "aws.cloudtrail.event_category", Keyword, "CloudTrail `eventCategory`.";
    AwsTrailReadOnly, "aws.cloudtrail.read_only", Boolean, "CloudTrail `readOnly`.";
    AwsTrailManagementEvent, "aws.cloudtrail.management_event", Boolean, "CloudTrail `managementEvent`.";
    AwsTrailRecipientAccountId, "aws.cloudtrail.recipient_account_id", Keyword, "CloudTrail `recipientAccountId`.";
    AwsTrailRequestParameters, "aws.cloudtrail.request_parameters", Flattened, "CloudTrail `requestParameters`.";
    AwsTrailResponseElements, "aws.cloudtrail.response_elements", Flattened, "CloudTrail `responseElements`.";
    AwsTrailResources, "aws.cloudtrail.resources", Flattened, "CloudTrail `resources`.";
    AwsCloudfrontEdgeLocation, "aws.cloudfront.edge_location", Keyword, "Edge location that answered, `HKG62-C2`.";
    AwsCloudfrontResultType, "aws.cloudfront.edge_result_type", Keyword, "`Hit`, `Miss`, `Error` …";
    AwsCloudfrontFirstByte, "aws.cloudfront.time_to_first_byte", Double, "Seconds until the first byte of the response.";
    AwsElbName, "aws.elb.name", Keyword, "Load balancer.";
    AwsElbListener, "aws.elb.listener", Keyword, "Listener that took the connection.";
    AwsElbTargetGroupArn, "aws.elb.target_group.arn", Keyword, "Target group.";
    AwsElbBackendStatusCode, "aws.elb.backend.http.response.status_code", Long, "Status that the target gave.";
    AwsElbRequestTime, "aws.elb.request_processing_time.sec", Double, "Seconds until the request was sent to the target.";
    AwsElbBackendTime, "aws.elb.backend_processing_time.sec", Double, "Seconds that the target took.";
    AwsElbResponseTime, "aws.elb.response_processing_time.sec", Double, "Seconds until the response was sent on.";
    AwsElbHandshakeTime, "aws.elb.tls_handshake_time.ms", Long, "Milliseconds of the TLS handshake.";
    AwsElbChosenCertArn, "aws.elb.chosen_cert.arn", Keyword, "Certificate shown to the client.";
    AwsElbMatchedRulePriority, "aws.elb.matched_rule_priority", Keyword, "Priority of the rule that matched.";
    AwsElbActionExecuted, "aws.elb.action_executed", Keyword, "Actions taken, comma-separated.";
    AwsElbRedirectUrl, "aws.elb.redirect_url", Keyword, "Where the client was sent.";
    AwsElbErrorReason, "aws.elb.error.reason", Keyword, "Why the load balancer failed.";
    AwsElbTargetPort, "aws.elb.target_port", Keyword, "Targets as the source wrote them.";
    AwsElbTargetStatusCode, "aws.elb.target_status_code", Keyword, "Their statuses as the source wrote them.";
    AwsElbClassification, "aws.elb.classification", Keyword, "Classification for desync mitigation.";
    AwsElbClassificationReason, "aws.elb.classification_reason", Keyword, "Its reason.";
    AwsElbConnTraceId, "aws.elb.conn_trace_id", Keyword, "Traceability id of the connection (`TID_…`).";
    AwsLambdaBilledDuration, "aws.lambda.billed_duration_ms", Double, "Milliseconds that are paid for.";
    AwsLambdaInitDuration, "aws.lambda.init_duration_ms", Double, "Milliseconds that the environment's start took.";
    AwsLambdaMaxMemoryUsed, "aws.lambda.max_memory_used_mb", Long, "Megabytes that the function used at most.";
    AwsLambdaMemorySize, "aws.lambda.memory_size_mb", Long, "Megabytes that the function may use.";
    AwsRequestId, "aws.request_id", Keyword, "Id of the AWS request.";
    AwsS3EventName, "aws.s3.event_name", Keyword, "S3 event name.";
    AwsS3Sequencer, "aws.s3.sequencer", Keyword, "S3 sequencer: orders events of one key.";
    AwsVpcflowInterfaceId, "aws.vpcflow.interface_id", Keyword, "Network interface that was watched.";
    AwsVpcflowVpcId, "aws.vpcflow.vpc_id", Keyword, "Its VPC.";
    AwsVpcflowSubnetId, "aws.vpcflow.subnet_id", Keyword, "Its subnet.";
    AwsVpcflowLogStatus, "aws.vpcflow.log_status", Keyword, "`OK`, `NODATA` or `SKIPDATA`.";
    AwsVpcflowTcpFlags, "aws.vpcflow.tcp_flags", Long, "TCP flags seen, as a bit mask.";
    AwsVpcflowPktSrcaddr, "aws.vpcflow.pkt_srcaddr", Ip, "Source address in the packets, behind NAT.";
    AwsVpcflowPktDstaddr, "aws.vpcflow.pkt_dstaddr", Ip, "Destination address in the packets, behind NAT.";
    NginxUpstreamAddress, "nginx.upstream.address", Keyword, "Upstreams as nginx wrote them.";
    NginxUpstreamName, "nginx.upstream.name", Keyword, "Upstream's name in the ingress controller.";
    NginxUpstreamStatus, "nginx.upstream.status", Keyword, "Their statuses as nginx wrote them.";
    NginxUpstreamTime, "nginx.upstream.response_time", Keyword, "Their times in seconds as nginx wrote them.";
    NginxUpstreamLength, "nginx.upstream.response_length", Keyword, "Their lengths in bytes as nginx wrote them.";
    NginxForwardedFor, "nginx.forwarded_for", Keyword, "`X-Forwarded-For` as it came.";
    MysqlLockTime, "mysql.slowlog.lock_time.sec", Double, "Seconds that the statement waited for locks.";
    MysqlRowsAffected, "mysql.slowlog.rows_affected", Long, "Rows that the statement changed.";
    MysqlRowsExamined, "mysql.slowlog.rows_examined", Long, "Rows that the server looked at.";
    MysqlRowsSent, "mysql.slowlog.rows_sent", Long, "Rows that the client was sent.";
    PostgresqlApplicationName, "postgresql.log.application_name", Keyword, "What the client called itself (`application_name`).";
    PostgresqlBackendType, "postgresql.log.backend_type", Keyword, "Kind of server process, such as `client backend`.";
    PostgresqlCommandTag, "postgresql.log.command_tag", Keyword, "What the session was doing: `SELECT`, `idle`, `authentication` …";
    PostgresqlSessionId, "postgresql.log.session_id", Keyword, "The session's id: its start and process, in hexadecimal.";
}

impl Field {
    /// What the registry says of this field.
    pub fn info(self) -> &'static FieldInfo {
        &FIELDS[self as usize]
    }

    /// The field with this number, in the order of the JSON.
    pub fn from_index(index: usize) -> Field {
        ALL[index]
    }

    /// The field of this dotted path.
    pub fn from_path(path: &str) -> Option<Field> {
        FIELDS.iter().position(|f| f.path == path).map(Field::from_index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn fits_the_bit_set_of_an_event() {
        assert!(FIELDS.len() <= crate::field_set::CAPACITY);
    }

    #[test]
    fn objects_stand_together_and_no_path_is_both_value_and_object() {
        let mut closed: HashSet<String> = HashSet::new();
        let mut open: Vec<String> = Vec::new();
        for info in FIELDS {
            let parts: Vec<&str> = info.path.split('.').collect();
            let parents: Vec<String> = (1..parts.len()).map(|n| parts[..n].join(".")).collect();
            open.retain(|o| parents.contains(o) || !closed.insert(o.clone()));
            for parent in parents {
                assert!(!closed.contains(&parent), "{}: object {parent} was closed before", info.path);
                if !open.contains(&parent) {
                    open.push(parent);
                }
            }
            assert!(closed.insert(info.path.to_string()), "{} stands twice", info.path);
        }
    }

    #[test]
    fn is_found_by_its_path() {
        for (index, info) in FIELDS.iter().enumerate() {
            assert_eq!(Field::from_path(info.path), Some(Field::from_index(index)));
        }
    }
}

//! Lines that no route names find their format: those of others that ship with the formats, and each format's own
//! example.

use catchwater_transforms::formats::{REGISTRY, detect};
use std::collections::BTreeMap;
use std::path::Path;

/// How many lines of a case each format is sure of; `none`: they will be plain.
fn detected(case: &str) -> BTreeMap<&'static str, usize> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(case).join("input.log");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut counts = BTreeMap::new();
    for line in text.lines() {
        *counts.entry(detect(line).map_or("none", |f| f.name)).or_default() += 1;
    }
    counts
}

#[test]
fn each_example_is_found_by_its_own_format() {
    for format in REGISTRY.iter().filter(|f| f.name != "plain") {
        assert_eq!(detect(format.example).map(|f| f.name), Some(format.name));
    }
}

#[test]
fn names_stand_once() {
    let names: std::collections::BTreeSet<&str> = REGISTRY.iter().map(|f| f.name).collect();
    assert_eq!(names.len(), REGISTRY.len());
}

#[test]
fn lines_of_others_find_their_format() {
    for (case, expected) in [
        // A combined line without a mark of nginx is Apache's; both formats make the same fields of it.
        ("nginx_access/beats-test", [("apache_access", 3), ("nginx_access", 7)].as_slice()),
        ("nginx_access/beats-ingress", &[("nginx_access", 12)]),
        ("nginx_access/catalog-flog", &[("nginx_access", 200)]),
        ("nginx_access/catalog-sample", &[("apache_access", 100)]),
        ("apache_access/catalog-semicomplete-a", &[("apache_access", 400)]),
        ("apache_access/beats-ssl-request", &[("apache_access", 2)]),
        ("apache_access/lnav-logfile_regexp_access_log.0", &[("apache_access", 2)]),
        ("aws_alb/catalog-elb", &[("aws_alb", 32)]),
        ("aws_alb/honeyaws", &[("aws_alb", 1)]),
        ("mysql_error/beats-error", &[("mysql_error", 11), ("none", 1)]),
        ("mysql_slow/lnav", &[("mysql_slow", 12), ("none", 31)]),
        ("postgresql/beats-postgresql-11.4", &[("postgresql", 29)]),
        ("postgresql/pgbadger-light", &[("postgresql", 60)]),
        ("postgresql/pgbadger-rds", &[("postgresql", 60)]),
        ("postgresql/honeytail", &[("none", 7), ("postgresql", 5)]),
        ("postgresql/beats-postgresql-11-start-stop.csv", &[("postgresql", 13)]),
        ("aws_elb_classic/edges", &[("aws_elb_classic", 5), ("none", 1)]),
        ("aws_nlb/edges", &[("aws_nlb", 4), ("none", 1)]),
        ("aws_s3_access/otel", &[("aws_s3_access", 3)]),
        ("aws_s3_access/rla-2012-10-05-16-18", &[("aws_s3_access", 5)]),
        // `#Version: 1.0` is also of other servers.
        ("aws_cloudfront/catalog", &[("aws_cloudfront", 21), ("none", 1)]),
        ("aws_vpcflow/clo-v2", &[("aws_vpcflow", 10)]),
        // Only the header tells lines of columns that someone chose.
        ("aws_vpcflow/flowlogs-reader-v3", &[("aws_vpcflow", 1), ("none", 2)]),
        ("sdc/constructed", &[("none", 2), ("sdc", 7)]),
        ("sdc/constructed-utils", &[("sdc", 4)]),
        // The token that was not provided could be of anyone's service.
        ("stanford_sdr/prescat", &[("none", 1), ("stanford_sdr", 8)]),
        ("stanford_sdr/dsa", &[("stanford_sdr", 4)]),
        ("dor_event/dsa", &[("dor_event", 2)]),
        ("dor_events_xml/prescat-corpus", &[("dor_events_xml", 14)]),
        // Documents over lines are for a route.
        ("premis_xml/edges", &[("none", 40), ("premis_xml", 2)]),
        ("fedora_event/edges", &[("fedora_event", 3), ("json", 1)]),
        ("hyrax_fixity/edges", &[("hyrax_fixity", 3), ("none", 1)]),
        ("aws_lambda/powertools", &[("aws_lambda", 8)]),
        // Lines without a prefix of a runtime could be anyone's.
        ("aws_lambda/newrelic-entry_lambda_oom", &[("aws_lambda", 2), ("none", 1)]),
        ("aws_lambda/datadog-cloudwatch_customized_log_group_lambda_invocation", &[("aws_lambda", 3)]),
        ("nginx_error/vrl", &[("nginx_error", 9)]),
        // The last line has neither level nor process.
        ("apache_error/vrl", &[("apache_error", 4), ("none", 1)]),
        ("haproxy/lnav-haproxy.0", &[("haproxy", 9)]),
        ("haproxy/rla-spec", &[("haproxy", 4)]),
        ("java_log4j/beats-kafka-server-2.0.0", &[("java_log4j", 50)]),
        ("java_log4j/beats-logstash-plain-7.4", &[("java_log4j", 2)]),
        ("java_log4j/lnav-java.0", &[("java_log4j", 10)]),
        ("java_log4j/lnav-spark.0", &[("java_log4j", 60)]),
        ("syslog_rfc5424/go-syslog", &[("syslog_rfc5424", 17)]),
        ("syslog_rfc5424/vrl", &[("syslog_rfc5424", 7)]),
        ("syslog_rfc3164/go-syslog", &[("syslog_rfc3164", 4)]),
        ("syslog_rfc3164/beats-secure-rhel7", &[("syslog_rfc3164", 60)]),
        // Without a program a line could be anyone's.
        ("syslog_rfc3164/lnav-bad_syslog.0", &[("none", 1), ("syslog_rfc3164", 3)]),
        ("syslog_rfc3164/vrl", &[("haproxy", 2), ("syslog_rfc3164", 1)]),
        ("syslog_iso/beats-suse-syslog", &[("syslog_iso", 2)]),
        ("syslog_iso/lnav-with_zones.0", &[("syslog_iso", 3)]),
        ("container_cri/edges", &[("container_cri", 16)]),
        ("solr/logposttool", &[("solr", 5)]),
        // Frames and the second lines of entries say nothing alone; of Solr's update without a time neither.
        ("solr/edges", &[("none", 4), ("solr", 16)]),
        // Lines inside of a request tell nothing by themselves.
        ("rails/patterns-core", &[("none", 1), ("rails", 4)]),
        ("rails/rla-rails_1x", &[("none", 45), ("rails", 8)]),
        ("lograge/readme", &[("lograge", 1)]),
        ("lograge/edges", &[("lograge", 11), ("none", 2)]),
        ("logfmt/lnav-logfmt.0", &[("logfmt", 5)]),
        ("logfmt/vrl-key-value", &[("logfmt", 4), ("none", 3)]),
        ("python_logging/edges", &[("none", 14), ("python_logging", 21)]),
        ("plain/lnav-generic", &[("none", 3)]),
        ("plain/lnav-docker-compose", &[("none", 22)]),
    ] {
        assert_eq!(detected(case), expected.iter().copied().collect(), "{case}");
    }
}

//! All that lies in an account, for the question whether what made it has taken it away again.

use super::{ApiError, Cloud, needed};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Lists of the JSON protocol: what it lists, service, target, operation, its list, and the name of one in it (none where the
/// list is of names).
const JSON_LISTS: [(&str, &str, &str, &str, &str, &str); 7] = [
    ("stream", "kinesis", "Kinesis_20131202", "ListStreams", "StreamNames", ""),
    ("delivery stream", "firehose", "Firehose_20150804", "ListDeliveryStreams", "DeliveryStreamNames", ""),
    ("log group", "logs", "Logs_20140328", "DescribeLogGroups", "logGroups", "logGroupName"),
    ("secret", "secretsmanager", "secretsmanager", "ListSecrets", "SecretList", "Name"),
    ("parameter", "ssm", "AmazonSSM", "DescribeParameters", "Parameters", "Name"),
    ("rule", "events", "AWSEvents", "ListRules", "Rules", "Name"),
    ("queue", "sqs", "AmazonSQS", "ListQueues", "QueueUrls", ""),
];

/// Lists of REST with JSON: what it lists, path, its list, and the name of one in it.
const REST_LISTS: [(&str, &str, &str, &str); 2] = [
    ("function", "/2015-03-31/functions/", "Functions", "FunctionName"),
    ("mapping", "/2015-03-31/event-source-mappings/", "EventSourceMappings", "UUID"),
];

/// Lists of the query protocol: what it lists, service, action, version, and the element with the name of one.
const QUERY_LISTS: [(&str, &str, &str, &str, &str); 3] = [
    ("role", "iam", "Action=ListRoles", "2010-05-08", "RoleName"),
    ("policy", "iam", "Action=ListPolicies&Scope=Local", "2010-05-08", "PolicyName"),
    ("topic", "sns", "Action=ListTopics", "2010-03-31", "TopicArn"),
];

impl Cloud {
    /// Streams, functions, buckets, roles and all else that a stack of ours has, each as `KIND NAME`; at most a page of each.
    pub fn inventory(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for (kind, service, target, operation, list, name) in JSON_LISTS {
            let answer = needed(operation, self.call(service, target, operation, &json!({})));
            found.extend(named(kind, &answer[list], name));
        }
        for (kind, path, list, name) in REST_LISTS {
            let answer = needed(kind, self.rest("GET", "lambda", path, b"")).json();
            found.extend(named(kind, &answer[list], name));
        }
        for (kind, service, action, version, name) in QUERY_LISTS {
            let answer = needed(action, self.query(service, &format!("{action}&Version={version}")));
            found.extend(elements(&answer, name).map(|text| format!("{kind} {text}")));
        }
        let buckets = needed("ListBuckets", self.rest("GET", "s3", "/", b"")).body;
        let buckets = String::from_utf8(buckets).expect("XML");
        // The owner has another element for its name.
        found.extend(elements(&buckets, "Name").map(|text| format!("bucket {text}")));
        found
    }

    /// Calls an action of the query protocol: form in, XML out.
    pub fn query(&self, service: &str, form: &str) -> Result<String, ApiError> {
        let headers = [("content-type", "application/x-www-form-urlencoded".to_string())];
        let answer = self.send("POST", service, "/", &headers, form.as_bytes())?;
        Ok(String::from_utf8_lossy(&answer.body).into_owned())
    }
}

fn named(kind: &str, list: &Value, name: &str) -> Vec<String> {
    let list = list.as_array().cloned().unwrap_or_default();
    let text = |item: &Value| match name {
        "" => item.as_str().map(String::from),
        name => item[name].as_str().map(String::from),
    };
    list.iter().filter_map(text).map(|text| format!("{kind} {text}")).collect()
}

/// The texts of all elements of this name.
fn elements<'a>(xml: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let (begin, end) = (format!("<{name}>"), format!("</{name}>"));
    let texts: Vec<&str> = xml.split(&begin).skip(1).filter_map(|rest| rest.split(&end).next()).collect();
    texts.into_iter()
}

//! S3 and Firehose: buckets, objects, and delivery streams to a bucket.

use super::{ApiError, Cloud, needed};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// An object of a bucket.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// Its key.
    pub key: String,
    /// Its bytes.
    pub body: Vec<u8>,
}

impl Cloud {
    /// Makes a bucket.
    pub fn create_bucket(&self, bucket: &str) {
        needed(bucket, self.rest("PUT", "s3", &format!("/{bucket}"), b""));
    }

    /// Puts an object.
    pub fn put_object(&self, bucket: &str, key: &str, body: &[u8]) {
        needed(key, self.rest("PUT", "s3", &format!("/{bucket}/{key}"), body));
    }

    /// An object's bytes.
    pub fn get_object(&self, bucket: &str, key: &str) -> Vec<u8> {
        needed(key, self.rest("GET", "s3", &format!("/{bucket}/{key}"), b"")).body
    }

    /// Keys under a prefix, in order; at most 1,000.
    pub fn list_objects(&self, bucket: &str, prefix: &str) -> Vec<String> {
        let path = format!("/{bucket}?list-type=2&prefix={prefix}");
        let listed = needed(bucket, self.rest("GET", "s3", &path, b""));
        let text = String::from_utf8(listed.body).expect("XML");
        assert!(!text.contains("<IsTruncated>true"), "more than one page of {bucket}");
        let keys = text.split("<Key>").skip(1).filter_map(|rest| rest.split("</Key>").next());
        keys.map(String::from).collect()
    }

    /// The objects under a prefix, in the order of their keys.
    pub fn objects(&self, bucket: &str, prefix: &str) -> Vec<Object> {
        let keys = self.list_objects(bucket, prefix);
        keys.into_iter().map(|key| Object { body: self.get_object(bucket, &key), key }).collect()
    }

    fn firehose(&self, operation: &str, body: &Value) -> Result<Value, ApiError> {
        self.call("firehose", "Firehose_20150804", operation, body)
    }

    /// Makes a delivery stream that puts what it gets under a prefix of a bucket; with `transform`, a function's ARN,
    /// what the function makes of it. Gives its ARN.
    pub fn create_delivery_stream(
        &self,
        name: &str,
        bucket: &str,
        prefix: &str,
        transform: Option<&str>,
    ) -> String {
        let mut destination = json!({
            "RoleARN": "arn:aws:iam::000000000000:role/firehose",
            "BucketARN": format!("arn:aws:s3:::{bucket}"),
            "Prefix": prefix,
            "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 60},
        });
        if let Some(arn) = transform {
            let parameter = json!({"ParameterName": "LambdaArn", "ParameterValue": arn});
            destination["ProcessingConfiguration"] =
                json!({"Enabled": true, "Processors": [{"Type": "Lambda", "Parameters": [parameter]}]});
        }
        let body = json!({
            "DeliveryStreamName": name,
            "DeliveryStreamType": "DirectPut",
            "ExtendedS3DestinationConfiguration": destination,
        });
        let made = needed(name, self.firehose("CreateDeliveryStream", &body));
        made["DeliveryStreamARN"].as_str().expect("an ARN").into()
    }

    /// Puts records in one call: for each the error code, `None` where it was accepted.
    pub fn put_to_firehose(&self, name: &str, records: &[&[u8]]) -> Result<Vec<Option<String>>, ApiError> {
        let records: Vec<Value> = records.iter().map(|data| json!({"Data": STANDARD.encode(data)})).collect();
        let body = json!({"DeliveryStreamName": name, "Records": records});
        let answer = self.firehose("PutRecordBatch", &body)?;
        let results = answer["RequestResponses"].as_array().cloned().unwrap_or_default();
        Ok(results.iter().map(|r| r["ErrorCode"].as_str().map(String::from)).collect())
    }
}

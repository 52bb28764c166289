//! What has to be protected is made in one module, whose own tests hold it: a second place would be without them.

use catchwater_tests::terraform::{repository, tracked};

/// Kinds of resources, and the one file that makes them.
const MADE_BY: [(&str, &str); 6] = [
    ("aws_lambda_event_source_mapping", "terraform/modules/function/main.tf"),
    ("aws_lambda_function", "terraform/modules/function/main.tf"),
    ("aws_kinesis_stream", "terraform/modules/stream/main.tf"),
    ("aws_s3_bucket", "terraform/modules/bucket/main.tf"),
    ("aws_sqs_queue", "terraform/modules/bucket_events/main.tf"),
    ("aws_sns_topic", "terraform/modules/alarms/main.tf"),
];

#[test]
fn mappings_functions_streams_buckets_queues_and_topics_are_each_made_in_one_file() {
    let files: Vec<String> = tracked("terraform").into_iter().filter(|file| file.ends_with(".tf")).collect();
    for (kind, file) in MADE_BY {
        let resource = format!("resource \"{kind}\" ");
        let makes = |path: &&String| {
            let text = std::fs::read_to_string(repository().join(path)).unwrap();
            text.contains(&resource)
        };
        let makers: Vec<&String> = files.iter().filter(makes).collect();
        assert_eq!(makers, [file], "{kind}");
    }
}

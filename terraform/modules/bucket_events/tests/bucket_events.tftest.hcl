mock_provider "aws" {
  source = "../../testing/aws"
}

variables {
  name        = "logs-uploads"
  buckets     = ["incoming"]
  stream      = { name = "logs-raw", arn = "arn:aws:kinesis:eu-central-1:111122223333:stream/logs-raw" }
  kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"
}

run "one_bucket_s_events_to_the_stream" {
  command = plan

  assert {
    condition = jsondecode(aws_cloudwatch_event_rule.this.event_pattern) == {
      source        = ["aws.s3"]
      "detail-type" = ["Object Created", "Object Deleted"]
      detail        = { bucket = { name = ["incoming"] } }
    }
    error_message = "the rule takes something else: ${aws_cloudwatch_event_rule.this.event_pattern}"
  }
  assert {
    condition     = aws_cloudwatch_event_target.this.arn == var.stream.arn && aws_cloudwatch_event_target.this.kinesis_target[0].partition_key_path == "$.detail.object.key"
    error_message = "events go elsewhere, or in no order"
  }
  assert {
    condition     = jsondecode(aws_iam_role_policy.this.policy).Statement[*].Resource == [["arn:aws:kinesis:eu-central-1:111122223333:stream/logs-raw"]]
    error_message = "the role writes something else: ${aws_iam_role_policy.this.policy}"
  }
  assert {
    condition = jsondecode(aws_iam_role.this.assume_role_policy).Statement[0].Condition == {
      StringEquals = { "aws:SourceAccount" = "111122223333" }
      ArnEquals    = { "aws:SourceArn" = "arn:aws:events:eu-central-1:111122223333:rule/logs-uploads" }
    }
    error_message = "another rule may take the role up: ${aws_iam_role.this.assume_role_policy}"
  }
  assert {
    condition     = aws_sqs_queue.this.kms_master_key_id == var.kms_key_arn
    error_message = "the queue is not encrypted with the key"
  }
}

run "reasons_and_prefixes" {
  command = plan

  variables {
    detail_types = ["Object Created"]
    reasons      = ["PutObject"]
    prefixes     = ["raw/", "l0/"]
  }

  assert {
    condition = jsondecode(aws_cloudwatch_event_rule.this.event_pattern).detail == {
      bucket = { name = ["incoming"] }
      object = { key = [{ prefix = "l0/" }, { prefix = "raw/" }] }
      reason = ["PutObject"]
    }
    error_message = "the rule takes something else: ${aws_cloudwatch_event_rule.this.event_pattern}"
  }
}

run "all_buckets_are_refused" {
  command         = plan
  expect_failures = [var.buckets]

  variables {
    buckets = []
  }
}

run "no_such_event" {
  command         = plan
  expect_failures = [var.detail_types]

  variables {
    detail_types = ["Object Made"]
  }
}

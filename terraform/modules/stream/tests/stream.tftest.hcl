mock_provider "aws" {
  source = "../../testing/aws"
}

variables {
  name        = "logs-raw"
  kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"
}

run "on_demand_and_encrypted_by_default" {
  command = plan

  assert {
    condition     = aws_kinesis_stream.this.stream_mode_details[0].stream_mode == "ON_DEMAND" && aws_kinesis_stream.this.shard_count == null
    error_message = "the stream is not on demand"
  }
  assert {
    condition     = aws_kinesis_stream.this.encryption_type == "KMS" && aws_kinesis_stream.this.kms_key_id == var.kms_key_arn
    error_message = "the stream is not encrypted with the key"
  }
  assert {
    condition     = aws_kinesis_stream.this.retention_period == 24 && aws_kinesis_stream.this.max_record_size_in_kib == 1024
    error_message = "retention or record size is another"
  }
}

run "provisioned" {
  command = plan

  variables {
    mode                = "PROVISIONED"
    shard_count         = 4
    retention_hours     = 8760
    max_record_kib      = 4096
    enhanced_monitoring = ["ALL"]
  }

  assert {
    condition     = aws_kinesis_stream.this.shard_count == 4 && aws_kinesis_stream.this.retention_period == 8760 && aws_kinesis_stream.this.max_record_size_in_kib == 4096
    error_message = "the stream is not as it was asked for"
  }
  assert {
    condition     = length(aws_kinesis_stream.this.shard_level_metrics) == 7
    error_message = "ALL is not all of the shards' metrics"
  }
}

run "shards_without_a_number" {
  command         = plan
  expect_failures = [aws_kinesis_stream.this]

  variables {
    mode = "PROVISIONED"
  }
}

run "a_number_of_shards_on_demand" {
  command         = plan
  expect_failures = [aws_kinesis_stream.this]

  variables {
    shard_count = 2
  }
}

run "too_short_and_too_small" {
  command         = plan
  expect_failures = [var.retention_hours, var.max_record_kib, var.mode, var.enhanced_monitoring, var.name, var.shard_count]

  variables {
    name                = "raw stream"
    mode                = "DEMAND"
    shard_count         = 0
    retention_hours     = 23
    max_record_kib      = 1023
    enhanced_monitoring = ["Everything"]
  }
}

run "too_long_and_larger_than_lambda_is_handed" {
  command         = plan
  expect_failures = [var.retention_hours, var.max_record_kib]

  variables {
    retention_hours = 8761
    max_record_kib  = 4097
  }
}

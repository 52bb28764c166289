resource "aws_kinesis_stream" "this" {
  name                   = var.name
  retention_period       = var.retention_hours
  max_record_size_in_kib = var.max_record_kib
  shard_count            = var.mode == "PROVISIONED" ? var.shard_count : null
  shard_level_metrics = contains(var.enhanced_monitoring, "ALL") ? [
    "IncomingBytes", "IncomingRecords", "OutgoingBytes", "OutgoingRecords", "WriteProvisionedThroughputExceeded",
    "ReadProvisionedThroughputExceeded", "IteratorAgeMilliseconds",
  ] : var.enhanced_monitoring
  encryption_type = "KMS"
  kms_key_id      = var.kms_key_arn
  tags            = var.tags

  # A reader by enhanced fan-out that something else registered does not hold `destroy` back.
  enforce_consumer_deletion = true

  stream_mode_details {
    stream_mode = var.mode
  }

  lifecycle {
    precondition {
      condition     = (var.mode == "PROVISIONED") == (var.shard_count != null)
      error_message = "A provisioned stream has a number of shards, one on demand has none: set `shard_count` with `mode = \"PROVISIONED\"`, and only then."
    }
  }
}

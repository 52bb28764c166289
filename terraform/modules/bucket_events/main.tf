# S3's events to the raw stream, by EventBridge: S3 itself sends to no stream. A bucket's events come here once its owner has switched
# EventBridge on for it.

data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

locals {
  account   = data.aws_caller_identity.this.account_id
  partition = data.aws_partition.this.partition
  place     = "${data.aws_region.this.region}:${local.account}"
  rule_arn  = "arn:${local.partition}:events:${local.place}:rule/${var.name}"

  pattern = {
    source        = ["aws.s3"]
    "detail-type" = sort(tolist(var.detail_types))
    detail = merge(
      { bucket = { name = sort(tolist(var.buckets)) } },
      length(var.prefixes) == 0 ? {} : { object = { key = [for prefix in sort(tolist(var.prefixes)) : { prefix = prefix }] } },
      length(var.reasons) == 0 ? {} : { reason = sort(tolist(var.reasons)) },
    )
  }
}

resource "aws_cloudwatch_event_rule" "this" {
  name          = var.name
  description   = "S3 events to ${var.stream.name}."
  event_pattern = jsonencode(local.pattern)
  tags          = var.tags
}

resource "aws_cloudwatch_event_target" "this" {
  rule      = aws_cloudwatch_event_rule.this.name
  target_id = "raw"
  arn       = var.stream.arn
  role_arn  = aws_iam_role.this.arn

  # One object's events stay in order.
  kinesis_target {
    partition_key_path = "$.detail.object.key"
  }

  retry_policy {
    maximum_event_age_in_seconds = 86400
    maximum_retry_attempts       = 185
  }

  dead_letter_config {
    arn = aws_sqs_queue.this.arn
  }

  depends_on = [aws_iam_role_policy.this, aws_iam_role_policy.key, aws_sqs_queue_policy.this]
}

resource "aws_iam_role" "this" {
  name        = "${var.name}-bucket-events"
  description = "EventBridge puts S3 events on ${var.stream.name} with it."
  tags        = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "events.amazonaws.com" }
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account }
        ArnEquals    = { "aws:SourceArn" = local.rule_arn }
      }
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  name = "send"
  role = aws_iam_role.this.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "PutEvents"
      Effect   = "Allow"
      Action   = ["kinesis:PutRecord", "kinesis:PutRecords"]
      Resource = ["arn:${local.partition}:kinesis:${local.place}:stream/${var.stream.name}"]
    }]
  })
}

# Apart from the other rights: a new key's ARN is known only once the key is made.
resource "aws_iam_role_policy" "key" {
  name = "key"
  role = aws_iam_role.this.id

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "UseKey", Effect = "Allow", Action = ["kms:GenerateDataKey"], Resource = [var.kms_key_arn] }]
  })
}

# What the stream did not take within a day.
resource "aws_sqs_queue" "this" {
  name                      = "${var.name}-not-put"
  message_retention_seconds = 1209600
  kms_master_key_id         = var.kms_key_arn
  tags                      = var.tags
}

resource "aws_sqs_queue_policy" "this" {
  queue_url = aws_sqs_queue.this.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "KeepWhatWasNotPut"
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = ["sqs:SendMessage"]
      Resource  = "arn:${local.partition}:sqs:${local.place}:${var.name}-not-put"
      Condition = { ArnEquals = { "aws:SourceArn" = local.rule_arn } }
    }]
  })
}

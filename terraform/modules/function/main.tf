# One Lambda function: its role, its log, and the mapping that brings it a stream's records.
# Policies name resources by the names that they will have, so that a plan shows each right in full before anything is made.

data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

locals {
  partition = data.aws_partition.this.partition
  place     = "${data.aws_region.this.region}:${data.aws_caller_identity.this.account_id}"
  log_group = "/aws/lambda/${var.name}"
  in_s3     = "arn:${local.partition}:s3:::"

  # A bucket that keeps no versions gives none.
  configuration = join("?versionId=", compact(["s3://${var.configuration.bucket}/${var.configuration.key}", aws_s3_object.configuration.version_id]))

  # Lambda takes no age over a week, whatever a stream keeps.
  record_age_seconds = var.mapping == null ? null : min(604800, floor(var.mapping.retention_hours * 3600 * 0.9))
}

resource "aws_cloudwatch_log_group" "this" {
  name              = local.log_group
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
  tags              = var.tags
}

# The function's variables name the version, so that all its instances read the same text and a change is a deployment.
resource "aws_s3_object" "configuration" {
  bucket       = var.configuration.bucket
  key          = var.configuration.key
  content      = var.configuration.text
  content_type = "application/toml"
  kms_key_id   = var.kms_key_arn
  # No tags: an object has ten at most, and a pipeline may have more.
}

resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_50:Traces need rights on every resource (xray:PutTraceSegments), and the functions tell their times as metrics
  #checkov:skip=CKV_AWS_116:A mapping's failures go to its own on-failure destination; nothing invokes the function asynchronously
  #checkov:skip=CKV_AWS_272:The zip is built from source where it is applied; there is no signer between
  function_name                  = var.name
  description                    = var.description
  role                           = aws_iam_role.this.arn
  filename                       = var.package
  source_code_hash               = try(filebase64sha256(var.package), null)
  handler                        = "bootstrap"
  runtime                        = "provided.al2023"
  architectures                  = [var.architecture]
  memory_size                    = var.memory_mib
  timeout                        = var.timeout_seconds
  reserved_concurrent_executions = var.reserved_concurrency
  kms_key_arn                    = var.kms_key_arn
  tags                           = var.tags

  environment {
    variables = merge(var.environment, {
      CATCHWATER_CONFIG             = local.configuration
      CATCHWATER_DEAD_LETTER_STREAM = var.dead_letters.delivery_stream
      CATCHWATER_DEAD_LETTER_BUCKET = var.dead_letters.bucket
      CATCHWATER_DEAD_LETTER_PREFIX = var.dead_letters.prefix
    }, { for name, arn in var.secrets : "CATCHWATER_SECRET_${name}" => arn })
  }

  logging_config {
    log_format            = "JSON"
    log_group             = aws_cloudwatch_log_group.this.name
    application_log_level = var.log_level
    system_log_level      = "INFO"
  }

  dynamic "vpc_config" {
    for_each = var.vpc[*]
    content {
      subnet_ids         = vpc_config.value.subnet_ids
      security_group_ids = vpc_config.value.security_group_ids
    }
  }

  lifecycle {
    precondition {
      condition     = fileexists(var.package)
      error_message = "There is no ${var.package}: run `make package` first, or set `package_directory` to where the zips lie."
    }
  }

  depends_on = [aws_iam_role_policy.this, aws_iam_role_policy.key, aws_iam_role_policy_attachment.vpc]
}

# A reader of its own: 2 MB/s of each shard, shared with nobody.
resource "aws_kinesis_stream_consumer" "this" {
  count      = try(var.mapping.enhanced_fan_out, false) ? 1 : 0
  name       = var.name
  stream_arn = var.mapping.stream_arn
  tags       = var.tags
}

resource "aws_lambda_event_source_mapping" "this" {
  count                              = var.mapping == null ? 0 : 1
  function_name                      = aws_lambda_function.this.arn
  event_source_arn                   = var.mapping.enhanced_fan_out ? aws_kinesis_stream_consumer.this[0].arn : var.mapping.stream_arn
  starting_position                  = "TRIM_HORIZON"
  batch_size                         = var.mapping.batch_size
  maximum_batching_window_in_seconds = var.mapping.batching_window_seconds
  parallelization_factor             = var.mapping.parallelization_factor
  tags                               = var.tags

  # What keeps every record until it is settled, or lays it down where it can be sent again.
  function_response_types        = ["ReportBatchItemFailures"]
  bisect_batch_on_function_error = true
  maximum_retry_attempts         = -1
  maximum_record_age_in_seconds  = local.record_age_seconds

  destination_config {
    on_failure {
      # S3 is the only destination that gets the records themselves.
      destination_arn = "${local.in_s3}${var.dead_letters.bucket}"
    }
  }

  metrics_config {
    metrics = ["EventCount"]
  }

  depends_on = [aws_iam_role_policy.this, aws_iam_role_policy.key]
}

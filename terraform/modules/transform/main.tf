# The transform: raw records in, event records out.

data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

locals {
  place = "${data.aws_region.this.region}:${data.aws_caller_identity.this.account_id}"
}

module "function" {
  source = "../function"

  name                 = var.name
  description          = "Makes events of the raw records of ${var.stream.name} and puts them on ${var.event_stream}."
  package              = var.package
  architecture         = var.architecture
  memory_mib           = var.memory_mib
  timeout_seconds      = var.timeout_seconds
  reserved_concurrency = var.reserved_concurrency
  log_level            = var.log_level
  log_retention_days   = var.log_retention_days
  kms_key_arn          = var.kms_key_arn
  configuration        = merge(var.configuration, { key = "transform.toml" })
  dead_letters         = var.dead_letters
  secrets              = var.secrets
  secrets_kms_key_arns = var.secrets_kms_key_arns
  vpc                  = var.vpc
  tags                 = var.tags

  environment = merge(var.environment, { CATCHWATER_EVENT_STREAM = var.event_stream })

  rights = {
    WriteEvents = {
      actions   = ["kinesis:PutRecords"]
      resources = ["arn:${data.aws_partition.this.partition}:kinesis:${local.place}:stream/${var.event_stream}"]
    }
  }

  mapping = merge(var.reading, {
    stream_name     = var.stream.name
    stream_arn      = var.stream.arn
    retention_hours = var.stream.retention_hours
  })
}

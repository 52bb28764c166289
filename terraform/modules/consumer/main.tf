# A consumer: event records in, one store out.

data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

locals {
  # OpenSearch takes what Elasticsearch takes: one section and one zip serve both.
  section = var.kind == "opensearch" ? "elasticsearch" : var.kind
  known   = jsondecode(file("${path.module}/settings.json"))[local.section]

  # How values look, by the kinds that `known` has.
  form = {
    text          = ""
    number        = "^[0-9]+$"
    "truth value" = "^(true|false)$"
    list          = "^\\[\\s*(\"([^\"\\\\]|\\\\.)*\"\\s*(,\\s*\"([^\"\\\\]|\\\\.)*\"\\s*)*)?\\]$"
  }

  needed = {
    elasticsearch = ["url"]
    influxdb      = ["url"]
    loki          = ["url"]
    timestream    = ["database", "table"]
    firehose      = ["delivery_stream"]
  }[local.section]

  signed   = var.domain_arn == null ? {} : { aws_region = split(":", var.domain_arn)[3] }
  settings = merge(local.signed, var.settings)

  # JSON's texts, numbers, truth values and lists are TOML's too. A text of digits is a text: a tenant `1`.
  configuration = join("\n", concat(
    ["[sink.${local.section}]"],
    [for key, value in local.settings : "${key} = ${local.known[key] == "text" ? jsonencode(value) : value}" if value != null],
    [""],
  ))
}

module "function" {
  source = "../function"

  name                 = var.name
  description          = "Brings the events of ${var.stream.name} to the sink ${var.sink} (${var.kind})."
  package              = var.package
  architecture         = var.architecture
  memory_mib           = var.memory_mib
  timeout_seconds      = var.timeout_seconds
  reserved_concurrency = var.reserved_concurrency
  log_level            = var.log_level
  environment          = var.environment
  log_retention_days   = var.log_retention_days
  kms_key_arn          = var.kms_key_arn
  configuration        = { bucket = var.configuration.bucket, key = "to-${var.sink}.toml", text = local.configuration }
  dead_letters         = var.dead_letters
  secrets              = var.secrets
  secrets_kms_key_arns = var.secrets_kms_key_arns
  vpc                  = var.vpc
  rights               = local.target
  tags                 = var.tags

  mapping = merge(var.reading, {
    stream_name     = var.stream.name
    stream_arn      = var.stream.arn
    retention_hours = var.stream.retention_hours
  })
}

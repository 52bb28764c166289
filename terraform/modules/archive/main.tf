# What S3 keeps (docs/archive.md): events as they lie on the event stream, raw records as they came, and dead letters.

data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

locals {
  partition             = data.aws_partition.this.partition
  place                 = "${data.aws_region.this.region}:${data.aws_caller_identity.this.account_id}"
  originals_kms_key_arn = coalesce(var.originals_kms_key_arn, var.kms_key_arn)

  # Firehose adds YYYY/MM/DD/HH/ behind a prefix without expressions.
  prefix = { events = "events", raw = "raw", dead_letters = "dead-letters" }

  # Each delivery stream: what it reads, where it writes, and what it writes with.
  deliveries = merge(
    {
      "dead-letters" = {
        source      = null
        bucket      = var.buckets.originals
        prefix      = local.prefix.dead_letters
        compression = "GZIP"
        extension   = null
      }
    },
    var.event_stream == null ? {} : {
      events = {
        source      = var.event_stream.name
        bucket      = var.buckets.archive
        prefix      = local.prefix.events
        compression = "UNCOMPRESSED"
        extension   = { zstd = ".zst", gzip = ".gz" }[var.packing]
      }
    },
    var.raw_stream == null ? {} : {
      raw = {
        source      = var.raw_stream.name
        bucket      = var.buckets.originals
        prefix      = local.prefix.raw
        compression = "GZIP"
        extension   = null
      }
    },
  )
  delivery_streams = { for delivery, _ in local.deliveries : delivery => "${var.name}-${delivery}" }
  log_groups       = [for _, name in local.delivery_streams : "/aws/kinesisfirehose/${name}"]
}

module "archive" {
  source = "../bucket"

  name              = var.buckets.archive
  kms_key_arn       = var.kms_key_arn
  access_log_bucket = var.access_log_bucket
  force_destroy     = var.force_destroy
  tags              = var.tags

  retention = {
    events          = { prefix = "${local.prefix.events}/", cold_days = var.retention.events_cold_days, delete_days = var.retention.events_days }
    not-delivered   = { prefix = "not-delivered/", delete_days = var.retention.dead_letters_days }
    athena-requests = { prefix = "athena/", delete_days = 30 }
  }
}

module "originals" {
  source = "../bucket"

  name              = var.buckets.originals
  kms_key_arn       = local.originals_kms_key_arn
  access_log_bucket = var.access_log_bucket
  force_destroy     = var.force_destroy
  tags              = var.tags

  retention = {
    raw           = { prefix = "${local.prefix.raw}/", delete_days = var.retention.raw_days }
    dead-letters  = { prefix = "${local.prefix.dead_letters}/", delete_days = var.retention.dead_letters_days }
    given-up      = { prefix = "aws/lambda/", delete_days = var.retention.dead_letters_days }
    not-delivered = { prefix = "not-delivered/", delete_days = var.retention.dead_letters_days }
  }
}

# The raw archive's function: the transform's zip, which makes a line of each record and its place.
module "wrap" {
  source = "../function"
  count  = var.raw_stream == null ? 0 : 1

  name               = "${var.name}-wrap"
  description        = "Makes a line of each raw record, for the raw archive."
  package            = var.wrap.package
  architecture       = var.wrap.architecture
  memory_mib         = var.wrap.memory_mib
  log_level          = var.wrap.log_level
  log_retention_days = var.log_retention_days
  kms_key_arn        = var.kms_key_arn
  environment        = merge(var.wrap.environment, { CATCHWATER_FIREHOSE = "wrap" })
  configuration      = { bucket = var.wrap.configuration, key = "wrap.toml", text = "# Raw records are kept as they came: nothing is set.\n" }
  tags               = var.tags

  dead_letters = {
    delivery_stream = aws_kinesis_firehose_delivery_stream.dead_letters.name
    bucket          = module.originals.name
    prefix          = local.prefix.dead_letters
    kms_key_arn     = local.originals_kms_key_arn
  }
}

# The pipeline, in the order that data passes it: log groups → raw stream → transform → event stream → sinks and archive.

data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

locals {
  account  = data.aws_caller_identity.this.account_id
  region   = data.aws_region.this.region
  packages = coalesce(var.package_directory, "${path.module}/../target/lambda")
  tags     = merge({ catchwater = var.name }, var.tags)

  # All of AWS shares the names of buckets.
  bucket = { for use in ["configuration", "archive", "originals"] : use => "${var.name}-${use}-${local.account}-${local.region}" }
}

module "raw" {
  source = "./modules/stream"

  name                = "${var.name}-raw"
  mode                = var.streams.raw.mode
  shard_count         = var.streams.raw.shard_count
  retention_hours     = var.streams.raw.retention_hours
  max_record_kib      = var.streams.raw.max_record_kib
  enhanced_monitoring = var.streams.raw.enhanced_monitoring
  kms_key_arn         = local.kms_key_arn
  tags                = local.tags
}

module "events" {
  source = "./modules/stream"

  name                = "${var.name}-events"
  mode                = var.streams.events.mode
  shard_count         = var.streams.events.shard_count
  retention_hours     = var.streams.events.retention_hours
  max_record_kib      = var.streams.events.max_record_kib
  enhanced_monitoring = var.streams.events.enhanced_monitoring
  kms_key_arn         = local.kms_key_arn
  tags                = local.tags
}

module "configuration" {
  source = "./modules/bucket"

  name                = local.bucket.configuration
  former_version_days = 365 # so that a year's changes can be taken back
  kms_key_arn         = local.kms_key_arn
  access_log_bucket   = var.access_log_bucket
  force_destroy       = var.force_destroy
  tags                = local.tags
}

module "archive" {
  source = "./modules/archive"

  name                  = var.name
  buckets               = { archive = local.bucket.archive, originals = local.bucket.originals }
  kms_key_arn           = local.kms_key_arn
  originals_kms_key_arn = local.originals_kms_key_arn
  event_stream          = var.archive.events ? module.events : null
  raw_stream            = var.archive.raw ? module.raw : null
  packing               = var.archive.packing
  buffering             = { mib = var.archive.buffer_mib, seconds = var.archive.buffer_seconds }
  tables                = var.archive.tables
  first_day             = var.archive.first_day
  log_retention_days    = var.log_retention_days
  access_log_bucket     = var.access_log_bucket
  force_destroy         = var.force_destroy
  tags                  = local.tags

  retention = {
    events_cold_days  = var.archive.events_cold_days
    events_days       = var.archive.events_days
    raw_days          = var.archive.raw_days
    dead_letters_days = var.archive.dead_letters_days
  }

  wrap = {
    package       = "${local.packages}/transform/bootstrap.zip"
    architecture  = var.architecture
    log_level     = var.log_level
    environment   = var.environment
    configuration = module.configuration.name
  }
}

module "transform" {
  source = "./modules/transform"

  name                 = "${var.name}-transform"
  package              = "${local.packages}/transform/bootstrap.zip"
  architecture         = var.architecture
  memory_mib           = var.transform.memory_mib
  timeout_seconds      = var.transform.timeout_seconds
  reserved_concurrency = var.transform.reserved_concurrency
  log_level            = var.log_level
  environment          = var.environment
  log_retention_days   = var.log_retention_days
  kms_key_arn          = local.kms_key_arn
  stream               = module.raw
  event_stream         = module.events.name
  configuration        = { bucket = module.configuration.name, text = local.transform_configuration }
  dead_letters         = local.dead_letters
  secrets              = var.transform.secrets
  secrets_kms_key_arns = var.transform.secrets_kms_key_arns
  tags                 = local.tags

  reading = {
    enhanced_fan_out        = var.transform.enhanced_fan_out
    batch_size              = var.transform.batch_size
    batching_window_seconds = var.transform.batching_window_seconds
    parallelization_factor  = var.transform.parallelization_factor
  }
}

module "stores" {
  source = "./modules/stores"

  name               = var.name
  opensearch         = var.stores.opensearch
  influxdb           = var.stores.influxdb
  influxdb_password  = var.influxdb_password
  timestream         = var.stores.timestream
  kms_key_arn        = local.kms_key_arn
  log_retention_days = var.log_retention_days
  tags               = local.tags
}

module "consumer" {
  source   = "./modules/consumer"
  for_each = var.sinks

  name                 = "${var.name}-to-${each.key}"
  sink                 = each.key
  kind                 = local.kind[each.key]
  settings             = local.settings[each.key]
  domain_arn           = local.domain_arn[each.key]
  package              = "${local.packages}/to-${local.section[each.key]}/bootstrap.zip"
  architecture         = var.architecture
  memory_mib           = each.value.memory_mib
  timeout_seconds      = each.value.timeout_seconds
  reserved_concurrency = each.value.reserved_concurrency
  log_level            = var.log_level
  environment          = var.environment
  log_retention_days   = var.log_retention_days
  kms_key_arn          = local.kms_key_arn
  stream               = module.events
  configuration        = { bucket = module.configuration.name }
  dead_letters         = local.dead_letters
  secrets              = each.value.secrets
  secrets_kms_key_arns = each.value.secrets_kms_key_arns
  vpc                  = var.vpc
  tags                 = local.tags

  reading = {
    enhanced_fan_out        = local.enhanced_fan_out[each.key]
    batch_size              = each.value.batch_size
    batching_window_seconds = each.value.batching_window_seconds
    parallelization_factor  = each.value.parallelization_factor
  }
}

module "subscription" {
  source = "./modules/subscription"

  name               = var.name
  stream             = module.raw
  kms_key_arn        = local.kms_key_arn
  log_groups         = var.subscriptions.log_groups
  prefixes           = var.subscriptions.prefixes
  tags_of_log_groups = var.subscriptions.tags
  exclude            = var.subscriptions.exclude
  own_log_groups     = local.own_log_groups
  filter_patterns    = var.subscriptions.filter_patterns
  other_filters      = var.subscriptions.other_filters
  distribution       = var.subscriptions.distribution
  account_policy     = var.subscriptions.account_policy
  senders            = var.subscriptions.senders
  tags               = local.tags
}

module "bucket_events" {
  source   = "./modules/bucket_events"
  for_each = var.bucket_events

  name         = "${var.name}-${each.key}"
  buckets      = each.value.buckets
  detail_types = each.value.detail_types
  reasons      = each.value.reasons
  prefixes     = each.value.prefixes
  stream       = module.raw
  kms_key_arn  = local.kms_key_arn
  tags         = local.tags
}

module "alarms" {
  source = "./modules/alarms"
  count  = var.alarms.enabled ? 1 : 0

  name             = var.name
  functions        = local.watched_functions
  streams          = local.watched_streams
  delivery_streams = module.archive.delivery_streams
  filters          = module.subscription.filters
  log_groups       = module.subscription.log_groups
  account_policy   = var.subscriptions.account_policy != null
  queues           = { for name, events in module.bucket_events : name => events.queue.name }
  emails           = var.alarms.emails
  topic_arn        = var.alarms.topic_arn
  kms_key_arn      = local.kms_key_arn
  tags             = local.tags

  thresholds = {
    behind_seconds      = var.alarms.behind_seconds
    dead_letter_percent = var.alarms.dead_letter_percent
    unparsed_percent    = var.alarms.unparsed_percent
    missing_percent     = var.alarms.missing_percent
    no_data_minutes     = var.alarms.no_data_minutes
    firehose_minutes    = var.alarms.firehose_minutes
  }
}

module "dashboard" {
  source = "./modules/dashboards"
  count  = var.dashboard ? 1 : 0

  name             = var.name
  functions        = local.watched_functions
  streams          = local.watched_streams
  delivery_streams = module.archive.delivery_streams
  filters          = module.subscription.filters
  log_groups       = module.subscription.log_groups
}

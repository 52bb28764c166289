# Every setting once, with the reason for which one would set it. A pipeline of your own needs few of them: begin with `minimal`.

provider "aws" {
  region = var.region
}

module "catchwater" {
  source = "../.."

  name              = var.name
  package_directory = var.package_directory
  architecture      = var.architecture
  force_destroy     = var.force_destroy

  kms_key_arn           = var.kms_key_arn
  originals_kms_key_arn = var.originals_kms_key_arn
  access_log_bucket     = var.access_log_bucket
  log_level             = "INFO"
  log_retention_days    = 400
  vpc                   = var.vpc
  tags                  = { owner = "archive" }

  streams = {
    # Known load: shards that are paid by the hour. A weekend's outage of the transform loses nothing.
    raw = { mode = "PROVISIONED", shard_count = 4, retention_hours = 96, enhanced_monitoring = ["IncomingBytes"] }
    # A week in which a store may be down.
    events = { retention_hours = 168 }
  }

  subscriptions = {
    log_groups      = ["/aws/lambda/sorter"]
    prefixes        = ["/ecs/"]
    tags            = {}
    exclude         = ["/ecs/noise"]
    filter_patterns = { all = "" }
    # Another tool reads this one already.
    other_filters = { "/aws/lambda/sorter" = 1 }
    distribution  = "Random"
    senders       = { accounts = var.senders }
  }

  bucket_events = { uploads = { buckets = ["incoming"], detail_types = ["Object Created"], prefixes = ["level-0/"] } }

  routes = [
    { log_group = "/aws/lambda/sorter", format = "sdc", service = "sorter" },
    { log_group = "/ecs/portal*", format = "nginx_access", service = "portal", settings = { timezone = "+01:00", original = true } },
    { log_group = "*healthcheck*", drop = "healthcheck" },
  ]

  configuration = <<-TOML
    [[operation]]
    template = "/books/{title}/pages/{page}"
  TOML

  transform = { memory_mib = 2048, parallelization_factor = 2, reserved_concurrency = 20, batching_window_seconds = 2 }

  stores = {
    opensearch = { instance_count = 3, dedicated_master_type = "m7g.medium.search", subnet_ids = var.vpc.subnet_ids, security_group_ids = var.vpc.security_group_ids }
    influxdb   = { subnet_ids = var.vpc.subnet_ids, security_group_ids = var.vpc.security_group_ids }
    timestream = { memory_hours = 48, magnetic_days = 730 }
  }
  influxdb_password = var.influxdb_password

  sinks = {
    # Endpoint and rights are those of the domain made here.
    opensearch = { settings = { retention_days = 365, shards = 3 }, memory_mib = 1024, parallelization_factor = 2 }
    influxdb   = { settings = { token_env = "INFLUXDB_TOKEN" }, secrets = { INFLUXDB_TOKEN = var.influxdb_token_arn } }
    timestream = { settings = { kinds = jsonencode(["file_move", "preservation"]) } }
    # A server of one's own, that must not be asked by more than two functions at a time.
    elasticsearch = {
      url                  = "https://elasticsearch.example.org"
      settings             = { user = "catchwater", password_env = "ES_PASSWORD" }
      secrets              = { ES_PASSWORD = var.password_arn }
      secrets_kms_key_arns = var.secrets_kms_key_arns
      reserved_concurrency = 2
    }
    loki = { url = "https://loki.example.org", settings = { tenant = "archive", retention_days = 30 }, enhanced_fan_out = false }
    # The same events in another account's bucket.
    elsewhere = { kind = "firehose", settings = { delivery_stream = "archive-elsewhere" } }
  }

  archive = {
    raw               = true
    raw_days          = 30
    events_cold_days  = 90
    events_days       = 3650
    dead_letters_days = 60
    buffer_mib        = 128
    buffer_seconds    = 600
    first_day         = "2026/11/01"
  }

  alarms    = { emails = var.emails, behind_seconds = 600, no_data_minutes = 120, unparsed_percent = 2 }
  dashboard = true
}

# What goes through the pipeline: streams, transform, sinks.

variable "streams" {
  description = "The `raw` and the `events` stream: `mode` (ON_DEMAND, or PROVISIONED with `shard_count`), hours for which records are kept (24 to 8,760), most KiB of a record (1,024 to 4,096), metrics of each shard."
  type = object({
    raw = optional(object({
      mode                = optional(string, "ON_DEMAND")
      shard_count         = optional(number)
      retention_hours     = optional(number, 24)
      max_record_kib      = optional(number, 1024)
      enhanced_monitoring = optional(set(string), [])
    }), {})
    events = optional(object({
      mode                = optional(string, "ON_DEMAND")
      shard_count         = optional(number)
      retention_hours     = optional(number, 24)
      max_record_kib      = optional(number, 1024)
      enhanced_monitoring = optional(set(string), [])
    }), {})
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for stream in [var.streams.raw, var.streams.events] : stream.retention_hours >= 24 && stream.retention_hours <= 8760])
    error_message = "Kinesis keeps records for 24 to 8,760 hours: set `retention_hours` so."
  }

  validation {
    condition     = alltrue([for stream in [var.streams.raw, var.streams.events] : stream.max_record_kib >= 1024 && stream.max_record_kib <= 4096])
    error_message = "Set `max_record_kib` to 1,024 to 4,096: Kinesis takes up to 10,240, but Lambda is handed 6 MB at a time, base64 and all, so a larger record would never pass."
  }

  validation {
    condition     = alltrue([for stream in [var.streams.raw, var.streams.events] : (stream.mode == "PROVISIONED") == (stream.shard_count != null)])
    error_message = "A provisioned stream has a number of shards, one on demand has none: set `shard_count` with `mode = \"PROVISIONED\"`, and only then."
  }
}

variable "routes" {
  description = "Which log events get which format and service, the first that matches counts; `*` in patterns stands for any text. Without `format` each line is looked at. Other keys of a route stand in `settings`, as in `{ timezone = \"+02:00\" }`; a value that is JSON stands as it is."
  type = list(object({
    log_group  = optional(string)
    log_stream = optional(string)
    account    = optional(string)
    format     = optional(string)
    service    = optional(string)
    drop       = optional(string)
    settings   = optional(map(string), {})
  }))
  default = []

  validation {
    condition     = alltrue([for route in var.routes : length(compact([route.log_group, route.log_stream, route.account])) >= 1])
    error_message = "A route says what it is for: set `log_group`, `log_stream` or `account`, with `*` for any text."
  }
}

variable "configuration" {
  description = "The rest of the transform's configuration (TOML): privacy, redaction, operations, formats of your own, as in docs/operations.md; `file(\"catchwater.toml\")` takes that of `catchwater up`. Sections of sinks in it are passed over."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = length(var.routes) == 0 || !can(regex("(?m)^\\s*[a-z_]+\\s*=", split("[", "${var.configuration}[")[0]))
    error_message = "Routes stand before the configuration's text, so that it may begin with a section only: put the keys at its top into their section."
  }
}

variable "transform" {
  description = "The transform's function: memory (MiB), time for an invocation (seconds), reserved concurrency (-1: none), how the raw stream is read, secrets by the name that the configuration has for them (`key_env`), and the keys of these secrets."
  type = object({
    memory_mib              = optional(number, 1024)
    timeout_seconds         = optional(number, 120)
    reserved_concurrency    = optional(number, -1)
    enhanced_fan_out        = optional(bool, false)
    batch_size              = optional(number, 500)
    batching_window_seconds = optional(number, 1)
    parallelization_factor  = optional(number, 1)
    secrets                 = optional(map(string), {})
    secrets_kms_key_arns    = optional(list(string), [])
  })
  default  = {}
  nullable = false
}

variable "sinks" {
  description = "The stores that events go to, a function each. `kind` is elasticsearch, opensearch, influxdb, timestream, loki or firehose (the name, where it is one of these); `url` its endpoint; `domain_arn` the Amazon OpenSearch Service domain behind it, for signed requests; `settings` the keys of its section (consumers/KIND/README.md), a list as JSON; `secrets` ARNs by the name that `password_env` and the like give. Without `url`, or database and table, the store that `stores` makes is taken. `enhanced_fan_out` is by default on beyond the stream's second reader, Firehose counted, sinks in the order of their names."
  type = map(object({
    kind                    = optional(string)
    url                     = optional(string)
    domain_arn              = optional(string)
    settings                = optional(map(string), {})
    secrets                 = optional(map(string), {})
    secrets_kms_key_arns    = optional(list(string), [])
    enhanced_fan_out        = optional(bool)
    memory_mib              = optional(number, 512)
    timeout_seconds         = optional(number, 120)
    reserved_concurrency    = optional(number, -1)
    batch_size              = optional(number, 500)
    batching_window_seconds = optional(number, 5)
    parallelization_factor  = optional(number, 1)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name, _ in var.sinks : can(regex("^[a-z][a-z0-9-]{0,29}$", name))])
    error_message = "A function is named after the sink: take 1 to 30 small letters, digits and hyphens, a letter first."
  }

  validation {
    condition = alltrue([
      for name, sink in var.sinks :
      contains(["elasticsearch", "opensearch", "influxdb", "timestream", "loki", "firehose"], coalesce(sink.kind, name))
    ])
    error_message = "A sink's kind is elasticsearch, opensearch, influxdb, timestream, loki or firehose: set `kind`, or name the sink so."
  }

  validation {
    condition = alltrue([
      for name, sink in var.sinks : sink.url != null || contains(keys(sink.settings), "url")
      || contains(["timestream", "firehose"], coalesce(sink.kind, name))
      || coalesce(sink.kind, name) == "opensearch" && var.stores.opensearch != null
      || coalesce(sink.kind, name) == "influxdb" && var.stores.influxdb != null
    ])
    error_message = "A sink has no `url`: give the store's endpoint, or let one be made, as `stores = { opensearch = {} }`."
  }

  validation {
    condition = alltrue([
      for name, sink in var.sinks : coalesce(sink.kind, name) != "timestream" || var.stores.timestream != null
      || contains(keys(sink.settings), "database") && contains(keys(sink.settings), "table")
    ])
    error_message = "A Timestream sink needs a table: set `settings = { database = …, table = … }`, or let them be made, as `stores = { timestream = {} }`."
  }

  validation {
    condition = alltrue([
      for name, sink in var.sinks : coalesce(sink.kind, name) != "firehose" || contains(keys(sink.settings), "delivery_stream")
    ])
    error_message = "A Firehose sink needs the delivery stream that it writes to: set `settings = { delivery_stream = … }`. For the archive none is needed: `archive` makes it without code of ours."
  }
}

variable "stores" {
  description = "Stores that are made here, for those who have none yet: an OpenSearch domain, a Timestream for InfluxDB instance, a table of Timestream for LiveAnalytics (where AWS still gives you one). Settings are those of modules/stores."
  type = object({
    opensearch = optional(object({
      engine_version        = optional(string, "OpenSearch_3.1")
      instance_type         = optional(string, "m7g.medium.search")
      instance_count        = optional(number, 2)
      dedicated_master_type = optional(string)
      volume_gib            = optional(number, 100)
      subnet_ids            = optional(list(string), [])
      security_group_ids    = optional(list(string), [])
    }))
    influxdb = optional(object({
      instance_type      = optional(string, "db.influx.medium")
      storage_gib        = optional(number, 100)
      multi_az           = optional(bool, false)
      organization       = optional(string, "catchwater")
      bucket             = optional(string, "catchwater")
      username           = optional(string, "admin")
      subnet_ids         = list(string)
      security_group_ids = list(string)
    }))
    timestream = optional(object({
      database      = optional(string, "catchwater")
      table         = optional(string, "events")
      memory_hours  = optional(number, 24)
      magnetic_days = optional(number, 365)
      late_events   = optional(bool, false)
    }))
  })
  default  = {}
  nullable = false
}

variable "influxdb_password" {
  description = "First password of the InfluxDB instance that `stores` makes, 8 to 64 letters and digits."
  type        = string
  default     = null
  sensitive   = true
}

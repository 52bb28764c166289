variable "name" {
  description = "Name of the pipeline; stores are named after it."
  type        = string
}

variable "opensearch" {
  description = "An Amazon OpenSearch Service domain; `null` makes none. Without subnets it has a public endpoint that takes signed requests of this account only."
  type = object({
    engine_version        = optional(string, "OpenSearch_3.1")
    instance_type         = optional(string, "m7g.medium.search")
    instance_count        = optional(number, 2)
    dedicated_master_type = optional(string)
    volume_gib            = optional(number, 100)
    subnet_ids            = optional(list(string), [])
    security_group_ids    = optional(list(string), [])
  })
  default = null

  validation {
    condition     = var.opensearch == null ? true : var.opensearch.instance_count >= 1 && var.opensearch.volume_gib >= 10
    error_message = "A domain has one instance or more, of 10 GiB or more: set `instance_count` and `volume_gib` so."
  }

  validation {
    condition     = var.opensearch == null ? true : length(var.opensearch.subnet_ids) == 0 || length(var.opensearch.security_group_ids) > 0
    error_message = "A domain in a VPC is reached through security groups: set `security_group_ids` too."
  }
}

variable "influxdb" {
  description = "A Timestream for InfluxDB instance; `null` makes none. It lies in a VPC, and so must the function that writes to it."
  type = object({
    instance_type      = optional(string, "db.influx.medium")
    storage_gib        = optional(number, 100)
    multi_az           = optional(bool, false)
    organization       = optional(string, "catchwater")
    bucket             = optional(string, "catchwater")
    username           = optional(string, "admin")
    subnet_ids         = list(string)
    security_group_ids = list(string)
  })
  default = null

  validation {
    condition     = var.influxdb == null ? true : length(var.influxdb.subnet_ids) >= 1 && length(var.influxdb.security_group_ids) >= 1
    error_message = "A Timestream for InfluxDB instance lies in a VPC: set `subnet_ids` and `security_group_ids`."
  }
}

variable "influxdb_password" {
  description = "First password of the InfluxDB instance's user, 8 to 64 letters and digits. It stands in Terraform's state, so change it there once the instance is made; the functions write with a token of their own."
  type        = string
  default     = null
  sensitive   = true

  validation {
    condition     = var.influxdb == null || can(regex("^[a-zA-Z0-9]{8,64}$", var.influxdb_password))
    error_message = "The InfluxDB instance needs a first password of 8 to 64 letters and digits: set `influxdb_password`, by TF_VAR_influxdb_password for instance."
  }
}

variable "timestream" {
  description = "A database and table of Timestream for LiveAnalytics; `null` makes none. AWS takes no new customers for it since 2025-06-20."
  type = object({
    database      = optional(string, "catchwater")
    table         = optional(string, "events")
    memory_hours  = optional(number, 24)
    magnetic_days = optional(number, 365)
    late_events   = optional(bool, false)
  })
  default = null

  validation {
    condition     = var.timestream == null ? true : var.timestream.memory_hours >= 1 && var.timestream.memory_hours <= 8766 && var.timestream.magnetic_days >= 1 && var.timestream.magnetic_days <= 73000
    error_message = "Timestream keeps records 1 to 8,766 hours in memory and 1 to 73,000 days on disk: set `memory_hours` and `magnetic_days` so."
  }
}

variable "kms_key_arn" {
  description = "ARN of the key that the stores are encrypted with."
  type        = string
}

variable "log_retention_days" {
  description = "Days for which CloudWatch keeps the domain's own logs."
  type        = number
  default     = 365
}

variable "tags" {
  description = "Tags of all resources."
  type        = map(string)
  default     = {}
}

variable "name" {
  description = "Name of the pipeline; the delivery streams, roles and tables are named after it."
  type        = string
}

variable "buckets" {
  description = "Names of the buckets: of the `archive`, which holds events, and of the `originals`, which holds what came as it came: the raw archive, dead letters and what could not be delivered."
  type = object({
    archive   = string
    originals = string
  })
}

variable "kms_key_arn" {
  description = "ARN of the key for the archive, the delivery streams and the logs."
  type        = string
}

variable "originals_kms_key_arn" {
  description = "ARN of the key for the originals, which hold secrets and all; `null` takes `kms_key_arn`."
  type        = string
  default     = null
}

variable "event_stream" {
  description = "Name and ARN of the event stream, which Firehose reads without code of ours; `null` keeps no events."
  type = object({
    name = string
    arn  = string
  })
  default = null
}

variable "raw_stream" {
  description = "Name and ARN of the raw stream, whose records are wrapped and kept as they came; `null` keeps none."
  type = object({
    name = string
    arn  = string
  })
  default = null
}

variable "packing" {
  description = "How the pipeline packs event records, `zstd` or `gzip` (`[pipeline] packing` of the configuration): Athena knows the objects' packing by their ending."
  type        = string
  default     = "zstd"

  validation {
    condition     = contains(["zstd", "gzip"], var.packing)
    error_message = "Event records are packed by zstd or gzip: set `packing` to what the configuration says under [pipeline]."
  }
}

variable "buffering" {
  description = "How much (MiB, 1 to 128) and how long (seconds, 0 to 900) Firehose gathers before it writes an object."
  type = object({
    mib     = optional(number, 64)
    seconds = optional(number, 300)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.buffering.mib >= 1 && var.buffering.mib <= 128 && var.buffering.seconds >= 0 && var.buffering.seconds <= 900
    error_message = "Firehose gathers 1 to 128 MiB and 0 to 900 seconds: set `mib` and `seconds` so."
  }
}

variable "retention" {
  description = "Days until events move to a colder storage class; and until events, raw records, and dead letters with all that failed are deleted. Without days, never."
  type = object({
    events_cold_days  = optional(number)
    events_days       = optional(number)
    raw_days          = optional(number, 30)
    dead_letters_days = optional(number, 90)
  })
  default  = {}
  nullable = false
}

variable "wrap" {
  description = "The function that wraps raw records: its zip (the transform's), processor, memory (MiB), log level, environment variables besides its own, and the bucket of its configuration. Needed with `raw_stream`."
  type = object({
    package       = string
    architecture  = optional(string, "arm64")
    memory_mib    = optional(number, 512)
    log_level     = optional(string, "INFO")
    environment   = optional(map(string), {})
    configuration = string
  })
  default = null

  validation {
    condition     = var.raw_stream == null || var.wrap != null
    error_message = "Raw records are kept by the transform's function in its mode `wrap`: give its zip and the bucket of configurations as `wrap`."
  }
}

variable "log_retention_days" {
  description = "Days for which CloudWatch keeps the logs of deliveries and of the function."
  type        = number
  default     = 365
}

variable "tables" {
  description = "Are a Glue database and its tables made, for Athena?"
  type        = bool
  default     = true
}

variable "first_day" {
  description = "First day that the archive holds, YYYY/MM/DD: Athena looks for no folder before it."
  type        = string
  default     = "2026/01/01"

  validation {
    condition     = can(regex("^20[0-9]{2}/(0[1-9]|1[0-2])/(0[1-9]|[12][0-9]|3[01])$", var.first_day))
    error_message = "Give the day as the archive's folders have it, such as 2026/11/29."
  }
}

variable "access_log_bucket" {
  description = "Name of a bucket for S3's access logs; `null` for none."
  type        = string
  default     = null
}

variable "force_destroy" {
  description = "Does `terraform destroy` delete the buckets with what lies in them?"
  type        = bool
  default     = false
}

variable "tags" {
  description = "Tags of all resources."
  type        = map(string)
  default     = {}
}

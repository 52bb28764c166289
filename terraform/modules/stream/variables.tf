variable "name" {
  description = "Name of the stream."
  type        = string

  validation {
    condition     = can(regex("^[a-zA-Z0-9_.-]{1,128}$", var.name))
    error_message = "A stream's name has letters, digits, `_`, `.` and `-`, at most 128."
  }
}

variable "mode" {
  description = "`ON_DEMAND`, which grows by itself, or `PROVISIONED`, of `shard_count` shards."
  type        = string
  default     = "ON_DEMAND"

  validation {
    condition     = contains(["ON_DEMAND", "PROVISIONED"], var.mode)
    error_message = "A stream is ON_DEMAND or PROVISIONED: set `mode` to one of them."
  }
}

variable "shard_count" {
  description = "Shards of a provisioned stream: 1 MB/s or 1,000 records/s in, 2 MB/s out each."
  type        = number
  default     = null

  validation {
    condition     = var.shard_count == null ? true : var.shard_count >= 1 && floor(var.shard_count) == var.shard_count
    error_message = "A stream has one shard or more: set `shard_count` to a whole number from 1."
  }
}

variable "retention_hours" {
  description = "Hours for which the stream keeps records, 24 to 8,760: within them a function may fail and nothing is lost."
  type        = number
  default     = 24

  validation {
    condition     = var.retention_hours >= 24 && var.retention_hours <= 8760
    error_message = "Kinesis keeps records for 24 to 8,760 hours: set `retention_hours` so."
  }
}

variable "max_record_kib" {
  description = "Most KiB of a record, 1,024 to 4,096."
  type        = number
  default     = 1024

  validation {
    condition     = var.max_record_kib >= 1024 && var.max_record_kib <= 4096
    error_message = "Set `max_record_kib` to 1,024 to 4,096: Kinesis takes up to 10,240, but Lambda is handed 6 MB at a time, base64 and all, so a larger record would never pass."
  }
}

variable "enhanced_monitoring" {
  description = "Metrics of each shard beside those of the stream, such as `IncomingBytes` or `IteratorAgeMilliseconds`; `[\"ALL\"]` for all."
  type        = set(string)
  default     = []

  validation {
    condition = length(setsubtract(var.enhanced_monitoring, [
      "ALL", "IncomingBytes", "IncomingRecords", "OutgoingBytes", "OutgoingRecords", "WriteProvisionedThroughputExceeded",
      "ReadProvisionedThroughputExceeded", "IteratorAgeMilliseconds",
    ])) == 0
    error_message = "Kinesis's metrics of shards are IncomingBytes, IncomingRecords, OutgoingBytes, OutgoingRecords, WriteProvisionedThroughputExceeded, ReadProvisionedThroughputExceeded, IteratorAgeMilliseconds, or ALL: take of these."
  }
}

variable "kms_key_arn" {
  description = "ARN of the key that records are encrypted with."
  type        = string
}

variable "tags" {
  description = "Tags of the stream."
  type        = map(string)
  default     = {}
}

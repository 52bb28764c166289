variable "name" {
  description = "Name of the function, its role and its log group (`/aws/lambda/NAME`)."
  type        = string

  validation {
    condition     = can(regex("^[a-zA-Z][a-zA-Z0-9-]{0,63}$", var.name))
    error_message = "A function's name has letters, digits and hyphens, at most 64: choose a shorter `name` for the pipeline or the sink."
  }
}

variable "sink" {
  description = "What the sink is called, for people and in the configuration's key."
  type        = string
}

variable "kind" {
  description = "The store: `elasticsearch`, `opensearch`, `influxdb`, `timestream`, `loki` or `firehose`."
  type        = string

  validation {
    condition     = contains(["elasticsearch", "opensearch", "influxdb", "timestream", "loki", "firehose"], var.kind)
    error_message = "There is no sink `${var.kind}`: set `kind` to elasticsearch, opensearch, influxdb, timestream, loki or firehose."
  }
}

variable "settings" {
  description = "Keys and values of the sink's section, as its page lists them (consumers/KIND/README.md). A list is given as JSON, `\"[\\\"sdc\\\"]\"`."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for key, _ in var.settings : contains(keys(local.known), key)])
    error_message = "The sink `${var.kind}` has the settings ${join(", ", keys(local.known))}; there is no ${join(", ", setsubtract(keys(var.settings), keys(local.known)))}."
  }

  validation {
    condition     = alltrue([for key in local.needed : contains(keys(var.settings), key)])
    error_message = "The sink `${var.kind}` needs ${join(" and ", local.needed)} among its settings."
  }

  validation {
    condition     = alltrue([for key, value in var.settings : value == null || can(regex(local.form[lookup(local.known, key, "text")], value))])
    error_message = "A setting is not of its kind: ${join(", ", [for key, value in var.settings : "`${key}` takes a ${lookup(local.known, key, "text")}, not `${value}`" if value != null && !can(regex(local.form[lookup(local.known, key, "text")], value))])}. A number is whole, a truth value is true or false, a list is JSON of texts, such as [\"sdc\"]."
  }
}

variable "domain_arn" {
  description = "ARN of the Amazon OpenSearch Service domain behind the URL, for which requests are signed with the function's role; `null` for a server that knows the function by a secret or not at all."
  type        = string
  default     = null

  validation {
    condition     = var.domain_arn == null ? true : contains(["elasticsearch", "opensearch"], var.kind) && can(regex("^arn:[^:]+:es:[^:]+:[0-9]{12}:domain/[a-z0-9-]+$", var.domain_arn))
    error_message = "Only `opensearch` and `elasticsearch` have a domain, arn:aws:es:REGION:ACCOUNT:domain/NAME: give that ARN, without a path, or none."
  }
}

variable "package" {
  description = "Path of the function's zip, as `make package` makes it: `target/lambda/FUNCTION/bootstrap.zip`."
  type        = string
}

variable "architecture" {
  description = "Processor that the zip is built for: `arm64` or `x86_64`."
  type        = string
  default     = "arm64"

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "Lambda has `arm64` and `x86_64`: set `architecture` to the one that `make package` built for."
  }
}

variable "memory_mib" {
  description = "Memory of the function, MiB; processor time grows with it."
  type        = number
  default     = 512

  validation {
    condition     = var.memory_mib >= 128 && var.memory_mib <= 10240
    error_message = "Lambda takes 128 to 10,240 MiB: set `memory_mib` so."
  }
}

variable "timeout_seconds" {
  description = "Time for one invocation, seconds. What is not settled by then comes again."
  type        = number
  default     = 120

  validation {
    condition     = var.timeout_seconds >= 10 && var.timeout_seconds <= 900
    error_message = "Lambda takes at most 900 seconds, and under 10 no outage of a store is outlasted: set `timeout_seconds` to 10 to 900."
  }
}

variable "reserved_concurrency" {
  description = "Instances reserved for this function, which it cannot go beyond either; -1 reserves none."
  type        = number
  default     = -1

  validation {
    condition     = var.reserved_concurrency == -1 || var.reserved_concurrency >= 1
    error_message = "With 0 the function never runs: set `reserved_concurrency` to 1 or more, or to -1 for no reservation."
  }
}

variable "log_level" {
  description = "Level of the function's log: `INFO`, `DEBUG` or `TRACE`."
  type        = string
  default     = "INFO"

  validation {
    condition     = contains(["INFO", "DEBUG", "TRACE"], var.log_level)
    error_message = "Set `log_level` to INFO, DEBUG or TRACE: above INFO Lambda drops the metrics with the log, and no alarm would ring."
  }
}

variable "log_retention_days" {
  description = "Days for which CloudWatch keeps the function's log."
  type        = number
  default     = 365

  validation {
    condition = contains(
      [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days
    )
    error_message = "CloudWatch Logs keeps 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827 … 3653 days: take one of these."
  }
}

variable "kms_key_arn" {
  description = "ARN of the key for the log, the variables, and what the function reads and writes."
  type        = string
}

variable "stream" {
  description = "The event stream, which is read: its name, its ARN, and the hours for which it keeps records."
  type = object({
    name            = string
    arn             = string
    retention_hours = number
  })
}

variable "reading" {
  description = "How the stream is read: by a reader of its own (enhanced fan-out)?; most records at a time; seconds to wait for them; batches of a shard at a time."
  type = object({
    enhanced_fan_out        = optional(bool, false)
    batch_size              = optional(number, 500)
    batching_window_seconds = optional(number, 5)
    parallelization_factor  = optional(number, 1)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.reading.batch_size >= 1 && var.reading.batch_size <= 10000
    error_message = "Lambda takes 1 to 10,000 records of Kinesis at a time: set `batch_size` so."
  }

  validation {
    condition     = var.reading.batching_window_seconds >= 0 && var.reading.batching_window_seconds <= 300
    error_message = "Lambda waits 0 to 300 seconds for a batch to fill: set `batching_window_seconds` so."
  }

  validation {
    condition     = var.reading.parallelization_factor >= 1 && var.reading.parallelization_factor <= 10
    error_message = "Lambda runs 1 to 10 batches of a shard at a time: set `parallelization_factor` so."
  }
}

variable "configuration" {
  description = "The bucket that the function's configuration is put into, one that keeps versions."
  type = object({
    bucket = string
  })
}

variable "dead_letters" {
  description = "Where goes what cannot pass: the Firehose delivery stream, the bucket, the prefix of letters that are too large for the stream, and the bucket's key (`null` for `kms_key_arn`)."
  type = object({
    delivery_stream = string
    bucket          = string
    prefix          = optional(string, "dead-letters")
    kms_key_arn     = optional(string)
  })
}

variable "environment" {
  description = "Environment variables of the function besides its own."
  type        = map(string)
  default     = {}
}

variable "secrets" {
  description = "ARNs of secrets (Secrets Manager) or parameters (Systems Manager) by the name that the configuration has for them; `#KEY` behind an ARN takes one value of a JSON secret."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name, _ in var.secrets : can(regex("^[A-Z][A-Z0-9_]*$", name))])
    error_message = "A secret's name is that of an environment variable: capitals, digits and underscores, as in `password_env = \"ES_PASSWORD\"`."
  }

  validation {
    condition     = alltrue([for _, arn in var.secrets : can(regex("^arn:[^:]+:(secretsmanager|ssm):[^:]*:[0-9]{12}:", arn))])
    error_message = "A secret is given by its ARN, of Secrets Manager or the Parameter Store, never by its value: put the value there first."
  }
}

variable "secrets_kms_key_arns" {
  description = "Keys that the secrets are encrypted with, where they are not AWS's own."
  type        = list(string)
  default     = []
}

variable "vpc" {
  description = "Subnets and security groups that the function runs in, for stores that are reached only from there; `null` for none."
  type = object({
    subnet_ids         = list(string)
    security_group_ids = list(string)
  })
  default = null
}

variable "tags" {
  description = "Tags of all resources."
  type        = map(string)
  default     = {}
}

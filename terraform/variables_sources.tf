# Where log events come from, what is kept, and who is told.

variable "subscriptions" {
  description = "Log groups whose events are taken: `log_groups` by name; by `prefixes` or `tags`, those that there are when Terraform runs; `account_policy` for all of the account, but for `exclude`. `filter_patterns` are CloudWatch's, by name; `other_filters` counts filters of others on a log group, for AWS allows two in all; `senders` are other accounts, an `organization` or `accounts`."
  type = object({
    log_groups      = optional(set(string), [])
    prefixes        = optional(set(string), [])
    tags            = optional(map(string), {})
    exclude         = optional(set(string), [])
    filter_patterns = optional(map(string), { all = "" })
    other_filters   = optional(map(number), {})
    distribution    = optional(string, "Random")
    account_policy = optional(object({
      filter_pattern = optional(string, "")
    }))
    senders = optional(object({
      organization = optional(string)
      accounts     = optional(set(string), [])
    }))
  })
  default  = {}
  nullable = false

  validation {
    condition     = length(setintersection(var.subscriptions.log_groups, local.names_of_own_log_groups)) == 0
    error_message = "A loop: ${join(", ", setintersection(var.subscriptions.log_groups, local.names_of_own_log_groups))} is written by the pipeline itself, and each line would make new ones for ever. Take it off the list; the pipeline's own logs are read in CloudWatch."
  }
}

variable "bucket_events" {
  description = "S3 events that are taken, by a name each: `buckets` that send their events to EventBridge (a setting of the bucket), S3's `detail_types`, `reasons` such as PutObject, `prefixes` of keys."
  type = map(object({
    buckets      = set(string)
    detail_types = optional(set(string), ["Object Created", "Object Deleted"])
    reasons      = optional(set(string), [])
    prefixes     = optional(set(string), [])
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name, _ in var.bucket_events : can(regex("^[a-z][a-z0-9-]{0,19}$", name))])
    error_message = "A rule is named after these events: take 1 to 20 small letters, digits and hyphens, a letter first."
  }
}

variable "archive" {
  description = "What S3 keeps: `events` by Firehose from the event stream, `raw` records as they came; days until events move to a colder class (`events_cold_days`) and until events, raw records and dead letters are deleted; how Firehose gathers (`buffer_mib`, `buffer_seconds`); Glue `tables` for Athena, from `first_day` (YYYY/MM/DD) on. Dead letters are kept in any case."
  type = object({
    events            = optional(bool, true)
    raw               = optional(bool, false)
    events_cold_days  = optional(number)
    events_days       = optional(number)
    raw_days          = optional(number, 30)
    dead_letters_days = optional(number, 90)
    buffer_mib        = optional(number, 64)
    buffer_seconds    = optional(number, 300)
    packing           = optional(string, "zstd")
    tables            = optional(bool, true)
    first_day         = optional(string, "2026/01/01")
  })
  default  = {}
  nullable = false
}

variable "alarms" {
  description = "Are alarms made (`enabled`), who is told (`emails`, or a `topic_arn` of your own), and when they ring: see modules/alarms for what each number means."
  type = object({
    enabled             = optional(bool, true)
    emails              = optional(set(string), [])
    topic_arn           = optional(string)
    behind_seconds      = optional(number, 900)
    dead_letter_percent = optional(number, 1)
    unparsed_percent    = optional(number, 5)
    missing_percent     = optional(number, 1)
    no_data_minutes     = optional(number, 60)
    firehose_minutes    = optional(number, 30)
  })
  default  = {}
  nullable = false
}

variable "dashboard" {
  description = "Is a CloudWatch dashboard made?"
  type        = bool
  default     = true
}

variable "name" {
  description = "Name of the pipeline; alarms and the topic are named after it."
  type        = string
}

variable "functions" {
  description = "The functions, by what they are called: the Lambda function's name, what it does (`transform`, `consumer` or `wrap`), hours for which its stream keeps records, and its mapping's UUID (both `null` without a stream)."
  type = map(object({
    name            = string
    role            = string
    retention_hours = optional(number)
    mapping         = optional(string)
  }))

  validation {
    condition     = alltrue([for _, function in var.functions : contains(["transform", "consumer", "wrap"], function.role)])
    error_message = "A function's role is transform, consumer or wrap."
  }
}

variable "streams" {
  description = "The streams, by what they are called: the Kinesis stream's name and the hours for which it keeps records."
  type = map(object({
    name            = string
    retention_hours = number
  }))
}

variable "delivery_streams" {
  description = "Names of the Firehose delivery streams, by what they deliver."
  type        = map(string)
  default     = {}
}

variable "filters" {
  description = "Names of the subscription filters."
  type        = set(string)
  default     = []
}

variable "log_groups" {
  description = "Names of the log groups that are subscribed one by one."
  type        = list(string)
  default     = []
}

variable "queues" {
  description = "Names of the queues of events that no stream took, by what they are of."
  type        = map(string)
  default     = {}
}

variable "account_policy" {
  description = "Does an account policy send log events?"
  type        = bool
  default     = false
}

variable "emails" {
  description = "Addresses that are told; each is asked to confirm."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for email in var.emails : can(regex("^[^@\\s]+@[^@\\s]+$", email))])
    error_message = "An address is NAME@DOMAIN."
  }
}

variable "topic_arn" {
  description = "ARN of an SNS topic that is there already; `null` makes one."
  type        = string
  default     = null

  validation {
    condition     = var.topic_arn == null || length(var.emails) == 0
    error_message = "Who reads a topic of your own is set where it is made: leave `emails` empty, or let the module make the topic."
  }
}

variable "kms_key_arn" {
  description = "ARN of the topic's key; its policy must let CloudWatch use it."
  type        = string
}

variable "thresholds" {
  description = "When alarms ring: seconds that a reader may be behind; percent of log events that are dead letters, or that no format could read; percent of forwarded log events that never arrived; minutes without any data (0: never rings); minutes that Firehose may be behind."
  type = object({
    behind_seconds      = optional(number, 900)
    dead_letter_percent = optional(number, 1)
    unparsed_percent    = optional(number, 5)
    missing_percent     = optional(number, 1)
    no_data_minutes     = optional(number, 60)
    firehose_minutes    = optional(number, 30)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for percent in [var.thresholds.dead_letter_percent, var.thresholds.unparsed_percent, var.thresholds.missing_percent] : percent > 0 && percent <= 100])
    error_message = "A share is over 0 and at most 100 percent."
  }

  validation {
    condition     = var.thresholds.no_data_minutes == 0 || var.thresholds.no_data_minutes >= 5 && var.thresholds.no_data_minutes <= 1440
    error_message = "CloudWatch looks back a day at most: set `no_data_minutes` to 5 to 1,440, or to 0 where silence is no fault."
  }

  validation {
    condition     = var.thresholds.behind_seconds >= 60
    error_message = "Lambda tells once a minute how far a reader is behind: set `behind_seconds` to 60 or more."
  }
}

variable "tags" {
  description = "Tags of all resources."
  type        = map(string)
  default     = {}
}

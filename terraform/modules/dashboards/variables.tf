variable "name" {
  description = "Name of the pipeline; the dashboard is named after it."
  type        = string
}

variable "functions" {
  description = "The functions, by what they are called: the Lambda function's name, what it does (`transform`, `consumer` or `wrap`), and hours for which its stream keeps records (without a stream, `null`)."
  type = map(object({
    name            = string
    role            = string
    retention_hours = optional(number)
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

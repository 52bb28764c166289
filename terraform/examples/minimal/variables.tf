variable "log_group" {
  description = "The log group whose events are taken; it is there already."
  type        = string
}

variable "url" {
  description = "Endpoint of the OpenSearch domain or server, `https://…`."
  type        = string

  validation {
    condition     = can(regex("^https?://", var.url))
    error_message = "An endpoint is a URL, such as https://search-logs-abc.eu-central-1.es.amazonaws.com."
  }
}

variable "domain_arn" {
  description = "ARN of the domain, where it is one of Amazon OpenSearch Service: requests are then signed with the function's role."
  type        = string
  default     = null
}

variable "format" {
  description = "Format of the log group's lines (docs/formats); `null` looks at each line."
  type        = string
  default     = null
}

variable "service" {
  description = "What the service is called in the events; `null` for no name."
  type        = string
  default     = null
}

variable "more_sinks" {
  description = "Further stores, as the module's `sinks` has them."
  type = map(object({
    kind             = optional(string)
    url              = optional(string)
    settings         = optional(map(string), {})
    secrets          = optional(map(string), {})
    enhanced_fan_out = optional(bool)
  }))
  default = {}
}

variable "name" {
  description = "Name of the pipeline."
  type        = string
  default     = "catchwater"
}

variable "region" {
  description = "AWS region."
  type        = string
  default     = "eu-central-1"
}

variable "architecture" {
  description = "Processor that `make package` built the zips for: `arm64` or `x86_64`."
  type        = string
  default     = "arm64"
}

variable "package_directory" {
  description = "Folder of the functions' zips; `null` is `target/lambda` of the repository."
  type        = string
  default     = null
}

variable "force_destroy" {
  description = "Does `terraform destroy` delete the buckets with all that lies in them?"
  type        = bool
  default     = false
}

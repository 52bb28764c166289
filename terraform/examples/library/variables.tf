variable "services" {
  description = "The services: log group and format of their access logs, by name."
  type = map(object({
    log_group = string
    format    = optional(string)
  }))
  default = {
    catalogue    = { log_group = "/ecs/catalogue", format = "apache_access" }
    repository   = { log_group = "/ecs/repository", format = "nginx_access" }
    reading-room = { log_group = "/ec2/proxy", format = "haproxy" }
  }
}

variable "url" {
  description = "Endpoint of Elasticsearch."
  type        = string
}

variable "password_arn" {
  description = "ARN of the secret with the password of Elasticsearch's user `catchwater`; `#KEY` behind it takes one value of a JSON secret."
  type        = string
}

variable "privacy_key_arn" {
  description = "ARN of the secret with the key of the hashes, at least 32 random characters. A new key gives new hashes."
  type        = string
}

variable "retention_days" {
  description = "Days for which events are kept, in Elasticsearch and in the archive."
  type        = number
  default     = 90

  validation {
    condition     = var.retention_days >= 1
    error_message = "Events are kept for a day or more: set `retention_days` to 1 or more."
  }
}

variable "emails" {
  description = "Addresses that alarms are told to."
  type        = set(string)
  default     = []
}

variable "name" {
  description = "Name of the pipeline."
  type        = string
  default     = "library"
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

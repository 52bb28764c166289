variable "organization" {
  description = "Id of the organisation, o-…: `aws organizations describe-organization` tells it."
  type        = string
}

variable "accounts" {
  description = "Accounts whose functions' logs have a service's name, by that name."
  type        = map(string)
  default     = {}
}

variable "exclude" {
  description = "Log groups of this account that are left out."
  type        = set(string)
  default     = []
}

variable "url" {
  description = "Endpoint of the OpenSearch domain."
  type        = string
}

variable "domain_arn" {
  description = "ARN of the OpenSearch domain, for signed requests."
  type        = string
  default     = null
}

variable "loki_url" {
  description = "Endpoint of Loki."
  type        = string
}

variable "emails" {
  description = "Addresses that alarms are told to."
  type        = set(string)
  default     = []
}

variable "name" {
  description = "Name of the pipeline."
  type        = string
  default     = "catchwater"
}

variable "region" {
  description = "AWS region, the same in all accounts."
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

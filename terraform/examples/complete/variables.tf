variable "kms_key_arn" {
  description = "ARN of a key of yours; `null` makes one."
  type        = string
  default     = null
}

variable "originals_kms_key_arn" {
  description = "ARN of a key of yours for raw records and dead letters; `null` takes the other."
  type        = string
  default     = null
}

variable "access_log_bucket" {
  description = "Bucket for S3's access logs."
  type        = string
  default     = null
}

variable "vpc" {
  description = "Where stores and consumers lie: three subnets, and security groups by which they reach each other."
  type = object({
    subnet_ids         = list(string)
    security_group_ids = list(string)
  })
}

variable "senders" {
  description = "Other accounts that may send their logs."
  type        = set(string)
}

variable "influxdb_password" {
  description = "First password of the InfluxDB instance."
  type        = string
  sensitive   = true
}

variable "influxdb_token_arn" {
  description = "ARN of the secret with the token that may write to InfluxDB's bucket; it is made once the instance stands."
  type        = string
}

variable "password_arn" {
  description = "ARN of the secret with Elasticsearch's password."
  type        = string
}

variable "secrets_kms_key_arns" {
  description = "Keys of the secrets, where they are not AWS's own."
  type        = list(string)
  default     = []
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

# What the pipeline is called and where its parts come from.

variable "name" {
  description = "Name of the pipeline: everything is named after it, and two pipelines of one account and region need two names."
  type        = string
  default     = "catchwater"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,19}$", var.name))
    error_message = "Buckets, roles and functions are named after the pipeline: take 1 to 20 small letters, digits and hyphens, a letter first."
  }
}

variable "package_directory" {
  description = "Folder of the functions' zips, in which `make package` lays FUNCTION/bootstrap.zip; `null` is `target/lambda` of this repository."
  type        = string
  default     = null
}

variable "architecture" {
  description = "Processor that the zips are built for: `arm64` or `x86_64`. `make package` says which."
  type        = string
  default     = "arm64"

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "Lambda has `arm64` and `x86_64`: set `architecture` to the one that `make package` built for."
  }
}

variable "kms_key_arn" {
  description = "ARN of a key of yours for streams, buckets, logs, topic and queues; `null` makes one. Its policy must let CloudWatch Logs, CloudWatch and EventBridge use it: take the made one's as a pattern (encryption.tf)."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null ? true : can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/", var.kms_key_arn))
    error_message = "A key is given by its ARN, arn:aws:kms:REGION:ACCOUNT:key/ID: an alias is no name in a policy."
  }
}

variable "originals_kms_key_arn" {
  description = "ARN of a key of yours for what is kept as it came, secrets and all: raw archive and dead letters; `null` takes the other key."
  type        = string
  default     = null

  validation {
    condition     = var.originals_kms_key_arn == null ? true : can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/", var.originals_kms_key_arn))
    error_message = "A key is given by its ARN, arn:aws:kms:REGION:ACCOUNT:key/ID: an alias is no name in a policy."
  }
}

variable "log_retention_days" {
  description = "Days for which CloudWatch keeps the pipeline's own logs."
  type        = number
  default     = 365

  validation {
    condition = contains(
      [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days
    )
    error_message = "CloudWatch Logs keeps 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827 … 3653 days: take one of these."
  }
}

variable "log_level" {
  description = "Level of the functions' logs: `INFO`, `DEBUG` or `TRACE`."
  type        = string
  default     = "INFO"

  validation {
    condition     = contains(["INFO", "DEBUG", "TRACE"], var.log_level)
    error_message = "Set `log_level` to INFO, DEBUG or TRACE: above INFO Lambda drops the metrics with the log, and no alarm would ring."
  }
}

variable "environment" {
  description = "Environment variables of all functions besides those that the modules set: endpoints of a VPC, such as `AWS_ENDPOINT_URL_FIREHOSE`, or `RUST_BACKTRACE`."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name, _ in var.environment : !startswith(name, "CATCHWATER_")])
    error_message = "What begins with CATCHWATER_ the modules set: use `configuration`, and `secrets` of the transform and the sinks."
  }
}

variable "vpc" {
  description = "Subnets and security groups that consumers run in, for stores that are reached only from there; `null` for none. From there they must reach S3, Firehose, Secrets Manager and the store: by endpoints of the VPC, or a NAT gateway."
  type = object({
    subnet_ids         = list(string)
    security_group_ids = list(string)
  })
  default = null
}

variable "access_log_bucket" {
  description = "Name of a bucket for S3's access logs of the pipeline's buckets; `null` for none."
  type        = string
  default     = null
}

variable "force_destroy" {
  description = "Does `terraform destroy` delete the buckets with all that lies in them? For trials; leave it off where the archive is to outlive a mistake."
  type        = bool
  default     = false
}

variable "tags" {
  description = "Tags of all resources."
  type        = map(string)
  default     = {}
}

variable "name" {
  description = "Name of the bucket; all of AWS shares these names."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.name))
    error_message = "A bucket's name has 3 to 63 small letters, digits, dots and hyphens: choose a shorter `name` for the pipeline."
  }
}

variable "retention" {
  description = "By prefix, after how many days objects move to a colder storage class and after how many they are deleted; without days, never."
  type = map(object({
    prefix        = string
    cold_days     = optional(number)
    storage_class = optional(string, "GLACIER_IR")
    delete_days   = optional(number)
  }))
  default = {}

  validation {
    condition     = alltrue([for _, rule in var.retention : rule.delete_days == null || rule.cold_days == null ? true : rule.delete_days > rule.cold_days])
    error_message = "What is deleted before it is moved never moves: set `delete_days` above `cold_days`, or leave one of them out."
  }

  validation {
    condition     = alltrue([for _, rule in var.retention : coalesce(rule.delete_days, 1) >= 1 && coalesce(rule.cold_days, 1) >= 1])
    error_message = "S3 counts whole days from 1: set days to 1 or more, or leave them out to keep objects for ever."
  }
}

variable "former_version_days" {
  description = "Days for which former versions of an object, and deleted ones, can be taken back."
  type        = number
  default     = 7

  validation {
    condition     = var.former_version_days >= 1
    error_message = "S3 counts whole days from 1: set `former_version_days` to 1 or more."
  }
}

variable "kms_key_arn" {
  description = "ARN of the key that the objects are encrypted with."
  type        = string
}

variable "access_log_bucket" {
  description = "Name of a bucket for S3's access logs; `null` for none."
  type        = string
  default     = null
}

variable "force_destroy" {
  description = "Does `terraform destroy` delete the bucket with what lies in it?"
  type        = bool
  default     = false
}

variable "tags" {
  description = "Tags of all resources."
  type        = map(string)
  default     = {}
}

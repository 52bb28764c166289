variable "name" {
  description = "Name of the rule, the role and the queue."
  type        = string
}

variable "buckets" {
  description = "Names of the buckets whose events are taken; each has to send its events to EventBridge, which is a setting of the bucket's owner."
  type        = set(string)

  validation {
    condition     = length(var.buckets) >= 1
    error_message = "Without buckets the rule would take all: name at least one."
  }
}

variable "detail_types" {
  description = "Events that are taken: `Object Created`, `Object Deleted` and others of S3's."
  type        = set(string)
  default     = ["Object Created", "Object Deleted"]

  validation {
    condition = length(var.detail_types) >= 1 && length(setsubtract(var.detail_types, [
      "Object Created", "Object Deleted", "Object Restore Initiated", "Object Restore Completed", "Object Restore Expired",
      "Object Storage Class Changed", "Object Access Tier Changed", "Object ACL Updated", "Object Tags Added", "Object Tags Deleted",
    ])) == 0
    error_message = "S3 sends `Object Created`, `Object Deleted`, `Object Restore Initiated`, `Object Restore Completed`, `Object Restore Expired`, `Object Storage Class Changed`, `Object Access Tier Changed`, `Object ACL Updated`, `Object Tags Added` and `Object Tags Deleted`: take of these."
  }
}

variable "reasons" {
  description = "Why the object was made or deleted, such as `PutObject` or `CompleteMultipartUpload`; empty for every reason."
  type        = set(string)
  default     = []
}

variable "prefixes" {
  description = "Prefixes of the objects' keys; empty for all."
  type        = set(string)
  default     = []
}

variable "stream" {
  description = "The raw stream: its name and ARN."
  type = object({
    name = string
    arn  = string
  })
}

variable "kms_key_arn" {
  description = "ARN of the key of the stream and of the queue."
  type        = string
}

variable "tags" {
  description = "Tags of all resources."
  type        = map(string)
  default     = {}
}

variable "destination_arn" {
  description = "The output `destination_arn` of the account that gathers."
  type        = string

  validation {
    condition     = can(regex("^arn:[^:]+:logs:[^:]+:[0-9]{12}:destination:", var.destination_arn))
    error_message = "A destination's ARN is arn:aws:logs:REGION:ACCOUNT:destination:NAME: take the output `destination_arn` of the account that gathers."
  }
}

variable "exclude" {
  description = "Log groups that are left out."
  type        = set(string)
  default     = []
}

variable "name" {
  description = "Name of the account policy and its role."
  type        = string
  default     = "catchwater"
}

variable "region" {
  description = "AWS region, that of the account that gathers."
  type        = string
  default     = "eu-central-1"
}

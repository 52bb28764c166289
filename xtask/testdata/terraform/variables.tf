variable "name" {
  description = "Stands before the names of all that is made: a | b, <c>"
  type        = string

  validation {
    condition     = can(regex("^[a-z]+$", var.name))
    error_message = "name has to be of small letters, and is ${var.name}; choose another."
  }
}

# What a comment says of the variable is no part of the table.
variable "sinks" {
  description = <<-EOT
    A sink each,
    by its name.
  EOT
  type = map(object({
    # Which consumer.
    kind   = string
    shards = optional(number, 1)
  }))
  default = {
    "one" = { kind = "loki" }
  }
  validation {
    condition     = length(var.sinks) > 0
    error_message = "There has to be a sink."
  }
  validation {
    condition     = length(var.sinks) < 9
    error_message = "At most eight"
  }
}

variable "password" {
  type      = string
  default   = null
  sensitive = true
}

variable "anything" {}

variable "name" {
  description = "Name of the filters, the account policy, the destination and the roles."
  type        = string

  validation {
    condition     = can(regex("^[a-zA-Z][a-zA-Z0-9-]{0,47}$", var.name))
    error_message = "A filter's name has letters, digits and hyphens here, at most 48, for roles are named after it: choose a shorter one."
  }
}

variable "stream" {
  description = "The raw stream of this account that log events are sent to: its name and ARN. `null` in an account whose logs go to another one's `destination_arn`."
  type = object({
    name = string
    arn  = string
  })
  default = null

  validation {
    condition     = (var.stream == null) != (var.destination_arn == null)
    error_message = "Log events go either to this account's stream or to another account's destination: give `stream` or `destination_arn`, not both."
  }
}

variable "destination_arn" {
  description = "ARN of another account's destination, its output `destination_arn`; `null` where `stream` is given."
  type        = string
  default     = null

  validation {
    condition     = var.destination_arn == null ? true : can(regex("^arn:[^:]+:logs:[^:]+:[0-9]{12}:destination:", var.destination_arn))
    error_message = "A destination's ARN is arn:aws:logs:REGION:ACCOUNT:destination:NAME: take the output `destination_arn` of the pipeline's account."
  }
}

variable "kms_key_arn" {
  description = "ARN of the key that the stream is encrypted with; `null` where there is none or the stream is another account's."
  type        = string
  default     = null
}

variable "log_groups" {
  description = "Names of log groups."
  type        = set(string)
  default     = []

  validation {
    condition     = length(setintersection(var.log_groups, var.own_log_groups)) == 0
    error_message = "A loop: ${join(", ", setintersection(var.log_groups, var.own_log_groups))} is written by the pipeline itself, and each line would make new ones for ever. Take it off the list; the pipeline's own logs are read in CloudWatch."
  }

  validation {
    condition     = alltrue([for name in var.log_groups : can(regex("^[a-zA-Z0-9._/#-]{1,512}$", name))])
    error_message = "A log group is given by its name, such as /aws/lambda/sorter, without wildcards: use `prefixes` or `tags` for many."
  }
}

variable "prefixes" {
  description = "Prefixes of log groups' names; those that there are when Terraform runs are subscribed, but for the pipeline's own."
  type        = set(string)
  default     = []
}

variable "tags_of_log_groups" {
  description = "Tags of log groups; those that have all of them when Terraform runs are subscribed, but for the pipeline's own. An empty value stands for any."
  type        = map(string)
  default     = {}
}

variable "exclude" {
  description = "Names of log groups that are left out of what prefixes, tags and the account policy find."
  type        = set(string)
  default     = []
}

variable "own_log_groups" {
  description = "Names of the pipeline's own log groups: reading them would be a loop."
  type        = set(string)
  default     = []
}

variable "filter_patterns" {
  description = "CloudWatch's filter patterns by name, a filter each; an empty pattern takes every log event."
  type        = map(string)
  default     = { all = "" }

  validation {
    condition     = length(var.filter_patterns) >= 1 && length(var.filter_patterns) <= 2
    error_message = "A log group has at most two subscription filters: give one pattern or two. Patterns of CloudWatch can hold alternatives, as in `?ERROR ?WARN`."
  }
}

variable "other_filters" {
  description = "How many subscription filters of others a log group has already, by its name: Terraform cannot see them, and AWS allows two in all."
  type        = map(number)
  default     = {}
}

variable "account_policy" {
  description = "One filter for all log groups of the account, those to come too, but for `exclude` and the pipeline's own; `null` for none. AWS allows one such policy a region."
  type = object({
    filter_pattern = optional(string, "")
  })
  default = null
}

variable "distribution" {
  description = "`Random` spreads a log stream's events over all shards; `ByLogStream` keeps them in one, which then bounds it to 1 MB/s."
  type        = string
  default     = "Random"

  validation {
    condition     = contains(["Random", "ByLogStream"], var.distribution)
    error_message = "CloudWatch distributes by `Random` or `ByLogStream`: set `distribution` to one of them."
  }
}

variable "senders" {
  description = "Who else may send: an organisation's id (o-…), or account numbers; a destination is made that they subscribe their log groups to. `null` for none."
  type = object({
    organization = optional(string)
    accounts     = optional(set(string), [])
  })
  default = null

  validation {
    condition     = var.senders == null ? true : (var.senders.organization == null) != (length(var.senders.accounts) == 0)
    error_message = "Senders are an organisation or a list of accounts: set `organization` or `accounts`, not both, not neither."
  }

  validation {
    condition     = var.senders == null ? true : var.senders.organization == null || can(regex("^o-[a-z0-9]{10,32}$", var.senders.organization))
    error_message = "An organisation's id looks like o-a1b2c3d4e5: `aws organizations describe-organization` tells it."
  }

  validation {
    condition     = var.senders == null ? true : alltrue([for account in var.senders.accounts : can(regex("^[0-9]{12}$", account))])
    error_message = "An account is given by its twelve digits."
  }

  validation {
    condition     = var.senders == null || var.stream != null
    error_message = "A destination lies before a stream of the same account: give `stream` where `senders` are."
  }
}

variable "tags" {
  description = "Tags of all resources."
  type        = map(string)
  default     = {}
}

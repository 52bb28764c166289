output "log_groups" {
  description = "Names of the log groups that are subscribed one by one."
  value       = sort(tolist(local.log_groups))
}

output "filters" {
  description = "Names of the filters."
  value       = local.filter_names
}

output "destination_arn" {
  description = "ARN of the destination that other accounts subscribe their log groups to; `null` without senders."
  value       = one(aws_cloudwatch_log_destination.this[*].arn)
}

output "role_arn" {
  description = "ARN of the role that CloudWatch Logs sends with."
  value       = aws_iam_role.this.arn
}

output "account_policy" {
  description = "Which log groups the account policy takes, as CloudWatch has it; `null` without one, or where it takes all."
  value       = one(aws_cloudwatch_log_account_policy.this[*].selection_criteria)
}

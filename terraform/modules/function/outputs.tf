output "name" {
  description = "Name of the function."
  value       = aws_lambda_function.this.function_name
}

output "arn" {
  description = "ARN of the function."
  value       = aws_lambda_function.this.arn
}

output "role_arn" {
  description = "ARN of the function's role."
  value       = aws_iam_role.this.arn
}

output "log_group" {
  description = "Name of the function's log group; no subscription may read it."
  value       = aws_cloudwatch_log_group.this.name
}

output "policy" {
  description = "The function's policy, JSON."
  value       = local.policy
}

output "mapping" {
  description = "The mapping's UUID; `null` without one."
  value       = one(aws_lambda_event_source_mapping.this[*].uuid)
}

output "record_age_seconds" {
  description = "Age at which the mapping gives a record up, seconds; `null` without a mapping."
  value       = local.record_age_seconds
}

output "configuration" {
  description = "Where the configuration lies that the function reads: `s3://BUCKET/KEY?versionId=…`."
  value       = local.configuration
}

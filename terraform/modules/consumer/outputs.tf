output "name" {
  description = "Name of the function."
  value       = module.function.name
}

output "arn" {
  description = "ARN of the function."
  value       = module.function.arn
}

output "role_arn" {
  description = "ARN of the function's role."
  value       = module.function.role_arn
}

output "log_group" {
  description = "Name of the function's log group; no subscription may read it."
  value       = module.function.log_group
}

output "policy" {
  description = "The function's policy, JSON."
  value       = module.function.policy
}

output "mapping" {
  description = "The mapping's UUID; `null` without one."
  value       = module.function.mapping
}

output "record_age_seconds" {
  description = "Age at which the mapping gives a record up, seconds; `null` without a mapping."
  value       = module.function.record_age_seconds
}

output "configuration" {
  description = "Where the configuration lies that the function reads: `s3://BUCKET/KEY?versionId=…`."
  value       = module.function.configuration
}

output "section" {
  description = "The sink's section (TOML), as the `catchwater` command takes it too."
  value       = local.configuration
}

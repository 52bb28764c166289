output "catchwater" {
  description = "What the `catchwater` command and Grafana need to find the pipeline."
  value       = module.catchwater.catchwater
}

output "function_roles" {
  description = "ARNs of the functions' roles, for stores that know roles."
  value       = module.catchwater.function_roles
}

output "function_policies" {
  description = "What each function may do (JSON)."
  value       = module.catchwater.function_policies
}

output "uploads" {
  description = "Which of S3's events are taken."
  value       = local.uploads
}

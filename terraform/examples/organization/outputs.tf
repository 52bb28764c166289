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

output "destination_arn" {
  description = "What the other accounts give to `member/`."
  value       = module.catchwater.destination_arn
}

output "catchwater" {
  description = "What the `catchwater` command and Grafana need to find the pipeline."
  value       = module.catchwater.catchwater
}

output "function_roles" {
  description = "ARNs of the functions' roles, for a domain with fine-grained access control."
  value       = module.catchwater.function_roles
}

output "function_policies" {
  description = "What each function may do (JSON)."
  value       = module.catchwater.function_policies
}

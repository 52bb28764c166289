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

output "enhanced_fan_out" {
  description = "Which sinks read the event stream by a reader of their own."
  value       = module.catchwater.enhanced_fan_out
}

output "destination_arn" {
  description = "What the other accounts subscribe their log groups to."
  value       = module.catchwater.destination_arn
}

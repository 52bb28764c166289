output "role_arn" {
  description = "ARN of the role that CloudWatch Logs sends with."
  value       = module.subscription.role_arn
}

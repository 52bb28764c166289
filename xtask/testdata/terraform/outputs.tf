output "stream" {
  description = "ARN of the stream."
  value       = "arn"
}

output "secret" {
  value     = var.password
  sensitive = true
}

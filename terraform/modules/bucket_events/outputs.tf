output "rule_arn" {
  description = "ARN of the rule."
  value       = aws_cloudwatch_event_rule.this.arn
}

output "queue" {
  description = "The queue of events that could not be put on the stream: its name and ARN."
  value = {
    name = aws_sqs_queue.this.name
    arn  = aws_sqs_queue.this.arn
  }
}

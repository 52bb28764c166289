output "topic_arn" {
  description = "ARN of the topic that alarms are told to."
  value       = local.topic_arn
}

output "alarms" {
  description = "Names of all alarms."
  value       = sort([for _, alarm in local.alarms : alarm.alarm_name])
}

output "catchwater" {
  description = "What the `catchwater` command and Grafana need to find the pipeline: names, endpoints and the whole configuration (TOML). No secret is in it."
  value = {
    name    = var.name
    account = local.account
    region  = local.region
    streams = { raw = module.raw.name, events = module.events.name }
    functions = merge(
      { transform = module.transform.name },
      { for name, consumer in module.consumer : "to-${name}" => consumer.name },
      var.archive.raw ? { wrap = module.archive.wrap.name } : {},
    )
    sinks = {
      for name, kind in local.kind : name => {
        kind       = kind
        settings   = local.settings[name]
        domain_arn = local.domain_arn[name]
        section    = module.consumer[name].section
      }
    }
    dead_letters = {
      delivery_stream = local.dead_letters.delivery_stream
      bucket          = local.dead_letters.bucket
      prefix          = local.dead_letters.prefix
    }
    archive = {
      buckets          = module.archive.buckets
      delivery_streams = module.archive.delivery_streams
      database         = module.archive.database
    }
    configuration = local.whole_configuration
  }
}

output "raw_stream" {
  description = "The raw stream, for producers of your own: its name and ARN."
  value       = { name = module.raw.name, arn = module.raw.arn }
}

output "event_stream" {
  description = "The event stream, for consumers of your own: its name and ARN."
  value       = { name = module.events.name, arn = module.events.arn }
}

output "function_roles" {
  description = "ARNs of the functions' roles, by function: a store that knows roles, such as OpenSearch with fine-grained access control, is told them."
  value       = merge({ transform = module.transform.role_arn }, { for name, consumer in module.consumer : "to-${name}" => consumer.role_arn })
}

output "function_policies" {
  description = "The functions' policies (JSON), by function, for a look at what each may do."
  value = merge(
    { transform = module.transform.policy },
    { for name, consumer in module.consumer : "to-${name}" => consumer.policy },
    var.archive.raw ? { wrap = module.archive.wrap.policy } : {},
  )
}

output "enhanced_fan_out" {
  description = "Which sinks read the event stream by a reader of their own."
  value       = local.enhanced_fan_out
}

output "subscriptions" {
  description = "Names of the log groups that are subscribed one by one."
  value       = module.subscription.log_groups
}

output "destination_arn" {
  description = "What other accounts subscribe their log groups to; `null` without `subscriptions.senders`."
  value       = module.subscription.destination_arn
}

output "topic_arn" {
  description = "ARN of the topic that alarms are told to; `null` without alarms."
  value       = one(module.alarms[*].topic_arn)
}

output "alarms" {
  description = "Names of all alarms."
  value       = one(module.alarms[*].alarms)
}

output "dashboard" {
  description = "Name of the CloudWatch dashboard; `null` without one."
  value       = one(module.dashboard[*].name)
}

output "kms_key_arn" {
  description = "ARN of the key that everything is encrypted with."
  value       = local.kms_key_arn
}

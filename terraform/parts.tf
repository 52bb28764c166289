# What the parts are told of each other.

locals {
  dead_letters = module.archive.dead_letters

  own_log_groups = toset(concat(
    [module.transform.log_group], [for _, consumer in module.consumer : consumer.log_group], module.archive.log_groups, module.stores.log_groups,
  ))

  # As they will be called, for a look before anything is planned.
  names_of_own_log_groups = toset(concat(
    [for function in concat(["transform", "wrap"], [for name, _ in var.sinks : "to-${name}"]) : "/aws/lambda/${var.name}-${function}"],
    [for delivery in ["events", "raw", "dead-letters"] : "/aws/kinesisfirehose/${var.name}-${delivery}"],
    [for log in ["application", "index-slow", "search-slow"] : "/aws/opensearch/${var.name}/${log}"],
  ))

  watched_streams = {
    raw    = { name = module.raw.name, retention_hours = module.raw.retention_hours }
    events = { name = module.events.name, retention_hours = module.events.retention_hours }
  }
  watched_functions = merge(
    { transform = { name = module.transform.name, role = "transform", retention_hours = module.raw.retention_hours, mapping = module.transform.mapping } },
    {
      for name, consumer in module.consumer :
      "to-${name}" => { name = consumer.name, role = "consumer", retention_hours = module.events.retention_hours, mapping = consumer.mapping }
    },
    var.archive.raw ? { wrap = { name = module.archive.wrap.name, role = "wrap", retention_hours = null, mapping = null } } : {},
  )
}

# What the parts are told of each other.

locals {
  dead_letters = module.archive.dead_letters

  own_log_groups = toset(concat(
    [module.transform.log_group], [for _, consumer in module.consumer : consumer.log_group], module.archive.log_groups, module.stores.log_groups,
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

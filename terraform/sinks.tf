# Each sink's settings, with what the store made here tells, and how it reads the event stream.

locals {
  kind    = { for name, sink in var.sinks : name => coalesce(sink.kind, name) }
  section = { for name, kind in local.kind : name => kind == "opensearch" ? "elasticsearch" : kind }

  # A sink that names no endpoint takes the store that is made here.
  takes_store = {
    for name, sink in var.sinks : name => sink.url == null && !contains(keys(sink.settings), "url") && !contains(keys(sink.settings), "database")
  }
  opensearch = { for name, taken in local.takes_store : name => taken && local.kind[name] == "opensearch" }
  influxdb   = { for name, taken in local.takes_store : name => taken && local.kind[name] == "influxdb" }
  timestream = { for name, taken in local.takes_store : name => taken && local.kind[name] == "timestream" }

  settings = {
    for name, sink in var.sinks : name => merge(
      sink.url == null ? {} : { url = sink.url },
      local.opensearch[name] ? { url = module.stores.opensearch.url } : {},
      local.influxdb[name] ? module.stores.influxdb : {},
      local.timestream[name] ? { for key, value in module.stores.timestream : key => tostring(value) if value != null } : {},
      sink.settings,
    )
  }
  domain_arn = {
    for name, sink in var.sinks : name => local.opensearch[name] ? module.stores.opensearch.arn : sink.domain_arn
  }

  # Readers of a stream share each shard's 2 MB/s and five reads a second: from the third on, each gets its own. Firehose always shares.
  # Sinks whose reading is set count first, the others in the order of their names.
  set_to_share     = length([for _, sink in var.sinks : true if sink.enhanced_fan_out == false])
  left_to_share    = max(0, 2 - (var.archive.events ? 1 : 0) - local.set_to_share)
  left_open        = sort([for name, sink in var.sinks : name if sink.enhanced_fan_out == null])
  enhanced_fan_out = { for name, sink in var.sinks : name => sink.enhanced_fan_out == null ? index(local.left_open, name) >= local.left_to_share : sink.enhanced_fan_out }
}

# What is told of subscriptions: CloudWatch tries for a day to deliver a log event, then drops it.

locals {
  # An account policy's filter has no name among the metrics' dimensions that could be relied on; with one, all filters of the account count.
  where      = var.account_policy ? "" : " WHERE ${join(" OR ", [for filter in sort(tolist(var.filters)) : "FilterName = '${filter}'"])}"
  subscribes = var.account_policy || length(var.log_groups) > 0

  filter_alarms = !local.subscribes ? {} : {
    for alarm, it in {
      "subscription-errors"    = { metric = "DeliveryErrors", what = "could not deliver log events: its role, the stream's key or the stream itself refuse it" }
      "subscription-throttled" = { metric = "DeliveryThrottling", what = "was throttled when it delivered log events: the raw stream has too few shards" }
      } : alarm => {
      description = "CloudWatch Logs ${it.what}. It tries for a day, then the log events are lost."
      function    = ""
      metrics     = {}
      queries     = {}
      expression  = "SELECT SUM(${it.metric}) FROM \"AWS/Logs\"${local.where}"
      threshold   = 0
      period      = 300
      periods     = 3
    }
  }

  # Our account of log events against CloudWatch's. An hour at a time, for what is under way at its end counts in the next.
  arrival_alarms = !local.subscribes ? {} : {
    for function, it in var.functions : "${function}-missing-share" => {
      description = "Of what CloudWatch Logs forwarded, more than ${var.thresholds.missing_percent} % was not taken by ${it.name} within three hours. Log events of other producers hide such a loss: see each log group's numbers on the dashboard."
      function    = it.name
      metrics     = { taken = "LogEvents" }
      queries     = { forwarded = "SELECT SUM(ForwardedLogEvents) FROM \"AWS/Logs\"${local.where}" }
      expression  = "IF(forwarded > 0, 100 * (forwarded - FILL(taken, 0)) / forwarded, 0)"
      threshold   = var.thresholds.missing_percent
      period      = 3600
      periods     = 3
    } if it.role == "transform"
  }
}

# What is told of functions: errors, throttles, time behind, dead letters, lines that no format could read.

locals {
  of_lambda = merge(local.sum, { namespace = "AWS/Lambda" })

  function_alarms = merge([
    for function, it in var.functions : {
      "${function}-errors" = merge(local.of_lambda, {
        description = "Invocations of ${it.name} fail, so that their records come again: its log group /aws/lambda/${it.name} says why."
        metric      = "Errors"
        dimensions  = { FunctionName = it.name }
        periods     = 3
        datapoints  = 2
      })
      "${function}-throttled" = merge(local.of_lambda, {
        description = "Lambda runs ${it.name} less often than its stream asks for: raise its reserved concurrency, or the account's."
        metric      = "Throttles"
        dimensions  = { FunctionName = it.name }
        periods     = 3
        datapoints  = 3
      })
      "${function}-dead-letters" = merge(local.sum, {
        description = "${it.name} kept dead letters: their reasons stand in its metric DeadLettersByReason, and docs/operations.md says what to do about each."
        namespace   = "catchwater"
        metric      = "DeadLetters"
        dimensions  = { Function = it.name }
      })
    }
  ]...)

  readers = { for function, it in var.functions : function => it if it.retention_hours != null }
  reader_alarms = merge([
    for function, it in local.readers : {
      "${function}-behind" = merge(local.oldest, local.by_age[function], {
        description = "${it.name} is behind its stream by more than ${var.thresholds.behind_seconds} seconds: is its store slow, or does its log say that it tries again?"
        threshold   = var.thresholds.behind_seconds * 1000
      })
      "${function}-at-50-percent-of-retention" = merge(local.oldest, local.by_age[function], {
        description = "${it.name} is behind its stream by half of the time for which records are kept: mend its store, or raise the stream's `retention_hours`."
        threshold   = it.retention_hours * 3600000 * 0.5
      })
      "${function}-at-80-percent-of-retention" = merge(local.oldest, local.by_age[function], {
        description = "${it.name} is behind its stream by 80 % of the time for which records are kept; at 90 % they go to S3 as given up. Raise the stream's `retention_hours` now."
        threshold   = it.retention_hours * 3600000 * 0.8
      })
    }
  ]...)
  by_age = {
    for function, it in local.readers : function => { namespace = "AWS/Lambda", metric = "IteratorAge", dimensions = { FunctionName = it.name } }
  }

  consumer_alarms = {
    for function, it in var.functions : "${function}-tries-again" => merge(local.sum, {
      description = "${it.name} had records to try again for half an hour: its store is down, refuses it, or is too slow."
      namespace   = "catchwater"
      metric      = "RecordsToComeAgain"
      dimensions  = { Function = it.name }
      periods     = 6
      datapoints  = 6
    }) if it.role == "consumer"
  }

  share_alarms = merge(
    {
      for function, it in var.functions : (it.role == "consumer" ? "${function}-rejections-share" : "${function}-dead-letter-share") => {
        description = it.role == "consumer" ? "The store of ${it.name} rejects more than ${var.thresholds.dead_letter_percent} % of the events." : "More than ${var.thresholds.dead_letter_percent} % of what ${it.name} took became dead letters."
        function    = it.name
        metrics     = { dead = "DeadLetters", taken = "LogEvents" }
        queries     = {}
        expression  = "IF(taken + dead > 0, 100 * dead / MAX([taken, dead]), 0)"
        threshold   = var.thresholds.dead_letter_percent
        period      = 300
        periods     = 3
      } if it.role != "wrap"
    },
    {
      for function, it in var.functions : "${function}-unparsed-share" => {
        description = "No format could read more than ${var.thresholds.unparsed_percent} % of the log events: a format or a route does not fit any more. `catchwater explain` tells of a line why."
        function    = it.name
        metrics     = { unparsed = "Unparsed", taken = "LogEvents" }
        queries     = {}
        expression  = "IF(taken > 0, 100 * unparsed / taken, 0)"
        threshold   = var.thresholds.unparsed_percent
        period      = 300
        periods     = 3
      } if it.role == "transform"
    },
  )

  given_up_alarms = {
    for function, it in local.readers : "${function}-given-up" => {
      description = "Lambda gave records of ${it.name} up, for they were too old: they lie whole on S3 under aws/lambda/, and can be sent again."
      function    = it.name
      metrics     = {}
      queries     = {}
      expression  = "SELECT SUM(DroppedEventCount) FROM \"AWS/Lambda\" WHERE EventSourceMappingUUID = '${coalesce(it.mapping, "none")}'"
      threshold   = 0
      period      = 300
      periods     = 1
    }
  }

  math_alarms = merge(local.share_alarms, local.given_up_alarms, local.filter_alarms, local.arrival_alarms)
}

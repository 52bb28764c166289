# A CloudWatch dashboard: from what came in on the left to what went out on the right, top to bottom.

data "aws_region" "this" {}

locals {
  region = data.aws_region.this.region

  streams   = [for name in sort(keys(var.streams)) : var.streams[name].name]
  functions = [for name in sort(keys(var.functions)) : var.functions[name].name]
  readers   = [for name in sort(keys(var.functions)) : var.functions[name].name if var.functions[name].retention_hours != null]
  consumers = [for name in sort(keys(var.functions)) : var.functions[name].name if var.functions[name].role == "consumer"]
  transform = [for name in sort(keys(var.functions)) : var.functions[name].name if var.functions[name].role == "transform"]
  where     = length(var.filters) == 0 ? "" : " WHERE ${join(" OR ", [for filter in sort(tolist(var.filters)) : "FilterName = '${filter}'"])}"

  graphs = concat(
    [
      { title = "Log events: forwarded by CloudWatch, taken, joined, filtered, dead", stat = "Sum", metrics = concat(
        [[{ expression = "SELECT SUM(ForwardedLogEvents) FROM \"AWS/Logs\"${local.where}", label = "forwarded", id = "forwarded" }]],
        flatten([for name in local.transform : [for metric in ["LogEvents", "Events", "Joined", "Filtered", "DeadLetters"] : { row = ["catchwater", metric, "Function", name] }]])[*].row,
      ) },
      { title = "Forwarded by log group", stat = "Sum", metrics = [[{ expression = "SELECT SUM(ForwardedLogEvents) FROM \"AWS/Logs\"${local.where} GROUP BY LogGroupName ORDER BY SUM() DESC LIMIT 50", label = "", id = "groups" }]] },
      { title = "Subscriptions: errors and throttles", stat = "Sum", metrics = [for metric in ["DeliveryErrors", "DeliveryThrottling"] : [{ expression = "SELECT SUM(${metric}) FROM \"AWS/Logs\"${local.where}", label = metric, id = lower(metric) }]] },
      { title = "Streams: bytes in", stat = "Sum", metrics = [for name in local.streams : ["AWS/Kinesis", "IncomingBytes", "StreamName", name]] },
      { title = "Streams: throttled in and out", stat = "Sum", metrics = concat(
        [for name in local.streams : ["AWS/Kinesis", "WriteProvisionedThroughputExceeded", "StreamName", name]],
        [for name in local.streams : ["AWS/Kinesis", "ReadProvisionedThroughputExceeded", "StreamName", name]],
      ) },
      { title = "Behind, milliseconds", stat = "Maximum", metrics = [for name in local.readers : ["AWS/Lambda", "IteratorAge", "FunctionName", name]] },
      { title = "Functions: invocations", stat = "Sum", metrics = [for name in local.functions : ["AWS/Lambda", "Invocations", "FunctionName", name]] },
      { title = "Functions: errors and throttles", stat = "Sum", metrics = concat(
        [for name in local.functions : ["AWS/Lambda", "Errors", "FunctionName", name]],
        [for name in local.functions : ["AWS/Lambda", "Throttles", "FunctionName", name]],
      ) },
      { title = "Functions: time of an invocation, milliseconds (p99)", stat = "p99", metrics = [for name in local.functions : ["AWS/Lambda", "Duration", "FunctionName", name]] },
      { title = "Functions: most memory, bytes", stat = "Maximum", metrics = [for name in local.functions : ["catchwater", "PeakMemory", "Function", name]] },
      { title = "Lines that no format could read", stat = "Sum", metrics = [for name in local.transform : ["catchwater", "Unparsed", "Function", name]] },
      { title = "Dead letters", stat = "Sum", metrics = [for name in local.functions : ["catchwater", "DeadLetters", "Function", name]] },
      { title = "Dead letters by reason", stat = "Sum", metrics = [[{ expression = "SEARCH('{catchwater,Function,Reason} MetricName=\"DeadLettersByReason\" Function=(\"${join("\" OR \"", local.functions)}\")', 'Sum', 300)", label = "", id = "reasons" }]] },
    ],
    length(local.consumers) == 0 ? [] : [
      { title = "Stores: events written", stat = "Sum", metrics = [for name in local.consumers : ["catchwater", "Events", "Function", name]] },
      { title = "Stores: time of a write, milliseconds (p99)", stat = "p99", metrics = [for name in local.consumers : ["catchwater", "SinkWriteTime", "Function", name]] },
      { title = "Stores: records to try again", stat = "Sum", metrics = [for name in local.consumers : ["catchwater", "RecordsToComeAgain", "Function", name]] },
    ],
    length(var.delivery_streams) == 0 ? [] : [
      { title = "Archive: age of what is not on S3 yet, seconds", stat = "Maximum", metrics = [for _, name in var.delivery_streams : ["AWS/Firehose", "DeliveryToS3.DataFreshness", "DeliveryStreamName", name]] },
      { title = "Archive: bytes to S3", stat = "Sum", metrics = [for _, name in var.delivery_streams : ["AWS/Firehose", "DeliveryToS3.Bytes", "DeliveryStreamName", name]] },
    ],
  )
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name

  dashboard_body = jsonencode({
    widgets = [
      for place, graph in local.graphs : {
        type   = "metric"
        x      = (place % 3) * 8
        y      = floor(place / 3) * 6
        width  = 8
        height = 6
        properties = {
          title   = graph.title
          region  = local.region
          view    = "timeSeries"
          period  = 300
          stat    = graph.stat
          metrics = graph.metrics
        }
      }
    ]
  })
}

# What is told of streams, delivery streams and queues: readers that are behind, throttles in and out, silence.

locals {
  # What most alarms have in common.
  sum = {
    statistic  = "Sum"
    comparison = "GreaterThanThreshold"
    threshold  = 0
    period     = 300
    periods    = 1
    datapoints = 1
    missing    = "notBreaching"
  }
  oldest = merge(local.sum, { statistic = "Maximum", periods = 3, datapoints = 3 })

  stream_alarms = merge([
    for stream, it in var.streams : {
      "${stream}-reader-at-50-percent-of-retention" = merge(local.oldest, {
        description = "A reader of the stream ${it.name} is behind by half of the time for which records are kept. See which function is late, and why its log says it tries again."
        namespace   = "AWS/Kinesis"
        metric      = "GetRecords.IteratorAgeMilliseconds"
        dimensions  = { StreamName = it.name }
        threshold   = it.retention_hours * 3600000 * 0.5
      })
      "${stream}-reader-at-80-percent-of-retention" = merge(local.oldest, {
        description = "A reader of the stream ${it.name} is behind by 80 % of the time for which records are kept; at 90 % they are given up. Raise `retention_hours` now, then mend the reader."
        namespace   = "AWS/Kinesis"
        metric      = "GetRecords.IteratorAgeMilliseconds"
        dimensions  = { StreamName = it.name }
        threshold   = it.retention_hours * 3600000 * 0.8
      })
      "${stream}-throttled-in" = merge(local.sum, {
        description = "The stream ${it.name} refused records: more comes in than its shards take, or one partition key is too busy."
        namespace   = "AWS/Kinesis"
        metric      = "WriteProvisionedThroughputExceeded"
        dimensions  = { StreamName = it.name }
        periods     = 3
        datapoints  = 2
      })
      "${stream}-throttled-out" = merge(local.sum, {
        description = "Readers of the stream ${it.name} wait for each other: set `enhanced_fan_out` for one of them."
        namespace   = "AWS/Kinesis"
        metric      = "ReadProvisionedThroughputExceeded"
        dimensions  = { StreamName = it.name }
        periods     = 3
        datapoints  = 3
      })
    }
  ]...)

  silence_alarms = var.thresholds.no_data_minutes == 0 ? {} : {
    for stream, it in var.streams : "${stream}-no-data" => merge(local.sum, {
      description = "Nothing came to the stream ${it.name} for ${var.thresholds.no_data_minutes} minutes. Did a subscription or a producer end, or the transform?"
      namespace   = "AWS/Kinesis"
      metric      = "IncomingRecords"
      dimensions  = { StreamName = it.name }
      comparison  = "LessThanThreshold"
      threshold   = 1
      periods     = ceil(var.thresholds.no_data_minutes / 5)
      datapoints  = ceil(var.thresholds.no_data_minutes / 5)
      missing     = "breaching"
    })
  }

  delivery_alarms = {
    for delivery, name in var.delivery_streams : "${delivery}-not-delivered" => merge(local.oldest, {
      description = "The delivery stream ${name} has records older than ${var.thresholds.firehose_minutes} minutes that are not on S3: see its log group /aws/kinesisfirehose/${name}."
      namespace   = "AWS/Firehose"
      metric      = "DeliveryToS3.DataFreshness"
      dimensions  = { DeliveryStreamName = name }
      threshold   = var.thresholds.firehose_minutes * 60
    })
  }

  queue_alarms = {
    for events, name in var.queues : "${events}-not-put" => merge(local.sum, {
      description = "S3 events lie in the queue ${name} that the raw stream did not take within a day."
      namespace   = "AWS/SQS"
      metric      = "ApproximateNumberOfMessagesVisible"
      dimensions  = { QueueName = name }
      statistic   = "Maximum"
    })
  }

  metric_alarms = merge(local.stream_alarms, local.silence_alarms, local.delivery_alarms, local.queue_alarms, local.function_alarms, local.consumer_alarms, local.reader_alarms)
}

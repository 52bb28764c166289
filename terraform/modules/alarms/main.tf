# Alarms, and the topic that they are told to. Each says in its description what to look at first.

data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}

locals {
  topic_arn = var.topic_arn == null ? aws_sns_topic.this[0].arn : var.topic_arn
  alarms    = merge(aws_cloudwatch_metric_alarm.metric, aws_cloudwatch_metric_alarm.math)
}

resource "aws_sns_topic" "this" {
  count             = var.topic_arn == null ? 1 : 0
  name              = "${var.name}-alarms"
  kms_master_key_id = var.kms_key_arn
  tags              = var.tags
}

resource "aws_sns_topic_policy" "this" {
  count = var.topic_arn == null ? 1 : 0
  arn   = aws_sns_topic.this[0].arn

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AlarmsOfThisAccount"
      Effect    = "Allow"
      Principal = { Service = "cloudwatch.amazonaws.com" }
      Action    = ["sns:Publish"]
      Resource  = aws_sns_topic.this[0].arn
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.this.account_id } }
    }]
  })
}

resource "aws_sns_topic_subscription" "email" {
  for_each  = var.emails
  topic_arn = local.topic_arn
  protocol  = "email"
  endpoint  = each.value
}

resource "aws_cloudwatch_metric_alarm" "metric" {
  for_each            = local.metric_alarms
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  period              = each.value.period
  evaluation_periods  = each.value.periods
  datapoints_to_alarm = each.value.datapoints
  treat_missing_data  = each.value.missing
  alarm_actions       = [local.topic_arn]
  ok_actions          = [local.topic_arn]
  tags                = var.tags
}

resource "aws_cloudwatch_metric_alarm" "math" {
  for_each            = local.math_alarms
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.description
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  evaluation_periods  = each.value.periods
  datapoints_to_alarm = each.value.periods
  treat_missing_data  = "notBreaching"
  alarm_actions       = [local.topic_arn]
  ok_actions          = [local.topic_arn]
  tags                = var.tags

  metric_query {
    id          = "result"
    label       = each.key
    expression  = each.value.expression
    period      = each.value.period
    return_data = true
  }

  # Queries of Metrics Insights, which find metrics whatever other dimensions they have.
  dynamic "metric_query" {
    for_each = each.value.queries
    content {
      id          = metric_query.key
      expression  = metric_query.value
      period      = each.value.period
      return_data = false
    }
  }

  # Our own metrics of one function.
  dynamic "metric_query" {
    for_each = each.value.metrics
    content {
      id          = metric_query.key
      return_data = false

      metric {
        namespace   = "catchwater"
        metric_name = metric_query.value
        dimensions  = { Function = each.value.function }
        period      = each.value.period
        stat        = "Sum"
      }
    }
  }
}

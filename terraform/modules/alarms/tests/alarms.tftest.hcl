mock_provider "aws" {
  source = "../../testing/aws"
}

variables {
  name        = "logs"
  kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  streams = {
    raw    = { name = "logs-raw", retention_hours = 24 }
    events = { name = "logs-events", retention_hours = 48 }
  }
  functions = {
    transform = { name = "logs-transform", role = "transform", retention_hours = 24, mapping = "11111111-0000-0000-0000-000000000000" }
    to-loki   = { name = "logs-to-loki", role = "consumer", retention_hours = 48, mapping = "22222222-0000-0000-0000-000000000000" }
    wrap      = { name = "logs-wrap", role = "wrap" }
  }
  delivery_streams = { events = "logs-events", dead-letters = "logs-dead-letters" }
  filters          = ["logs"]
  log_groups       = ["/ecs/portal"]
  queues           = { uploads = "logs-uploads-not-put" }
}

run "each_stream_has_its_alarms" {
  command = plan

  assert {
    condition = alltrue(flatten([
      for stream in ["raw", "events"] : [
        for alarm in ["reader-at-50-percent-of-retention", "reader-at-80-percent-of-retention", "throttled-in", "throttled-out", "no-data"] :
        contains(keys(aws_cloudwatch_metric_alarm.metric), "${stream}-${alarm}")
      ]
    ]))
    error_message = "a stream lacks an alarm: ${jsonencode(output.alarms)}"
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.metric["events-reader-at-80-percent-of-retention"].threshold == 138240000
    error_message = "80 % of 48 hours are 138,240,000 ms"
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.metric["raw-no-data"].evaluation_periods == 12 && aws_cloudwatch_metric_alarm.metric["raw-no-data"].treat_missing_data == "breaching"
    error_message = "silence does not ring after an hour"
  }
}

run "each_function_has_its_alarms" {
  command = plan

  assert {
    condition = alltrue(flatten([
      for function in ["transform", "to-loki", "wrap"] : [
        for alarm in ["errors", "throttled", "dead-letters"] : contains(keys(aws_cloudwatch_metric_alarm.metric), "${function}-${alarm}")
      ]
    ]))
    error_message = "a function lacks an alarm: ${jsonencode(output.alarms)}"
  }
  assert {
    condition = alltrue(flatten([
      for function in ["transform", "to-loki"] : [
        for alarm in ["behind", "at-50-percent-of-retention", "at-80-percent-of-retention"] : contains(keys(aws_cloudwatch_metric_alarm.metric), "${function}-${alarm}")
      ]
    ]))
    error_message = "a reader lacks an alarm: ${jsonencode(output.alarms)}"
  }
  assert {
    condition = alltrue([
      for alarm in [
        "transform-dead-letter-share", "transform-unparsed-share", "transform-missing-share", "transform-given-up", "to-loki-rejections-share", "to-loki-given-up",
        "subscription-errors", "subscription-throttled",
      ] : contains(keys(aws_cloudwatch_metric_alarm.math), alarm)
    ])
    error_message = "a share lacks its alarm: ${jsonencode(output.alarms)}"
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.metric["transform-behind"].threshold == 900000 && aws_cloudwatch_metric_alarm.metric["transform-at-50-percent-of-retention"].threshold == 43200000
    error_message = "time behind is counted otherwise"
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.metric["to-loki-dead-letters"].namespace == "catchwater" && aws_cloudwatch_metric_alarm.metric["to-loki-dead-letters"].dimensions == tomap({ Function = "logs-to-loki" })
    error_message = "the functions' own metrics lie elsewhere (docs/functions.md)"
  }
  assert {
    condition     = contains(keys(aws_cloudwatch_metric_alarm.metric), "to-loki-tries-again") && !contains(keys(aws_cloudwatch_metric_alarm.metric), "transform-tries-again")
    error_message = "a store that refuses rings nowhere"
  }
}

run "what_is_not_delivered_rings" {
  command = plan

  assert {
    condition = alltrue([
      for alarm in ["events-not-delivered", "dead-letters-not-delivered", "uploads-not-put"] : contains(keys(aws_cloudwatch_metric_alarm.metric), alarm)
    ])
    error_message = "a delivery lacks its alarm: ${jsonencode(output.alarms)}"
  }
}

run "cloudwatch_s_count_is_held_against_ours" {
  command = plan

  assert {
    condition = anytrue([
      for query in aws_cloudwatch_metric_alarm.math["transform-missing-share"].metric_query :
      query.expression == "SELECT SUM(ForwardedLogEvents) FROM \"AWS/Logs\" WHERE FilterName = 'logs'"
    ])
    error_message = "forwarded log events are counted otherwise"
  }
  assert {
    condition = anytrue([
      for query in aws_cloudwatch_metric_alarm.math["transform-missing-share"].metric_query : anytrue([
        for metric in query.metric : metric.namespace == "catchwater" && metric.metric_name == "LogEvents" && metric.dimensions == tomap({ Function = "logs-transform" })
      ])
    ])
    error_message = "our own count is another"
  }
}

run "an_account_policy_counts_all_filters" {
  command = plan

  variables {
    account_policy = true
    log_groups     = []
  }

  assert {
    condition = anytrue([
      for query in aws_cloudwatch_metric_alarm.math["subscription-errors"].metric_query : query.expression == "SELECT SUM(DeliveryErrors) FROM \"AWS/Logs\""
    ])
    error_message = "the account policy's errors are not seen"
  }
}

run "each_alarm_tells_the_topic_and_says_what_to_do" {
  command = plan

  variables {
    topic_arn = "arn:aws:sns:eu-central-1:111122223333:ours"
  }

  assert {
    condition = alltrue([
      for _, alarm in merge(aws_cloudwatch_metric_alarm.metric, aws_cloudwatch_metric_alarm.math) :
      alarm.alarm_actions == toset(["arn:aws:sns:eu-central-1:111122223333:ours"]) && length(alarm.alarm_description) > 60
    ])
    error_message = "an alarm tells nobody, or nothing"
  }
  assert {
    condition     = length(aws_sns_topic.this) == 0
    error_message = "a second topic is made"
  }
}

run "the_topic_is_encrypted_and_told_by_cloudwatch_of_this_account" {
  command = plan

  variables {
    emails = ["logs@example.org"]
  }

  assert {
    condition     = aws_sns_topic.this[0].kms_master_key_id == var.kms_key_arn
    error_message = "the topic is not encrypted with the key"
  }
  assert {
    condition     = aws_sns_topic_subscription.email["logs@example.org"].protocol == "email"
    error_message = "nobody is told"
  }
}

run "silence_may_be_no_fault" {
  command = plan

  variables {
    thresholds = { no_data_minutes = 0 }
  }

  assert {
    condition     = !contains(keys(aws_cloudwatch_metric_alarm.metric), "raw-no-data")
    error_message = "silence rings all the same"
  }
}

run "bad_values" {
  command         = plan
  expect_failures = [var.thresholds, var.emails, var.functions]

  variables {
    emails     = ["somebody"]
    thresholds = { unparsed_percent = 0, no_data_minutes = 3, behind_seconds = 1 }
    functions  = { transform = { name = "logs-transform", role = "transformer" } }
  }
}

run "a_topic_and_addresses" {
  command         = plan
  expect_failures = [var.topic_arn]

  variables {
    emails    = ["logs@example.org"]
    topic_arn = "arn:aws:sns:eu-central-1:111122223333:ours"
  }
}

mock_provider "aws" {
  source = "testing/aws"
}

variables {
  name              = "logs"
  package_directory = "testing/packages"
  subscriptions     = { log_groups = ["/ecs/portal"] }
  routes            = [{ log_group = "/ecs/portal", format = "nginx_access", service = "portal", settings = { timezone = "+01:00", original = true, revision = 2 } }]
  sinks             = { opensearch = { url = "https://search.example.org", domain_arn = "arn:aws:es:eu-central-1:111122223333:domain/logs" } }
}

run "no_function_may_do_everything_or_anything_anywhere" {
  command = plan

  variables {
    archive = { raw = true }
    stores  = { timestream = {} }
    sinks = {
      opensearch = { url = "https://search.example.org", domain_arn = "arn:aws:es:eu-central-1:111122223333:domain/logs" }
      influxdb   = { url = "https://influx.example.org" }
      loki       = { url = "https://loki.example.org" }
      firehose   = { settings = { delivery_stream = "elsewhere" } }
      timestream = {}
    }
  }

  assert {
    condition     = toset(keys(output.function_policies)) == toset(["transform", "wrap", "to-opensearch", "to-influxdb", "to-loki", "to-firehose", "to-timestream"])
    error_message = "a function's policy is not told"
  }
  assert {
    condition = alltrue(flatten([
      for _, policy in output.function_policies : [for it in jsondecode(policy).Statement : [for action in it.Action : !strcontains(action, "*")]]
    ]))
    error_message = "a function may do a whole family of things"
  }
  assert {
    # AWS knows DescribeEndpoints on all resources only; it tells an address.
    condition = alltrue(flatten([
      for _, policy in output.function_policies : [for it in jsondecode(policy).Statement : !contains(it.Resource, "*") || jsonencode(it.Action) == jsonencode(["timestream:DescribeEndpoints"])]
    ]))
    error_message = "a function has a right on all resources"
  }
  assert {
    condition = alltrue([
      for function, policy in output.function_policies : jsonencode(distinct(flatten([
        for it in jsondecode(policy).Statement : it.Resource if contains(it.Action, "kinesis:GetRecords")
      ]))) == jsonencode(function == "wrap" ? [] : ["arn:aws:kinesis:eu-central-1:111122223333:stream/${function == "transform" ? "logs-raw" : "logs-events"}"])
    ])
    error_message = "a function reads another stream than its own"
  }
  assert {
    condition = jsonencode({
      for function, policy in output.function_policies : function => flatten([
        for it in jsondecode(policy).Statement : it.Action if length(setintersection(it.Action, ["kinesis:PutRecords", "es:ESHttpPost", "timestream:WriteRecords"])) > 0 || it.Sid == "WriteDeliveryStream"
      ])
      }) == jsonencode({
      to-firehose = ["firehose:PutRecordBatch"], to-influxdb = [], to-loki = [], to-opensearch = ["es:ESHttpPost"], to-timestream = ["timestream:WriteRecords"]
      transform   = ["kinesis:PutRecords"], wrap = []
    })
    error_message = "a function writes to more than its one target"
  }
}

run "routes_come_before_the_rest_of_the_configuration" {
  command = plan

  variables {
    configuration = "[privacy]\nusers = \"hash\"\n"
  }

  assert {
    condition     = output.catchwater.configuration == <<-EOT
      [[route]]
      log_group = "/ecs/portal"
      format = "nginx_access"
      service = "portal"
      original = true
      revision = 2
      timezone = "+01:00"

      [privacy]
      users = "hash"

      [sink.elasticsearch]
      aws_region = "eu-central-1"
      url = "https://search.example.org"
    EOT
    error_message = "the configuration is another: ${output.catchwater.configuration}"
  }
}

run "what_the_command_and_grafana_need_is_told" {
  command = plan

  assert {
    condition = (
      output.catchwater.region == "eu-central-1" && output.catchwater.account == "111122223333"
      && output.catchwater.streams.raw == "logs-raw" && output.catchwater.streams.events == "logs-events"
      && output.catchwater.functions.transform == "logs-transform" && output.catchwater.functions["to-opensearch"] == "logs-to-opensearch"
      && output.catchwater.archive.buckets.archive == "logs-archive-111122223333-eu-central-1" && output.catchwater.archive.database == "logs_archive"
      && output.catchwater.dead_letters.bucket == "logs-originals-111122223333-eu-central-1"
      && output.catchwater.sinks.opensearch.settings.url == "https://search.example.org"
    )
    error_message = "told: ${jsonencode(output.catchwater)}"
  }
}

run "each_stream_and_function_has_alarms" {
  command = plan

  variables {
    archive       = { raw = true }
    bucket_events = { uploads = { buckets = ["incoming"] } }
  }

  assert {
    condition = alltrue([
      for alarm in [
        "logs-raw-throttled-in", "logs-raw-no-data", "logs-events-throttled-out", "logs-events-reader-at-80-percent-of-retention", "logs-transform-errors", "logs-transform-behind",
        "logs-transform-unparsed-share", "logs-transform-missing-share", "logs-to-opensearch-errors", "logs-to-opensearch-dead-letters", "logs-to-opensearch-rejections-share", "logs-to-opensearch-given-up",
        "logs-wrap-errors", "logs-raw-not-delivered", "logs-events-not-delivered", "logs-dead-letters-not-delivered", "logs-subscription-errors", "logs-uploads-not-put",
      ] : contains(output.alarms, alarm)
    ])
    error_message = "an alarm is missing: ${jsonencode(output.alarms)}"
  }
  assert {
    condition     = length(output.alarms) == length(distinct(output.alarms))
    error_message = "two alarms have one name"
  }
}

run "without_alarms_and_dashboard" {
  command = plan

  variables {
    alarms    = { enabled = false }
    dashboard = false
  }

  assert {
    condition     = output.alarms == null && output.topic_arn == null && output.dashboard == null
    error_message = "they are made all the same"
  }
}

run "one_key_that_turns_for_all" {
  command = plan

  assert {
    condition     = length(aws_kms_key.this) == 1 && aws_kms_key.this[0].enable_key_rotation
    error_message = "no key is made, or it does not turn"
  }
  assert {
    condition = alltrue([
      for it in jsondecode(aws_kms_key.this[0].policy).Statement : it.Sid == "RolesByTheirPolicies" ? it.Principal == { AWS = "arn:aws:iam::111122223333:root" } : length(it.Condition) > 0
    ])
    error_message = "others may use the key"
  }
}

run "a_key_that_is_given" {
  command = plan

  variables {
    kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  }

  assert {
    condition     = length(aws_kms_key.this) == 0 && output.kms_key_arn == var.kms_key_arn
    error_message = "a second key is made"
  }
}

mock_provider "aws" {
  source = "../../testing/aws"
}

variables {
  name          = "logs-to-store"
  sink          = "store"
  package       = "../../testing/packages/transform/bootstrap.zip"
  kms_key_arn   = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  dead_letters  = { delivery_stream = "logs-dead-letters", bucket = "logs-originals" }
  stream        = { name = "logs-events", arn = "arn:aws:kinesis:eu-central-1:111122223333:stream/logs-events", retention_hours = 24 }
  configuration = { bucket = "logs-configuration" }
}

run "opensearch_by_signed_requests" {
  command = plan

  variables {
    kind       = "opensearch"
    settings   = { url = "https://search.example.org", retention_days = 90, gzip = false, index_prefix = "logs" }
    domain_arn = "arn:aws:es:eu-west-1:111122223333:domain/logs"
  }

  assert {
    condition     = output.section == <<-EOT
      [sink.elasticsearch]
      aws_region = "eu-west-1"
      gzip = false
      index_prefix = "logs"
      retention_days = 90
      url = "https://search.example.org"
    EOT
    error_message = "the section is another: ${output.section}"
  }
  assert {
    condition     = [for it in jsondecode(output.policy).Statement : it.Resource if contains(it.Action, "es:ESHttpPost")] == [["arn:aws:es:eu-west-1:111122223333:domain/logs/*"]]
    error_message = "it may not write to the domain, or elsewhere too: ${output.policy}"
  }
}

run "a_server_that_knows_it_by_a_secret_needs_no_right" {
  command = plan

  variables {
    kind     = "influxdb"
    settings = { url = "https://influx.example.org", bucket = "logs", organization = "archive", token_env = "INFLUXDB_TOKEN" }
    secrets  = { INFLUXDB_TOKEN = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:influx-AbCdEf#token" }
  }

  assert {
    condition = sort([for it in jsondecode(output.policy).Statement : it.Sid]) == tolist([
      "FindBucket", "GiveUpToS3", "KeepDeadLetters", "KeepLargeDeadLetters", "ReadConfiguration", "ReadSecrets", "ReadStream", "WriteLog",
    ])
    error_message = "its rights are others: ${output.policy}"
  }
}

run "timestream_writes_one_table" {
  command = plan

  variables {
    kind     = "timestream"
    settings = { database = "sdc_aws_logs", table = "moves", layout = "existing", formats = "[\"sdc\"]", region = "us-east-1" }
  }

  assert {
    condition     = [for it in jsondecode(output.policy).Statement : it.Resource if contains(it.Action, "timestream:WriteRecords")] == [["arn:aws:timestream:us-east-1:111122223333:database/sdc_aws_logs/table/moves"]]
    error_message = "it writes something else: ${output.policy}"
  }
  # AWS knows this one action on all resources only, and it tells an address.
  assert {
    condition     = [for it in jsondecode(output.policy).Statement : it.Action if contains(it.Resource, "*")] == [["timestream:DescribeEndpoints"]]
    error_message = "another right is on everything: ${output.policy}"
  }
  assert {
    condition     = strcontains(output.section, "formats = [\"sdc\"]") && strcontains(output.section, "layout = \"existing\"")
    error_message = "a list or a text came out otherwise: ${output.section}"
  }
}

run "timestream_by_an_endpoint_of_the_vpc_has_no_right_on_everything" {
  command = plan

  variables {
    kind     = "timestream"
    settings = { database = "logs", table = "events", endpoint_url = "https://vpce.example.org" }
  }

  assert {
    condition     = !anytrue([for it in jsondecode(output.policy).Statement : contains(it.Resource, "*")])
    error_message = "a right is on everything: ${output.policy}"
  }
}

run "firehose_writes_one_delivery_stream" {
  command = plan

  variables {
    kind     = "firehose"
    settings = { delivery_stream = "elsewhere" }
  }

  assert {
    condition     = contains([for it in jsondecode(output.policy).Statement : it.Resource[0] if it.Sid == "WriteDeliveryStream"], "arn:aws:firehose:eu-central-1:111122223333:deliverystream/elsewhere")
    error_message = "it may not write to the delivery stream: ${output.policy}"
  }
}

run "each_sink_reads_one_stream_and_no_other" {
  command = plan

  variables {
    kind     = "loki"
    settings = { url = "https://loki.example.org" }
  }

  assert {
    condition = toset(flatten([
      for it in jsondecode(output.policy).Statement : it.Resource if anytrue([for action in it.Action : startswith(action, "kinesis:")])
    ])) == toset(["arn:aws:kinesis:eu-central-1:111122223333:stream/logs-events"])
    error_message = "it reads something else: ${output.policy}"
  }
  assert {
    condition     = output.record_age_seconds == 77760
    error_message = "90 % of 24 hours are 77,760 seconds"
  }
}

run "no_such_sink" {
  command         = plan
  expect_failures = [var.kind]

  variables {
    kind     = "splunk"
    settings = { url = "https://splunk.example.org" }
  }
}

run "no_such_setting" {
  command         = plan
  expect_failures = [var.settings]

  variables {
    kind     = "loki"
    settings = { url = "https://loki.example.org", tennant = "archive" }
  }
}

run "a_setting_that_is_missing" {
  command         = plan
  expect_failures = [var.settings]

  variables {
    kind     = "timestream"
    settings = { database = "logs" }
  }
}

run "a_number_that_is_none" {
  command         = plan
  expect_failures = [var.settings]

  variables {
    kind     = "loki"
    settings = { url = "https://loki.example.org", retention_days = "a week" }
  }
}

run "a_truth_value_that_is_none" {
  command         = plan
  expect_failures = [var.settings]

  variables {
    kind     = "loki"
    settings = { url = "https://loki.example.org", gzip = "yes" }
  }
}

run "a_list_that_is_none" {
  command         = plan
  expect_failures = [var.settings]

  variables {
    kind     = "timestream"
    settings = { database = "logs", table = "events", kinds = "file_move" }
  }
}

run "a_text_of_digits_is_a_text_and_what_is_null_is_left_out" {
  command = plan

  variables {
    kind     = "loki"
    settings = { url = "https://loki.example.org", tenant = "1", retention_days = 7, username = null }
  }

  assert {
    condition     = output.section == <<-EOT
      [sink.loki]
      retention_days = 7
      tenant = "1"
      url = "https://loki.example.org"
    EOT
    error_message = "the section is another: ${output.section}"
  }
}

run "a_domain_of_a_sink_that_has_none" {
  command         = plan
  expect_failures = [var.domain_arn]

  variables {
    kind       = "loki"
    settings   = { url = "https://loki.example.org" }
    domain_arn = "arn:aws:es:eu-west-1:111122223333:domain/logs"
  }
}

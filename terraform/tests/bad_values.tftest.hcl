mock_provider "aws" {
  source = "testing/aws"
}

variables {
  name              = "logs"
  package_directory = "testing/packages"
}

run "the_pipeline_s_own_log_group_is_refused" {
  command         = plan
  expect_failures = [var.subscriptions]

  variables {
    subscriptions = { log_groups = ["/ecs/portal", "/aws/lambda/logs-transform"] }
  }
}

run "a_sink_s_log_group_is_refused" {
  command         = plan
  expect_failures = [var.subscriptions]

  variables {
    subscriptions = { log_groups = ["/aws/lambda/logs-to-loki"] }
    sinks         = { loki = { url = "https://loki.example.org" } }
  }
}

run "firehose_s_log_group_is_refused" {
  command         = plan
  expect_failures = [var.subscriptions]

  variables {
    subscriptions = { log_groups = ["/aws/kinesisfirehose/logs-events"] }
  }
}

run "retention_too_short" {
  command         = plan
  expect_failures = [var.streams]

  variables {
    streams = { raw = { retention_hours = 23 } }
  }
}

run "retention_too_long" {
  command         = plan
  expect_failures = [var.streams]

  variables {
    streams = { events = { retention_hours = 8761 } }
  }
}

run "records_larger_than_lambda_is_handed" {
  command         = plan
  expect_failures = [var.streams]

  variables {
    streams = { raw = { max_record_kib = 10240 } }
  }
}

run "shards_without_a_number" {
  command         = plan
  expect_failures = [var.streams]

  variables {
    streams = { raw = { mode = "PROVISIONED" } }
  }
}

run "no_name_of_a_bucket" {
  command         = plan
  expect_failures = [var.name]

  variables {
    name = "Logs_of_ours"
  }
}

run "an_alias_is_no_key" {
  command         = plan
  expect_failures = [var.kms_key_arn, var.originals_kms_key_arn]

  variables {
    kms_key_arn           = "alias/logs"
    originals_kms_key_arn = "alias/originals"
  }
}

run "no_processor_of_lambda_s" {
  command         = plan
  expect_failures = [var.architecture, var.log_level, var.log_retention_days]

  variables {
    architecture       = "aarch64"
    log_level          = "ERROR"
    log_retention_days = 42
  }
}

run "a_route_for_nothing" {
  command         = plan
  expect_failures = [var.routes]

  variables {
    routes = [{ format = "nginx_access" }]
  }
}

run "keys_behind_a_route" {
  command         = plan
  expect_failures = [var.configuration]

  variables {
    routes        = [{ log_group = "/ecs/portal" }]
    configuration = "users = \"hash\"\n[privacy]\n"
  }
}

run "no_name_of_a_rule" {
  command         = plan
  expect_failures = [var.bucket_events]

  variables {
    bucket_events = { "Up Loads" = { buckets = ["incoming"] } }
  }
}

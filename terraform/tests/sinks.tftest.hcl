mock_provider "aws" {
  source = "testing/aws"
}

variables {
  name              = "logs"
  package_directory = "testing/packages"
}

run "with_the_archive_one_sink_shares_and_the_others_have_readers_of_their_own" {
  command = plan

  variables {
    sinks = {
      elasticsearch = { url = "https://a.example.org" }
      influxdb      = { url = "https://b.example.org" }
      loki          = { url = "https://c.example.org" }
    }
  }

  assert {
    condition     = jsonencode(output.enhanced_fan_out) == jsonencode({ elasticsearch = false, influxdb = true, loki = true })
    error_message = "readers: ${jsonencode(output.enhanced_fan_out)}"
  }
}

run "without_the_archive_two_share" {
  command = plan

  variables {
    archive = { events = false }
    sinks = {
      elasticsearch = { url = "https://a.example.org" }
      influxdb      = { url = "https://b.example.org" }
      loki          = { url = "https://c.example.org" }
    }
  }

  assert {
    condition     = jsonencode(output.enhanced_fan_out) == jsonencode({ elasticsearch = false, influxdb = false, loki = true })
    error_message = "readers: ${jsonencode(output.enhanced_fan_out)}"
  }
}

run "who_is_set_counts_first" {
  command = plan

  variables {
    sinks = {
      elasticsearch = { url = "https://a.example.org" }
      influxdb      = { url = "https://b.example.org", enhanced_fan_out = false }
      loki          = { url = "https://c.example.org", enhanced_fan_out = true }
    }
  }

  assert {
    condition     = jsonencode(output.enhanced_fan_out) == jsonencode({ elasticsearch = true, influxdb = false, loki = true })
    error_message = "readers: ${jsonencode(output.enhanced_fan_out)}"
  }
}

run "a_store_that_is_made_here_is_taken" {
  command = plan

  variables {
    stores = { timestream = { memory_hours = 48 } }
    sinks  = { timestream = {} }
  }

  assert {
    condition     = jsonencode(output.catchwater.sinks.timestream.settings) == jsonencode({ database = "catchwater", retention_hours = "48", table = "events" })
    error_message = "settings: ${jsonencode(output.catchwater.sinks.timestream.settings)}"
  }
}

run "a_domain_that_is_made_here_may_be_written" {
  command = plan

  variables {
    stores = { opensearch = {} }
    sinks  = { opensearch = { settings = { retention_days = 30 } } }
  }

  assert {
    condition     = strcontains(output.function_policies["to-opensearch"], "arn:aws:es:eu-central-1:111122223333:domain/logs/*")
    error_message = "the function may not write to the domain: ${output.function_policies["to-opensearch"]}"
  }
}

run "two_of_a_kind" {
  command = plan

  variables {
    sinks = {
      timestream = { settings = { database = "logs", table = "events" } }
      moves      = { kind = "timestream", settings = { database = "logs", table = "moves", layout = "existing" } }
    }
  }

  assert {
    condition = jsonencode(flatten([
      for it in jsondecode(output.function_policies["to-moves"]).Statement : it.Resource if it.Sid == "WriteTable"
    ])) == jsonencode(["arn:aws:timestream:eu-central-1:111122223333:database/logs/table/moves"])
    error_message = "the second of a kind writes elsewhere: ${output.function_policies["to-moves"]}"
  }
}

run "of_two_of_a_kind_the_command_is_told_the_first" {
  command = plan

  variables {
    sinks = {
      timestream = { settings = { database = "logs", table = "events" } }
      moves      = { kind = "timestream", settings = { database = "logs", table = "moves" } }
    }
  }

  assert {
    condition     = length(regexall("(?m)^\\[sink\\.timestream\\]$", output.catchwater.configuration)) == 1 && strcontains(output.catchwater.configuration, "table = \"moves\"")
    error_message = "a section stands there twice, which is no TOML: ${output.catchwater.configuration}"
  }
  assert {
    condition     = strcontains(output.catchwater.sinks.timestream.section, "table = \"events\"")
    error_message = "the second one's section is told nowhere"
  }
}

run "a_sink_without_an_endpoint" {
  command         = plan
  expect_failures = [var.sinks]

  variables {
    sinks = { opensearch = {} }
  }
}

run "a_table_that_is_not_named" {
  command         = plan
  expect_failures = [var.sinks]

  variables {
    sinks = { timestream = { settings = { database = "logs" } } }
  }
}

run "a_delivery_stream_that_is_not_named" {
  command         = plan
  expect_failures = [var.sinks]

  variables {
    sinks = { firehose = {} }
  }
}

run "no_such_kind" {
  command         = plan
  expect_failures = [var.sinks]

  variables {
    sinks = { splunk = { url = "https://splunk.example.org" } }
  }
}

run "no_name_of_a_function" {
  command         = plan
  expect_failures = [var.sinks]

  variables {
    sinks = { "My Store" = { kind = "loki", url = "https://loki.example.org" } }
  }
}

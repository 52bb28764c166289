mock_provider "aws" {
  source = "../../testing/aws"
}

variables {
  log_group         = "/aws/lambda/sorter"
  url               = "https://search-logs.eu-central-1.es.amazonaws.com"
  domain_arn        = "arn:aws:es:eu-central-1:111122223333:domain/logs"
  format            = "sdc"
  service           = "sorter"
  package_directory = "../../testing/packages"
}

run "one_log_group_to_one_endpoint" {
  command = plan

  assert {
    condition     = jsonencode(keys(output.catchwater.functions)) == jsonencode(["to-opensearch", "transform"])
    error_message = "other functions are made: ${jsonencode(output.catchwater.functions)}"
  }
  assert {
    condition     = strcontains(output.catchwater.configuration, "[[route]]\nlog_group = \"/aws/lambda/sorter\"\nformat = \"sdc\"\nservice = \"sorter\"\n")
    error_message = "the route is another: ${output.catchwater.configuration}"
  }
  assert {
    condition     = output.catchwater.sinks.opensearch.domain_arn == "arn:aws:es:eu-central-1:111122223333:domain/logs"
    error_message = "requests are not signed"
  }

  assert {
    # AWS knows DescribeEndpoints on all resources only; it tells an address.
    condition = alltrue(flatten([
      for _, policy in output.function_policies : [
        for it in jsondecode(policy).Statement : (!contains(it.Resource, "*") || jsonencode(it.Action) == jsonencode(["timestream:DescribeEndpoints"]))
        && !anytrue([for action in it.Action : strcontains(action, "*")])
      ]
    ]))
    error_message = "a function may do everything, or something everywhere: ${jsonencode(output.function_policies)}"
  }
}

run "a_second_sink_gets_a_reader_of_its_own" {
  command = plan

  variables {
    # By name it comes before the first.
    more_sinks = { influxdb = { url = "http://influx.example.org:8086", settings = { database = "catchwater" } } }
  }

  assert {
    condition     = contains([for it in jsondecode(output.function_policies["to-influxdb"]).Statement : it.Sid], "ReadByFanOut") && !contains([for it in jsondecode(output.function_policies["to-opensearch"]).Statement : it.Sid], "ReadByFanOut")
    error_message = "the first sink's reading changes, or the second one shares too"
  }
}

run "no_url" {
  command         = plan
  expect_failures = [var.url]

  variables {
    url = "search-logs.eu-central-1.es.amazonaws.com"
  }
}

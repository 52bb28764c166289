mock_provider "aws" {
  source = "../../testing/aws"
}

variables {
  url               = "https://elasticsearch.example.org"
  password_arn      = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:elasticsearch-AbCdEf#password"
  privacy_key_arn   = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:privacy-AbCdEf"
  package_directory = "../../testing/packages"
}

run "patrons_have_no_names_and_their_key_is_the_transform_s_alone" {
  command = plan

  assert {
    condition     = strcontains(output.catchwater.configuration, "users = \"hash\"") && strcontains(output.catchwater.configuration, "addresses = \"truncate\"")
    error_message = "names reach the stores: ${output.catchwater.configuration}"
  }
  assert {
    condition = jsonencode({
      for function, policy in output.function_policies : function => flatten([for it in jsondecode(policy).Statement : it.Resource if it.Sid == "ReadSecrets"])
      }) == jsonencode({
      to-elasticsearch = ["arn:aws:secretsmanager:eu-central-1:111122223333:secret:elasticsearch-AbCdEf"]
      transform        = ["arn:aws:secretsmanager:eu-central-1:111122223333:secret:privacy-AbCdEf"]
    })
    error_message = "a function may read another's secret: ${jsonencode(output.function_policies)}"
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

run "events_end_when_they_shall" {
  command = plan

  variables {
    retention_days = 30
  }

  assert {
    condition     = strcontains(output.catchwater.configuration, "retention_days = 30")
    error_message = "the index keeps them longer: ${output.catchwater.configuration}"
  }
}

run "kept_for_no_day" {
  command         = plan
  expect_failures = [var.retention_days]

  variables {
    retention_days = 0
  }
}

mock_provider "aws" {
  source = "../../testing/aws"
}

variables {
  organization      = "o-a1b2c3d4e5"
  accounts          = { portal = "444455556666" }
  url               = "https://search-logs.eu-central-1.es.amazonaws.com"
  loki_url          = "https://loki.example.org"
  package_directory = "../../testing/packages"
}

run "accounts_are_told_apart" {
  command = plan

  assert {
    condition     = strcontains(output.catchwater.configuration, "account = \"444455556666\"\nlog_group = \"/aws/lambda/*\"")
    error_message = "the route is of all accounts: ${output.catchwater.configuration}"
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

mock_provider "aws" {
  source = "../../testing/aws"

  mock_data "aws_cloudwatch_log_groups" {
    defaults = {
      log_group_names = ["/aws/lambda/sorter", "/aws/lambda/logs-transform", "/aws/lambda/left-out"]
    }
  }
}

variables {
  name           = "logs"
  stream         = { name = "logs-raw", arn = "arn:aws:kinesis:eu-central-1:111122223333:stream/logs-raw" }
  kms_key_arn    = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  own_log_groups = ["/aws/lambda/logs-transform"]
}

run "by_name" {
  command = plan

  variables {
    log_groups = ["/aws/lambda/sorter", "/ecs/portal"]
  }

  assert {
    condition     = jsonencode({ for _, it in aws_cloudwatch_log_subscription_filter.this : it.log_group_name => it.name }) == jsonencode({ "/aws/lambda/sorter" = "logs", "/ecs/portal" = "logs" })
    error_message = "not these two log groups, or under another name"
  }
  assert {
    condition     = alltrue([for _, it in aws_cloudwatch_log_subscription_filter.this : it.destination_arn == var.stream.arn && it.distribution == "Random"])
    error_message = "they go elsewhere, or not to all shards"
  }
  assert {
    condition     = jsonencode([for it in jsondecode(aws_iam_role_policy.this.policy).Statement : it.Resource]) == jsonencode([["arn:aws:kinesis:eu-central-1:111122223333:stream/logs-raw"]])
    error_message = "the role writes something else: ${aws_iam_role_policy.this.policy}"
  }
  assert {
    condition = jsondecode(aws_iam_role.this.assume_role_policy).Statement[0].Condition == {
      StringEquals = { "aws:SourceAccount" = ["111122223333"] }
      ArnLike      = { "aws:SourceArn" = ["arn:aws:logs:eu-central-1:111122223333:*"] }
    }
    error_message = "somebody else's logs may take the role up: ${aws_iam_role.this.assume_role_policy}"
  }
}

run "what_is_found_without_the_pipeline_s_own" {
  command = plan

  variables {
    prefixes   = ["/aws/lambda/"]
    exclude    = ["/aws/lambda/left-out"]
    log_groups = ["/ecs/portal"]
  }

  assert {
    condition     = jsonencode(output.log_groups) == jsonencode(["/aws/lambda/sorter", "/ecs/portal"])
    error_message = "found: ${jsonencode(output.log_groups)}"
  }
}

run "a_loop_is_refused" {
  command         = plan
  expect_failures = [var.log_groups]

  variables {
    log_groups = ["/aws/lambda/sorter", "/aws/lambda/logs-transform"]
  }
}

run "two_patterns_are_two_filters" {
  command = plan

  variables {
    log_groups      = ["/ecs/portal"]
    filter_patterns = { errors = "ERROR", queries = "GET" }
  }

  assert {
    condition     = jsonencode({ for _, it in aws_cloudwatch_log_subscription_filter.this : it.name => it.filter_pattern }) == jsonencode({ "logs-errors" = "ERROR", "logs-queries" = "GET" })
    error_message = "not two filters by their names"
  }
  assert {
    condition     = jsonencode(output.filters) == jsonencode(["logs-errors", "logs-queries"])
    error_message = "the filters' names are told otherwise"
  }
}

run "a_third_filter_is_refused" {
  command         = plan
  expect_failures = [var.filter_patterns]

  variables {
    log_groups      = ["/ecs/portal"]
    filter_patterns = { a = "a", b = "b", c = "c" }
  }
}

run "a_third_filter_with_those_of_others_is_refused" {
  command         = plan
  expect_failures = [aws_cloudwatch_log_subscription_filter.this["/ecs/portal|all"]]

  variables {
    log_groups    = ["/ecs/portal", "/aws/lambda/sorter"]
    other_filters = { "/ecs/portal" = 2, "/aws/lambda/sorter" = 1 }
  }
}

run "others_filters_of_a_log_group_that_is_not_here" {
  command         = plan
  expect_failures = [check.known_filters]

  variables {
    other_filters = { "/ecs/portals" = 2 }
  }
}

run "the_whole_account_but_the_pipeline_and_what_is_left_out" {
  command = plan

  variables {
    account_policy = {}
    log_groups     = ["/ecs/portal"]
    exclude        = ["/noise"]
  }

  assert {
    condition     = aws_cloudwatch_log_account_policy.this[0].selection_criteria == "LogGroupName NOT IN [\"/aws/lambda/logs-transform\",\"/ecs/portal\",\"/noise\"]"
    error_message = "left out: ${aws_cloudwatch_log_account_policy.this[0].selection_criteria}"
  }
  assert {
    condition     = aws_cloudwatch_log_account_policy.this[0].policy_type == "SUBSCRIPTION_FILTER_POLICY"
    error_message = "it is another policy"
  }
}

run "sent_twice" {
  command         = plan
  expect_failures = [aws_cloudwatch_log_account_policy.this]

  variables {
    account_policy = {}
    prefixes       = ["/aws/lambda/"]
  }
}

run "an_organisation_may_send" {
  command = plan

  variables {
    senders = { organization = "o-a1b2c3d4e5" }
  }

  assert {
    condition     = jsondecode(aws_cloudwatch_log_destination_policy.this[0].access_policy).Statement[0].Condition == { StringEquals = { "aws:PrincipalOrgID" = "o-a1b2c3d4e5" } }
    error_message = "others than the organisation may send: ${aws_cloudwatch_log_destination_policy.this[0].access_policy}"
  }
  assert {
    condition     = length(jsondecode(aws_cloudwatch_log_destination_policy.this[0].access_policy).Statement) == 1
    error_message = "somebody else may send too"
  }
  assert {
    condition     = jsondecode(aws_iam_role.this.assume_role_policy).Statement[0].Condition.StringEquals == { "aws:SourceOrgID" = ["o-a1b2c3d4e5"] }
    error_message = "others' logs may take the role up: ${aws_iam_role.this.assume_role_policy}"
  }
}

run "accounts_may_send" {
  command = plan

  variables {
    senders = { accounts = ["444455556666"] }
  }

  assert {
    condition     = jsonencode(jsondecode(aws_cloudwatch_log_destination_policy.this[0].access_policy).Statement[*].Principal) == jsonencode([{ AWS = ["444455556666"] }])
    error_message = "others may send: ${aws_cloudwatch_log_destination_policy.this[0].access_policy}"
  }
  assert {
    condition     = toset(jsondecode(aws_iam_role.this.assume_role_policy).Statement[0].Condition.StringEquals["aws:SourceAccount"]) == toset(["111122223333", "444455556666"])
    error_message = "others' logs may take the role up: ${aws_iam_role.this.assume_role_policy}"
  }
}

run "to_another_account" {
  command = plan

  variables {
    stream          = null
    kms_key_arn     = null
    destination_arn = "arn:aws:logs:eu-central-1:999999999999:destination:logs"
    log_groups      = ["/ecs/portal"]
    own_log_groups  = []
  }

  assert {
    condition     = aws_cloudwatch_log_subscription_filter.this["/ecs/portal|all"].destination_arn == "arn:aws:logs:eu-central-1:999999999999:destination:logs"
    error_message = "logs go elsewhere"
  }
  assert {
    condition     = jsonencode(jsondecode(aws_iam_role_policy.this.policy).Statement[*].Action) == jsonencode([["logs:PutLogEvents"]])
    error_message = "the role may do something else: ${aws_iam_role_policy.this.policy}"
  }
}

run "nowhere" {
  command         = plan
  expect_failures = [var.stream]

  variables {
    stream = null
  }
}

run "senders_of_no_kind" {
  command         = plan
  expect_failures = [var.senders]

  variables {
    senders = {}
  }
}

run "bad_names" {
  command         = plan
  expect_failures = [var.name, var.log_groups, var.distribution, var.senders]

  variables {
    name         = "logs of us"
    log_groups   = ["/aws/lambda/*"]
    distribution = "Even"
    senders      = { accounts = ["12"] }
  }
}

mock_provider "aws" {
  source = "../../../testing/aws"
}

variables {
  destination_arn = "arn:aws:logs:eu-central-1:111122223333:destination:catchwater"
}

run "the_whole_account_is_sent_and_nothing_is_gathered_here" {
  command = plan

  variables {
    exclude = ["/aws/lambda/noise"]
  }

  assert {
    condition     = length(module.subscription.log_groups) == 0 && module.subscription.destination_arn == null
    error_message = "log groups are sent one by one too, or others may send here"
  }
  assert {
    condition     = module.subscription.account_policy == "LogGroupName NOT IN [\"/aws/lambda/noise\"]"
    error_message = "left out: ${coalesce(module.subscription.account_policy, "no policy")}"
  }
}

run "no_destination" {
  command         = plan
  expect_failures = [var.destination_arn]

  variables {
    destination_arn = "arn:aws:kinesis:eu-central-1:111122223333:stream/catchwater-raw"
  }
}

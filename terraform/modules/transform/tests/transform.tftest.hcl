mock_provider "aws" {
  source = "../../testing/aws"
}

variables {
  name          = "logs-transform"
  package       = "../../testing/packages/transform/bootstrap.zip"
  kms_key_arn   = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  dead_letters  = { delivery_stream = "logs-dead-letters", bucket = "logs-originals" }
  stream        = { name = "logs-raw", arn = "arn:aws:kinesis:eu-central-1:111122223333:stream/logs-raw", retention_hours = 48 }
  event_stream  = "logs-events"
  configuration = { bucket = "logs-configuration", text = "[pipeline]\n" }
}

run "reads_one_stream_and_writes_one" {
  command = plan

  assert {
    condition = toset(flatten([
      for it in jsondecode(output.policy).Statement : it.Resource if anytrue([for action in it.Action : strcontains(action, "kinesis:Get")])
    ])) == toset(["arn:aws:kinesis:eu-central-1:111122223333:stream/logs-raw"])
    error_message = "it reads something else: ${output.policy}"
  }
  assert {
    condition = toset(flatten([
      for it in jsondecode(output.policy).Statement : it.Resource if anytrue([for action in it.Action : strcontains(action, "kinesis:Put")])
    ])) == toset(["arn:aws:kinesis:eu-central-1:111122223333:stream/logs-events"])
    error_message = "it writes something else: ${output.policy}"
  }
  assert {
    condition     = output.record_age_seconds == 155520
    error_message = "90 % of 48 hours are 155,520 seconds"
  }
  assert {
    condition     = output.log_group == "/aws/lambda/logs-transform"
    error_message = "the log group is another, so that no loop could be seen"
  }
}

run "a_batch_too_large" {
  command         = plan
  expect_failures = [var.reading]

  variables {
    reading = { batch_size = 10001 }
  }
}

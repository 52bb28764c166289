mock_provider "aws" {
  source = "../../testing/aws"
}

variables {
  name          = "logs-transform"
  description   = "Makes events of raw records."
  package       = "../../testing/packages/transform/bootstrap.zip"
  kms_key_arn   = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  environment   = { CATCHWATER_EVENT_STREAM = "logs-events" }
  configuration = { bucket = "logs-configuration", key = "transform.toml", text = "[pipeline]\n" }
  dead_letters = {
    delivery_stream = "logs-dead-letters"
    bucket          = "logs-originals"
    kms_key_arn     = "arn:aws:kms:eu-central-1:111122223333:key/99999999-2222-3333-4444-555555555555"
  }
  mapping = {
    stream_name     = "logs-raw"
    stream_arn      = "arn:aws:kinesis:eu-central-1:111122223333:stream/logs-raw"
    retention_hours = 24
  }
  rights = {
    WriteEvents = { actions = ["kinesis:PutRecords"], resources = ["arn:aws:kinesis:eu-central-1:111122223333:stream/logs-events"] }
  }
}

run "a_mapping_has_the_five_protections" {
  command = plan

  assert {
    condition     = aws_lambda_event_source_mapping.this[0].function_response_types == toset(["ReportBatchItemFailures"])
    error_message = "without partial answers what failed is lost"
  }
  assert {
    condition     = aws_lambda_event_source_mapping.this[0].bisect_batch_on_function_error
    error_message = "a batch that fails is not cut in two"
  }
  assert {
    condition     = aws_lambda_event_source_mapping.this[0].maximum_retry_attempts == -1
    error_message = "tries end before the record's age does"
  }
  assert {
    condition     = aws_lambda_event_source_mapping.this[0].maximum_record_age_in_seconds == 77760
    error_message = "90 % of 24 hours are 77,760 seconds"
  }
  assert {
    condition     = aws_lambda_event_source_mapping.this[0].destination_config[0].on_failure[0].destination_arn == "arn:aws:s3:::logs-originals"
    error_message = "what is given up does not go to S3"
  }
  assert {
    condition     = aws_lambda_event_source_mapping.this[0].starting_position == "TRIM_HORIZON"
    error_message = "records that came before the mapping are passed over"
  }
}

run "no_record_is_given_up_later_than_lambda_can" {
  command = plan

  variables {
    mapping = {
      stream_name     = "logs-raw"
      stream_arn      = "arn:aws:kinesis:eu-central-1:111122223333:stream/logs-raw"
      retention_hours = 8760
    }
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this[0].maximum_record_age_in_seconds == 604800
    error_message = "Lambda takes no age over 604,800 seconds"
  }
}

run "the_role_may_do_what_the_function_does_and_nothing_else" {
  command = plan

  assert {
    condition = { for it in jsondecode(aws_iam_role_policy.this.policy).Statement : it.Sid => it.Resource } == {
      ReadConfiguration    = ["arn:aws:s3:::logs-configuration/transform.toml"]
      KeepDeadLetters      = ["arn:aws:firehose:eu-central-1:111122223333:deliverystream/logs-dead-letters"]
      KeepLargeDeadLetters = ["arn:aws:s3:::logs-originals/dead-letters/*"]
      WriteLog             = ["arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/logs-transform:*"]
      ReadStream           = ["arn:aws:kinesis:eu-central-1:111122223333:stream/logs-raw"]
      GiveUpToS3           = ["arn:aws:s3:::logs-originals/aws/lambda/*"]
      FindBucket           = ["arn:aws:s3:::logs-originals"]
      WriteEvents          = ["arn:aws:kinesis:eu-central-1:111122223333:stream/logs-events"]
    }
    error_message = "the role's rights are others: ${aws_iam_role_policy.this.policy}"
  }
  assert {
    condition = alltrue([
      for it in jsondecode(aws_iam_role_policy.this.policy).Statement :
      !contains(it.Resource, "*") && !anytrue([for action in it.Action : strcontains(action, "*")])
    ])
    error_message = "a right is on everything: ${aws_iam_role_policy.this.policy}"
  }
  assert {
    condition = jsondecode(aws_iam_role_policy.key.policy).Statement[0].Resource == [
      "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555",
      "arn:aws:kms:eu-central-1:111122223333:key/99999999-2222-3333-4444-555555555555",
    ]
    error_message = "the keys are others: ${aws_iam_role_policy.key.policy}"
  }
  assert {
    condition     = jsondecode(aws_iam_role.this.assume_role_policy).Statement[0].Principal == { Service = "lambda.amazonaws.com" }
    error_message = "somebody else than Lambda takes the role up"
  }
}

run "secrets_come_by_reference_and_only_they_may_be_read" {
  command = plan

  variables {
    secrets = {
      ES_PASSWORD = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:es-AbCdEf#password"
      ES_USER     = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:es-AbCdEf#user"
      TOKEN       = "arn:aws:ssm:eu-central-1:111122223333:parameter/token"
    }
    secrets_kms_key_arns = ["arn:aws:kms:eu-central-1:111122223333:key/33333333-2222-3333-4444-555555555555"]
  }

  assert {
    condition = { for it in jsondecode(aws_iam_role_policy.this.policy).Statement : it.Sid => it.Resource if contains(["ReadSecrets", "ReadParameters", "DecryptSecrets"], it.Sid) } == {
      ReadSecrets    = ["arn:aws:secretsmanager:eu-central-1:111122223333:secret:es-AbCdEf"]
      ReadParameters = ["arn:aws:ssm:eu-central-1:111122223333:parameter/token"]
      DecryptSecrets = ["arn:aws:kms:eu-central-1:111122223333:key/33333333-2222-3333-4444-555555555555"]
    }
    error_message = "rights on secrets are others: ${aws_iam_role_policy.this.policy}"
  }
}

run "everything_is_encrypted_and_logs_end" {
  command = plan

  assert {
    condition     = aws_cloudwatch_log_group.this.kms_key_id == var.kms_key_arn && aws_cloudwatch_log_group.this.retention_in_days == 365
    error_message = "the log is not encrypted, or kept for ever"
  }
  assert {
    condition     = aws_lambda_function.this.kms_key_arn == var.kms_key_arn && aws_s3_object.configuration.kms_key_id == var.kms_key_arn
    error_message = "variables or configuration are not encrypted"
  }
}

run "the_function_is_what_make_package_builds" {
  command = plan

  variables {
    architecture = "x86_64"
  }

  assert {
    condition = (
      aws_lambda_function.this.runtime == "provided.al2023" && aws_lambda_function.this.handler == "bootstrap"
      && aws_lambda_function.this.architectures == tolist(["x86_64"])
    )
    error_message = "the zip's runtime is another"
  }
  assert {
    condition     = aws_lambda_function.this.logging_config[0].log_format == "JSON" && aws_lambda_function.this.logging_config[0].log_group == "/aws/lambda/logs-transform"
    error_message = "the log is not JSON, or goes elsewhere"
  }
}

run "a_reader_of_its_own" {
  command = plan

  variables {
    mapping = {
      stream_name      = "logs-raw"
      stream_arn       = "arn:aws:kinesis:eu-central-1:111122223333:stream/logs-raw"
      retention_hours  = 24
      enhanced_fan_out = true
    }
  }

  assert {
    condition     = aws_kinesis_stream_consumer.this[0].stream_arn == "arn:aws:kinesis:eu-central-1:111122223333:stream/logs-raw"
    error_message = "no reader is registered"
  }
  assert {
    condition = contains([
      for it in jsondecode(aws_iam_role_policy.this.policy).Statement : it.Resource[0] if it.Sid == "ReadByFanOut"
    ], "arn:aws:kinesis:eu-central-1:111122223333:stream/logs-raw/consumer/logs-transform:*")
    error_message = "the role may not read by its own reader"
  }
}

run "without_a_stream_there_is_no_mapping" {
  command = plan

  variables {
    mapping = null
  }

  assert {
    condition     = length(aws_lambda_event_source_mapping.this) == 0 && !strcontains(aws_iam_role_policy.this.policy, "kinesis:GetRecords")
    error_message = "something is read"
  }
}

run "a_vpc_s_rights_are_those_of_aws" {
  command = plan

  variables {
    vpc = { subnet_ids = ["subnet-1"], security_group_ids = ["sg-1"] }
  }

  assert {
    condition     = aws_iam_role_policy_attachment.vpc[0].policy_arn == "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole" && length(aws_lambda_function.this.vpc_config) == 1
    error_message = "the function has no interfaces in the VPC"
  }
}

run "no_zip" {
  command         = plan
  expect_failures = [aws_lambda_function.this]

  variables {
    package = "nowhere/bootstrap.zip"
  }
}

run "a_secret_s_value_is_refused" {
  command         = plan
  expect_failures = [var.secrets]

  variables {
    secrets = { ES_PASSWORD = "hunter2" }
  }
}

run "a_secret_s_name_is_a_variable_s" {
  command         = plan
  expect_failures = [var.secrets]

  variables {
    secrets = { "es-password" = "arn:aws:ssm:eu-central-1:111122223333:parameter/es" }
  }
}

run "a_level_that_drops_metrics_is_refused" {
  command         = plan
  expect_failures = [var.log_level]

  variables {
    log_level = "WARN"
  }
}

run "a_right_on_everything_is_refused" {
  command         = plan
  expect_failures = [var.rights]

  variables {
    rights = { All = { actions = ["s3:*"], resources = ["arn:aws:s3:::x"] } }
  }
}

run "a_right_on_all_resources_is_refused" {
  command         = plan
  expect_failures = [var.rights]

  variables {
    rights = { All = { actions = ["s3:GetObject"], resources = ["*"] } }
  }
}

run "what_lambda_does_not_take_is_refused" {
  command         = plan
  expect_failures = [var.memory_mib, var.timeout_seconds, var.reserved_concurrency, var.architecture, var.log_retention_days, var.name]

  variables {
    name                 = "logs transform"
    memory_mib           = 64
    timeout_seconds      = 901
    reserved_concurrency = 0
    architecture         = "arm"
    log_retention_days   = 42
  }
}

run "what_a_mapping_does_not_take_is_refused" {
  command         = plan
  expect_failures = [var.mapping]

  variables {
    mapping = {
      stream_name             = "logs-raw"
      stream_arn              = "arn:aws:kinesis:eu-central-1:111122223333:stream/logs-raw"
      retention_hours         = 24
      batch_size              = 10001
      batching_window_seconds = 301
      parallelization_factor  = 11
    }
  }
}

mock_provider "aws" {
  source = "../../testing/aws"
}

variables {
  name                  = "logs"
  buckets               = { archive = "logs-archive", originals = "logs-originals" }
  kms_key_arn           = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  originals_kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/99999999-2222-3333-4444-555555555555"
  event_stream          = { name = "logs-events", arn = "arn:aws:kinesis:eu-central-1:111122223333:stream/logs-events" }
  raw_stream            = { name = "logs-raw", arn = "arn:aws:kinesis:eu-central-1:111122223333:stream/logs-raw" }
  wrap                  = { package = "../../testing/packages/transform/bootstrap.zip", configuration = "logs-configuration" }
}

run "events_lie_as_they_are" {
  command = plan

  assert {
    condition = (
      aws_kinesis_firehose_delivery_stream.events[0].extended_s3_configuration[0].compression_format == "UNCOMPRESSED"
      && aws_kinesis_firehose_delivery_stream.events[0].extended_s3_configuration[0].file_extension == ".zst"
      && aws_kinesis_firehose_delivery_stream.events[0].extended_s3_configuration[0].prefix == "events/"
      && length(aws_kinesis_firehose_delivery_stream.events[0].extended_s3_configuration[0].processing_configuration) == 0
    )
    error_message = "packed frames are packed twice, changed, or lie where no table looks"
  }
  assert {
    condition     = aws_kinesis_firehose_delivery_stream.events[0].kinesis_source_configuration[0].kinesis_stream_arn == var.event_stream.arn
    error_message = "it reads something else"
  }
}

run "the_ending_tells_the_packing" {
  command = plan

  variables {
    packing = "gzip"
  }

  assert {
    condition     = aws_kinesis_firehose_delivery_stream.events[0].extended_s3_configuration[0].file_extension == ".gz"
    error_message = "Athena would take gzip for zstd"
  }
}

run "raw_records_pass_the_transform_in_wrap_mode" {
  command = plan

  assert {
    condition     = aws_kinesis_firehose_delivery_stream.raw[0].extended_s3_configuration[0].processing_configuration[0].processors[0].type == "Lambda"
    error_message = "raw records are not wrapped"
  }
  assert {
    condition     = aws_kinesis_firehose_delivery_stream.raw[0].extended_s3_configuration[0].compression_format == "GZIP"
    error_message = "lines are not packed"
  }
  assert {
    condition     = output.wrap.name == "logs-wrap" && !strcontains(output.wrap.policy, "kinesis:")
    error_message = "the function that wraps may do something with streams: ${output.wrap.policy}"
  }
}

run "everything_is_encrypted_the_originals_with_their_own_key" {
  command = plan

  assert {
    condition = (
      aws_kinesis_firehose_delivery_stream.dead_letters.server_side_encryption[0].key_arn == var.originals_kms_key_arn
      && aws_kinesis_firehose_delivery_stream.dead_letters.extended_s3_configuration[0].kms_key_arn == var.originals_kms_key_arn
      && aws_kinesis_firehose_delivery_stream.raw[0].extended_s3_configuration[0].kms_key_arn == var.originals_kms_key_arn
      && aws_kinesis_firehose_delivery_stream.events[0].extended_s3_configuration[0].kms_key_arn == var.kms_key_arn
    )
    error_message = "a delivery stream writes with another key, or none"
  }
  assert {
    condition     = alltrue([for _, it in aws_cloudwatch_log_group.delivery : it.kms_key_id == var.kms_key_arn])
    error_message = "a log is not encrypted"
  }
}

run "each_delivery_stream_s_role_may_do_its_own_only" {
  command = plan

  assert {
    condition = alltrue(flatten([
      for _, it in aws_iam_role_policy.firehose : [for right in jsondecode(it.policy).Statement : !contains(right.Resource, "*") && !anytrue([for action in right.Action : strcontains(action, "*")])]
    ]))
    error_message = "a right is on everything"
  }
  assert {
    condition = jsonencode({
      for delivery, it in aws_iam_role_policy.firehose : delivery => flatten([for right in jsondecode(it.policy).Statement : right.Resource if right.Sid == "ReadStream"])
      }) == jsonencode({
      dead-letters = []
      events       = ["arn:aws:kinesis:eu-central-1:111122223333:stream/logs-events"]
      raw          = ["arn:aws:kinesis:eu-central-1:111122223333:stream/logs-raw"]
    })
    error_message = "a role reads another stream"
  }
  assert {
    condition = alltrue([
      for delivery, it in aws_iam_role.firehose :
      jsondecode(it.assume_role_policy).Statement[0].Condition.ArnEquals["aws:SourceArn"] == "arn:aws:firehose:eu-central-1:111122223333:deliverystream/logs-${delivery}"
    ])
    error_message = "another delivery stream may take a role up"
  }
}

run "tables_have_the_columns_and_places_of_the_archive" {
  command = plan

  assert {
    condition = jsonencode({ for table, it in aws_glue_catalog_table.this : it.name => it.storage_descriptor[0].location }) == jsonencode({
      catchwater_events       = "s3://logs-archive/events/"
      catchwater_raw          = "s3://logs-originals/raw/"
      catchwater_dead_letters = "s3://logs-originals/dead-letters/"
    })
    error_message = "tables lie elsewhere"
  }
  assert {
    condition     = aws_glue_catalog_table.this["events"].storage_descriptor[0].columns[0].name == "event_time" && length(aws_glue_catalog_table.this["events"].storage_descriptor[0].columns) > 30
    error_message = "the events' columns are not those of archive/athena/events.sql"
  }
  assert {
    condition     = aws_glue_catalog_table.this["events"].storage_descriptor[0].ser_de_info[0].parameters["mapping.event_time"] == "@timestamp"
    error_message = "the time is not found in the JSON"
  }
  assert {
    condition     = aws_glue_catalog_table.this["raw"].parameters["storage.location.template"] == "s3://logs-originals/raw/$${day}/$${hour}/"
    error_message = "folders are computed otherwise: ${aws_glue_catalog_table.this["raw"].parameters["storage.location.template"]}"
  }
}

run "dead_letters_alone" {
  command = plan

  variables {
    event_stream = null
    raw_stream   = null
    tables       = false
  }

  assert {
    condition     = jsonencode(keys(output.delivery_streams)) == jsonencode(["dead-letters"]) && output.wrap == null && output.database == null
    error_message = "more is made: ${jsonencode(output.delivery_streams)}"
  }
  assert {
    condition     = output.dead_letters.delivery_stream == "logs-dead-letters" && output.dead_letters.bucket == "logs-originals"
    error_message = "dead letters go elsewhere"
  }
}

run "own_log_groups_are_told" {
  command = plan

  assert {
    condition = toset(output.log_groups) == toset([
      "/aws/kinesisfirehose/logs-dead-letters", "/aws/kinesisfirehose/logs-events", "/aws/kinesisfirehose/logs-raw", "/aws/lambda/logs-wrap",
    ])
    error_message = "told: ${jsonencode(output.log_groups)}"
  }
}

run "raw_records_without_a_function" {
  command         = plan
  expect_failures = [var.wrap]

  variables {
    wrap = null
  }
}

run "bad_values" {
  command         = plan
  expect_failures = [var.packing, var.buffering, var.first_day]

  variables {
    packing   = "lz4"
    buffering = { mib = 129 }
    first_day = "2026-11-29"
  }
}

mock_provider "aws" {
  source = "../../testing/aws"
}

variables {
  incoming_bucket   = "swsoc-incoming"
  package_directory = "../../testing/packages"
}

run "rows_go_to_the_table_that_is_there" {
  command = plan

  assert {
    condition = jsonencode(flatten([
      for it in jsondecode(output.function_policies["to-timestream"]).Statement : it.Resource if it.Sid == "WriteTable"
    ])) == jsonencode(["arn:aws:timestream:eu-central-1:111122223333:database/sdc_aws_logs/table/sdc_aws_s3_bucket_log_table"])
    error_message = "it writes another table: ${output.function_policies["to-timestream"]}"
  }
  assert {
    condition     = strcontains(output.catchwater.configuration, "layout = \"existing\"")
    error_message = "rows have another layout: ${output.catchwater.configuration}"
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

run "a_move_is_told_once" {
  command = plan

  # S3 tells uploads alone: what the sorter copies and deletes, its own log tells.
  assert {
    condition     = jsonencode(output.uploads) == jsonencode({ buckets = ["swsoc-incoming"], detail_types = ["Object Created"], reasons = ["CompleteMultipartUpload", "POST Object", "PutObject"] })
    error_message = "S3 tells moves too: ${jsonencode(output.uploads)}"
  }
  assert {
    condition     = strcontains(output.catchwater.configuration, "formats = [\"sdc\",\"aws_s3_eventbridge\"]")
    error_message = "rows of other formats come in: ${output.catchwater.configuration}"
  }
}

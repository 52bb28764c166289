mock_provider "aws" {
  source = "../../testing/aws"
}

variables {
  kms_key_arn           = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  originals_kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/99999999-2222-3333-4444-555555555555"
  access_log_bucket     = "access-logs"
  vpc                   = { subnet_ids = ["subnet-1", "subnet-2", "subnet-3"], security_group_ids = ["sg-1"] }
  senders               = ["444455556666"]
  influxdb_password     = "abcdefgh1234"
  influxdb_token_arn    = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:influxdb-AbCdEf"
  password_arn          = "arn:aws:ssm:eu-central-1:111122223333:parameter/elasticsearch"
  package_directory     = "../../testing/packages"
}

run "every_part_is_made_and_may_do_its_own_only" {
  command = plan

  assert {
    condition = jsonencode(keys(output.function_policies)) == jsonencode([
      "to-elasticsearch", "to-elsewhere", "to-influxdb", "to-loki", "to-opensearch", "to-timestream", "transform", "wrap",
    ])
    error_message = "functions: ${jsonencode(keys(output.function_policies))}"
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

run "a_sink_that_is_set_to_share_takes_the_one_place_beside_firehose" {
  command = plan

  assert {
    condition     = jsonencode([for sink, own in output.enhanced_fan_out : sink if !own]) == jsonencode(["loki"])
    error_message = "readers: ${jsonencode(output.enhanced_fan_out)}"
  }
}

mock_provider "aws" {
  source = "../../testing/aws"
}

variables {
  name        = "logs"
  kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"
}

run "nothing_is_made_unasked" {
  command = plan

  assert {
    condition     = output.opensearch == null && output.influxdb == null && output.timestream == null && length(output.log_groups) == 0
    error_message = "a store is made"
  }
}

run "a_domain_is_encrypted_and_takes_signed_requests_of_this_account" {
  command = plan

  variables {
    opensearch = {}
  }

  assert {
    condition = (
      aws_opensearch_domain.this[0].encrypt_at_rest[0].kms_key_id == var.kms_key_arn && aws_opensearch_domain.this[0].node_to_node_encryption[0].enabled
      && aws_opensearch_domain.this[0].domain_endpoint_options[0].enforce_https
    )
    error_message = "the domain is not encrypted, on disk or on the way"
  }
  assert {
    condition     = jsondecode(aws_opensearch_domain.this[0].access_policies).Statement[0].Principal == { AWS = "arn:aws:iam::111122223333:root" }
    error_message = "others may ask the domain: ${aws_opensearch_domain.this[0].access_policies}"
  }
  assert {
    condition     = toset(output.log_groups) == toset(["/aws/opensearch/logs/application", "/aws/opensearch/logs/index-slow", "/aws/opensearch/logs/search-slow"])
    error_message = "its log groups are not told, so that they could be subscribed"
  }
  assert {
    condition     = output.opensearch.arn == "arn:aws:es:eu-central-1:111122223333:domain/logs"
    error_message = "the ARN is another"
  }
}

run "a_domain_in_a_vpc_with_masters" {
  command = plan

  variables {
    opensearch = { instance_count = 3, dedicated_master_type = "m7g.medium.search", subnet_ids = ["subnet-1", "subnet-2", "subnet-3"], security_group_ids = ["sg-1"] }
  }

  assert {
    condition     = length(aws_opensearch_domain.this[0].vpc_options) == 1 && aws_opensearch_domain.this[0].cluster_config[0].dedicated_master_count == 3
    error_message = "the domain is public, or without masters"
  }
  assert {
    condition     = aws_opensearch_domain.this[0].cluster_config[0].zone_awareness_config[0].availability_zone_count == 3
    error_message = "three instances lie in fewer zones"
  }
}

run "influxdb_lies_in_the_vpc" {
  command = plan

  variables {
    influxdb          = { subnet_ids = ["subnet-1"], security_group_ids = ["sg-1"] }
    influxdb_password = "abcdefgh1234"
  }

  assert {
    condition     = !aws_timestreaminfluxdb_db_instance.this[0].publicly_accessible && output.influxdb.bucket == "catchwater"
    error_message = "the instance is public"
  }
}

run "influxdb_without_a_password" {
  command         = plan
  expect_failures = [var.influxdb_password]

  variables {
    influxdb = { subnet_ids = ["subnet-1"], security_group_ids = ["sg-1"] }
  }
}

run "timestream_s_table_is_encrypted" {
  command = plan

  variables {
    timestream = { database = "logs", table = "events", memory_hours = 48 }
  }

  assert {
    condition     = aws_timestreamwrite_database.this[0].kms_key_id == var.kms_key_arn && output.timestream.retention_hours == 48
    error_message = "the table is not encrypted, or its hours are not told"
  }
}

run "late_events_have_no_hours" {
  command = plan

  variables {
    timestream = { late_events = true }
  }

  assert {
    condition     = aws_timestreamwrite_table.this[0].magnetic_store_write_properties[0].enable_magnetic_store_writes && output.timestream.retention_hours == null
    error_message = "late events would become dead letters"
  }
}

run "bad_values" {
  command         = plan
  expect_failures = [var.opensearch, var.influxdb, var.timestream]

  variables {
    opensearch        = { volume_gib = 5 }
    influxdb          = { subnet_ids = [], security_group_ids = [] }
    influxdb_password = "abcdefgh1234"
    timestream        = { memory_hours = 0 }
  }
}

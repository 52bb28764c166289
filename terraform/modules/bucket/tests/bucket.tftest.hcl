mock_provider "aws" {
  source = "../../testing/aws"
}

variables {
  name        = "logs-archive-111122223333"
  kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"
}

run "closed_encrypted_with_versions_by_tls_only" {
  command = plan

  assert {
    condition = (
      aws_s3_bucket_public_access_block.this.block_public_acls && aws_s3_bucket_public_access_block.this.block_public_policy
      && aws_s3_bucket_public_access_block.this.ignore_public_acls && aws_s3_bucket_public_access_block.this.restrict_public_buckets
    )
    error_message = "the bucket is open to the public"
  }
  assert {
    condition = alltrue(flatten([
      for rule in aws_s3_bucket_server_side_encryption_configuration.this.rule : [
        for it in rule.apply_server_side_encryption_by_default : it.sse_algorithm == "aws:kms" && it.kms_master_key_id == var.kms_key_arn
      ]
    ]))
    error_message = "the bucket is not encrypted with the key"
  }
  assert {
    condition     = aws_s3_bucket_versioning.this.versioning_configuration[0].status == "Enabled"
    error_message = "no versions are kept"
  }
  assert {
    condition     = !aws_s3_bucket.this.force_destroy
    error_message = "destroy deletes what lies in the bucket, unasked"
  }
  assert {
    condition     = [for rule in aws_s3_bucket_lifecycle_configuration.this.rule : rule.id] == ["former-versions"]
    error_message = "objects are deleted, unasked"
  }
}

run "objects_move_and_end" {
  command = plan

  variables {
    retention = {
      events = { prefix = "events/", cold_days = 30, delete_days = 3650 }
      raw    = { prefix = "raw/", delete_days = 7 }
      kept   = { prefix = "kept/" }
    }
  }

  assert {
    condition = jsonencode({
      for rule in aws_s3_bucket_lifecycle_configuration.this.rule : rule.id => [
        one(rule.filter[*].prefix), one(rule.transition[*].days), one(rule.expiration[*].days)
      ] if rule.id != "former-versions"
    }) == jsonencode({ events = ["events/", 30, 3650], raw = ["raw/", null, 7] })
    error_message = "the rules are others: ${jsonencode(aws_s3_bucket_lifecycle_configuration.this.rule)}"
  }
}

run "deleted_before_it_moves" {
  command         = plan
  expect_failures = [var.retention]

  variables {
    retention = { events = { prefix = "events/", cold_days = 30, delete_days = 30 } }
  }
}

run "no_name_of_a_bucket" {
  command         = plan
  expect_failures = [var.name, var.former_version_days]

  variables {
    name                = "Logs"
    former_version_days = 0
  }
}

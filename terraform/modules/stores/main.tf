# Stores for those who have none yet. Who has one gives its endpoint to the sink instead.

data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

locals {
  account   = data.aws_caller_identity.this.account_id
  partition = data.aws_partition.this.partition
  region    = data.aws_region.this.region
}

resource "aws_timestreaminfluxdb_db_instance" "this" {
  count                  = var.influxdb == null ? 0 : 1
  name                   = var.name
  db_instance_type       = var.influxdb.instance_type
  allocated_storage      = var.influxdb.storage_gib
  deployment_type        = var.influxdb.multi_az ? "WITH_MULTIAZ_STANDBY" : "SINGLE_AZ"
  organization           = var.influxdb.organization
  bucket                 = var.influxdb.bucket
  username               = var.influxdb.username
  password               = var.influxdb_password
  publicly_accessible    = false
  vpc_subnet_ids         = var.influxdb.subnet_ids
  vpc_security_group_ids = var.influxdb.security_group_ids
  tags                   = var.tags

  lifecycle {
    # It is to be changed at the instance, and Terraform would make a new one for a new password.
    ignore_changes = [password]
  }
}

resource "aws_timestreamwrite_database" "this" {
  count         = var.timestream == null ? 0 : 1
  database_name = var.timestream.database
  kms_key_id    = var.kms_key_arn
  tags          = var.tags
}

resource "aws_timestreamwrite_table" "this" {
  count         = var.timestream == null ? 0 : 1
  database_name = aws_timestreamwrite_database.this[0].database_name
  table_name    = var.timestream.table
  tags          = var.tags

  retention_properties {
    memory_store_retention_period_in_hours  = var.timestream.memory_hours
    magnetic_store_retention_period_in_days = var.timestream.magnetic_days
  }

  magnetic_store_write_properties {
    enable_magnetic_store_writes = var.timestream.late_events
  }
}

output "opensearch" {
  description = "The domain's ARN and URL; `null` without one."
  value = var.opensearch == null ? null : {
    arn = local.domain_arn
    url = "https://${aws_opensearch_domain.this[0].endpoint}"
  }
}

output "influxdb" {
  description = "The instance's URL, organisation and bucket; `null` without one."
  value = var.influxdb == null ? null : {
    url          = "https://${aws_timestreaminfluxdb_db_instance.this[0].endpoint}:8086"
    organization = var.influxdb.organization
    bucket       = var.influxdb.bucket
  }
}

output "timestream" {
  description = "Database, table, and hours for which it takes events; `null` without one."
  value = var.timestream == null ? null : {
    database        = aws_timestreamwrite_database.this[0].database_name
    table           = aws_timestreamwrite_table.this[0].table_name
    retention_hours = var.timestream.late_events ? null : var.timestream.memory_hours
  }
}

output "log_groups" {
  description = "Names of the stores' own log groups, which no subscription may read."
  value       = local.log_groups
}

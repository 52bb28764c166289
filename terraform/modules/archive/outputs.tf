output "buckets" {
  description = "Names of the buckets, of the `archive` and of the `originals`."
  value = {
    archive   = module.archive.name
    originals = module.originals.name
  }
}

output "dead_letters" {
  description = "Where functions keep dead letters: delivery stream, bucket, prefix, and the bucket's key."
  value = {
    delivery_stream = aws_kinesis_firehose_delivery_stream.dead_letters.name
    bucket          = module.originals.name
    prefix          = local.prefix.dead_letters
    kms_key_arn     = local.originals_kms_key_arn
  }

  # A function that starts earlier could not keep a letter.
  depends_on = [aws_iam_role_policy.firehose]
}

output "delivery_streams" {
  description = "Names of the Firehose delivery streams, by what they deliver: `events`, `raw`, `dead-letters`."
  value       = local.delivery_streams
}

output "wrap" {
  description = "The function that wraps raw records: its name, policy and log group; `null` without a raw archive."
  value       = one(module.wrap[*])
}

output "log_groups" {
  description = "Names of the archive's own log groups, which no subscription may read."
  value       = concat(local.log_groups, module.wrap[*].log_group)
}

output "database" {
  description = "Name of the Glue database; `null` without tables."
  value       = one(aws_glue_catalog_database.this[*].name)
}

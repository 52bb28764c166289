output "name" {
  description = "Name of the bucket. Who puts an object there waits until it keeps versions."
  value       = aws_s3_bucket.this.bucket

  # What is put there before versions are kept has none.
  depends_on = [
    aws_s3_bucket_policy.this, aws_s3_bucket_server_side_encryption_configuration.this, aws_s3_bucket_versioning.this,
  ]
}

output "arn" {
  description = "ARN of the bucket."
  value       = aws_s3_bucket.this.arn
}

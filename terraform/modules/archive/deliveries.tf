# Firehose, with a role for each delivery stream.

resource "aws_cloudwatch_log_group" "delivery" {
  for_each          = local.delivery_streams
  name              = "/aws/kinesisfirehose/${each.value}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
  tags              = var.tags
}

resource "aws_cloudwatch_log_stream" "delivery" {
  for_each       = local.delivery_streams
  name           = "delivery"
  log_group_name = aws_cloudwatch_log_group.delivery[each.key].name
}

resource "aws_iam_role" "firehose" {
  for_each    = local.delivery_streams
  name        = "${each.value}-firehose"
  description = "The delivery stream ${each.value}."
  tags        = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "firehose.amazonaws.com" }
      Condition = {
        StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.this.account_id }
        ArnEquals    = { "aws:SourceArn" = "arn:${local.partition}:firehose:${local.place}:deliverystream/${each.value}" }
      }
    }]
  })
}

locals {
  delivery_rights = {
    for delivery, it in local.deliveries : delivery => concat(
      [
        {
          Sid    = "WriteObjects"
          Effect = "Allow"
          Action = ["s3:AbortMultipartUpload", "s3:PutObject"]
          Resource = [
            "arn:${local.partition}:s3:::${it.bucket}/${it.prefix}/*", "arn:${local.partition}:s3:::${it.bucket}/not-delivered/${it.prefix}/*",
          ]
        },
        {
          Sid      = "FindBucket"
          Effect   = "Allow"
          Action   = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
          Resource = ["arn:${local.partition}:s3:::${it.bucket}"]
        },
        {
          Sid      = "WriteLog"
          Effect   = "Allow"
          Action   = ["logs:PutLogEvents"]
          Resource = ["arn:${local.partition}:logs:${local.place}:log-group:/aws/kinesisfirehose/${local.delivery_streams[delivery]}:log-stream:delivery"]
        },
      ],
      it.source == null ? [] : [{
        Sid      = "ReadStream"
        Effect   = "Allow"
        Action   = ["kinesis:DescribeStream", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards"]
        Resource = ["arn:${local.partition}:kinesis:${local.place}:stream/${coalesce(it.source, "none")}"]
      }],
      delivery != "raw" ? [] : [{
        Sid    = "InvokeWrap"
        Effect = "Allow"
        Action = ["lambda:GetFunctionConfiguration", "lambda:InvokeFunction"]
        Resource = [
          "arn:${local.partition}:lambda:${local.place}:function:${var.name}-wrap", "arn:${local.partition}:lambda:${local.place}:function:${var.name}-wrap:$LATEST",
        ]
      }],
    )
  }
}

resource "aws_iam_role_policy" "firehose" {
  for_each = local.delivery_streams
  name     = "delivery"
  role     = aws_iam_role.firehose[each.key].id
  policy   = jsonencode({ Version = "2012-10-17", Statement = local.delivery_rights[each.key] })
}

# Apart from the other rights: a new key's ARN is known only once the key is made.
resource "aws_iam_role_policy" "firehose_key" {
  for_each = local.delivery_streams
  name     = "key"
  role     = aws_iam_role.firehose[each.key].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "UseKeys"
      Effect   = "Allow"
      Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource = distinct([var.kms_key_arn, local.originals_kms_key_arn])
    }]
  })
}

# Letters come by the functions' own calls, so that they are encrypted from the call on.
resource "aws_kinesis_firehose_delivery_stream" "dead_letters" {
  name        = local.delivery_streams["dead-letters"]
  destination = "extended_s3"
  tags        = var.tags

  server_side_encryption {
    enabled  = true
    key_type = "CUSTOMER_MANAGED_CMK"
    key_arn  = local.originals_kms_key_arn
  }

  extended_s3_configuration {
    role_arn            = aws_iam_role.firehose["dead-letters"].arn
    bucket_arn          = module.originals.arn
    prefix              = "${local.prefix.dead_letters}/"
    error_output_prefix = "not-delivered/${local.prefix.dead_letters}/!{firehose:error-output-type}/"
    compression_format  = "GZIP"
    kms_key_arn         = local.originals_kms_key_arn
    buffering_size      = 5
    buffering_interval  = 60

    cloudwatch_logging_options {
      enabled         = true
      log_group_name  = aws_cloudwatch_log_group.delivery["dead-letters"].name
      log_stream_name = aws_cloudwatch_log_stream.delivery["dead-letters"].name
    }
  }

  depends_on = [aws_iam_role_policy.firehose, aws_iam_role_policy.firehose_key]
}

resource "aws_kinesis_firehose_delivery_stream" "events" {
  count       = var.event_stream == null ? 0 : 1
  name        = local.delivery_streams["events"]
  destination = "extended_s3"
  tags        = var.tags

  kinesis_source_configuration {
    kinesis_stream_arn = var.event_stream.arn
    role_arn           = aws_iam_role.firehose["events"].arn
  }

  # Nothing is done to the records: they are packed frames, and one behind the other they are readable as they are.
  extended_s3_configuration {
    role_arn            = aws_iam_role.firehose["events"].arn
    bucket_arn          = module.archive.arn
    prefix              = "${local.prefix.events}/"
    error_output_prefix = "not-delivered/${local.prefix.events}/!{firehose:error-output-type}/"
    compression_format  = local.deliveries["events"].compression
    file_extension      = local.deliveries["events"].extension
    kms_key_arn         = var.kms_key_arn
    buffering_size      = var.buffering.mib
    buffering_interval  = var.buffering.seconds

    cloudwatch_logging_options {
      enabled         = true
      log_group_name  = aws_cloudwatch_log_group.delivery["events"].name
      log_stream_name = aws_cloudwatch_log_stream.delivery["events"].name
    }
  }

  depends_on = [aws_iam_role_policy.firehose, aws_iam_role_policy.firehose_key]
}

resource "aws_kinesis_firehose_delivery_stream" "raw" {
  count       = var.raw_stream == null ? 0 : 1
  name        = local.delivery_streams["raw"]
  destination = "extended_s3"
  tags        = var.tags

  kinesis_source_configuration {
    kinesis_stream_arn = var.raw_stream.arn
    role_arn           = aws_iam_role.firehose["raw"].arn
  }

  extended_s3_configuration {
    role_arn            = aws_iam_role.firehose["raw"].arn
    bucket_arn          = module.originals.arn
    prefix              = "${local.prefix.raw}/"
    error_output_prefix = "not-delivered/${local.prefix.raw}/!{firehose:error-output-type}/"
    compression_format  = "GZIP"
    kms_key_arn         = local.originals_kms_key_arn
    buffering_size      = var.buffering.mib
    buffering_interval  = var.buffering.seconds

    processing_configuration {
      enabled = true

      processors {
        type = "Lambda"

        parameters {
          parameter_name  = "LambdaArn"
          parameter_value = "${module.wrap[0].arn}:$LATEST"
        }
        # base64 makes a third more of each record, twice: the answer must fit 6 MB.
        parameters {
          parameter_name  = "BufferSizeInMBs"
          parameter_value = "1"
        }
        parameters {
          parameter_name  = "BufferIntervalInSeconds"
          parameter_value = "60"
        }
      }
    }

    cloudwatch_logging_options {
      enabled         = true
      log_group_name  = aws_cloudwatch_log_group.delivery["raw"].name
      log_stream_name = aws_cloudwatch_log_stream.delivery["raw"].name
    }
  }

  depends_on = [aws_iam_role_policy.firehose, aws_iam_role_policy.firehose_key]
}

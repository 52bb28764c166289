# What the function may do, and nothing else.

locals {
  reads_the_stream = var.mapping == null ? {} : {
    ReadStream = {
      actions = [
        "kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards",
      ]
      resources = ["arn:${local.partition}:kinesis:${local.place}:stream/${var.mapping.stream_name}"]
    }
  }
  reads_by_fan_out = !try(var.mapping.enhanced_fan_out, false) ? {} : {
    # Behind the consumer's name stands the time at which it was made.
    ReadByFanOut = {
      actions   = ["kinesis:DescribeStreamConsumer", "kinesis:SubscribeToShard"]
      resources = ["arn:${local.partition}:kinesis:${local.place}:stream/${var.mapping.stream_name}/consumer/${var.name}:*"]
    }
  }
  # Lambda writes to aws/lambda/MAPPING/SHARD/…, and lists the bucket first.
  gives_up_to_s3 = var.mapping == null ? {} : {
    GiveUpToS3 = {
      actions   = ["s3:PutObject"]
      resources = ["${local.in_s3}${var.dead_letters.bucket}/aws/lambda/*"]
    }
    FindBucket = {
      actions   = ["s3:ListBucket"]
      resources = ["${local.in_s3}${var.dead_letters.bucket}"]
    }
  }
  # `#KEY` is no part of the ARN. Secrets Manager adds six signs to a name; who gives an ARN without them means the same secret.
  secret_arns = distinct([for arn in values(var.secrets) : split("#", arn)[0]])
  reads_secrets = {
    for name, right in {
      ReadSecrets = {
        actions   = ["secretsmanager:GetSecretValue"]
        resources = [for arn in local.secret_arns : arn if split(":", arn)[2] == "secretsmanager"]
      }
      ReadParameters = {
        actions   = ["ssm:GetParameter"]
        resources = [for arn in local.secret_arns : arn if split(":", arn)[2] == "ssm"]
      }
      DecryptSecrets = {
        actions   = ["kms:Decrypt"]
        resources = var.secrets_kms_key_arns
      }
    } : name => right if length(right.resources) > 0
  }
  always = {
    ReadConfiguration = {
      actions   = ["s3:GetObject", "s3:GetObjectVersion"]
      resources = ["${local.in_s3}${var.configuration.bucket}/${var.configuration.key}"]
    }
    KeepDeadLetters = {
      actions   = ["firehose:PutRecordBatch"]
      resources = ["arn:${local.partition}:firehose:${local.place}:deliverystream/${var.dead_letters.delivery_stream}"]
    }
    KeepLargeDeadLetters = {
      actions   = ["s3:PutObject"]
      resources = ["${local.in_s3}${var.dead_letters.bucket}/${var.dead_letters.prefix}/*"]
    }
    WriteLog = {
      actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      resources = ["arn:${local.partition}:logs:${local.place}:log-group:${local.log_group}:*"]
    }
  }
  rights = merge(local.always, local.reads_the_stream, local.reads_by_fan_out, local.gives_up_to_s3, local.reads_secrets, var.rights)
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      for name, right in local.rights : { Sid = name, Effect = "Allow", Action = right.actions, Resource = right.resources }
    ]
  })
}

resource "aws_iam_role" "this" {
  name        = var.name
  description = "The Lambda function ${var.name}: ${var.description}"
  tags        = var.tags

  # No condition on aws:SourceArn: of the roles of functions AWS documents none (docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html).
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "this" {
  name   = "function"
  role   = aws_iam_role.this.id
  policy = local.policy
}

# Apart from the other rights: a new key's ARN is known only once the key is made.
resource "aws_iam_role_policy" "key" {
  name = "key"
  role = aws_iam_role.this.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "UseKeys"
      Effect   = "Allow"
      Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource = distinct(compact([var.kms_key_arn, var.dead_letters.kms_key_arn]))
    }]
  })
}

# Network interfaces can be made only by a right on all resources; AWS's own policy holds it.
resource "aws_iam_role_policy_attachment" "vpc" {
  count      = var.vpc == null ? 0 : 1
  role       = aws_iam_role.this.name
  policy_arn = "arn:${local.partition}:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"
}

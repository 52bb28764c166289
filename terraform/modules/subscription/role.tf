# The role that CloudWatch Logs puts log events on the stream with. Where the stream is another account's, AWS asks for one all the
# same, that may only write the log groups themselves: by it the organisation is checked
# (docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CreateSubscriptionFilter-IAMrole.html).

locals {
  stream_arn = var.stream == null ? null : "arn:${local.partition}:kinesis:${local.region}:${local.account}:stream/${var.stream.name}"

  sender_accounts = var.senders == null ? [] : tolist(var.senders.accounts)
  by_organization = var.senders == null ? false : var.senders.organization != null
  sources         = local.by_organization ? ["*"] : concat([local.account], local.sender_accounts)
  trusted = {
    StringEquals = merge(
      local.by_organization ? { "aws:SourceOrgID" = [var.senders.organization] } : {},
      local.by_organization ? {} : { "aws:SourceAccount" = local.sources },
    )
    ArnLike = { "aws:SourceArn" = [for account in local.sources : "arn:${local.partition}:logs:${local.region}:${account}:*"] }
  }
}

resource "aws_iam_role" "this" {
  name        = "${var.name}-subscription"
  description = "CloudWatch Logs sends log events to ${var.stream == null ? "another account" : "a stream"} with it."
  tags        = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "logs.amazonaws.com" }
      Condition = local.trusted
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  name = "send"
  role = aws_iam_role.this.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      var.stream != null ? {
        Sid      = "PutLogEvents"
        Effect   = "Allow"
        Action   = ["kinesis:PutRecord", "kinesis:PutRecords"]
        Resource = [local.stream_arn]
        } : {
        Sid      = "SendLogEvents"
        Effect   = "Allow"
        Action   = ["logs:PutLogEvents"]
        Resource = ["arn:${local.partition}:logs:${local.region}:${local.account}:log-group:*"]
      }
    ]
  })
}

# Apart from the other rights: a new key's ARN is known only once the key is made.
resource "aws_iam_role_policy" "key" {
  count = var.stream == null ? 0 : 1
  name  = "key"
  role  = aws_iam_role.this.id

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "UseKey", Effect = "Allow", Action = ["kms:GenerateDataKey"], Resource = [var.kms_key_arn] }]
  })
}

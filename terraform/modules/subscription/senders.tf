# The destination that other accounts subscribe their log groups to.

locals {
  destination = "arn:${local.partition}:logs:${local.region}:${local.account}:destination:${var.name}"
  subscribe   = ["logs:PutAccountPolicy", "logs:PutSubscriptionFilter"]
}

resource "aws_cloudwatch_log_destination" "this" {
  count      = var.senders == null ? 0 : 1
  name       = var.name
  role_arn   = aws_iam_role.this.arn
  target_arn = var.stream.arn
  tags       = var.tags

  depends_on = [aws_iam_role_policy.this, aws_iam_role_policy.key]
}

resource "aws_cloudwatch_log_destination_policy" "this" {
  count            = var.senders == null ? 0 : 1
  destination_name = aws_cloudwatch_log_destination.this[0].name

  # Changes who may send also where accounts have subscribed already.
  force_update = true

  access_policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        for organization in compact([var.senders.organization]) : {
          Sid       = "SubscribeFromTheOrganization"
          Effect    = "Allow"
          Principal = "*"
          Action    = local.subscribe
          Resource  = local.destination
          Condition = { StringEquals = { "aws:PrincipalOrgID" = organization } }
        }
      ],
      [
        for accounts in [local.sender_accounts] : {
          Sid       = "SubscribeFromAccounts"
          Effect    = "Allow"
          Principal = { AWS = accounts }
          Action    = local.subscribe
          Resource  = local.destination
        } if length(accounts) > 0
      ],
    )
  })
}

# An Amazon OpenSearch Service domain that takes signed requests of this account's roles, each by its own policy.

locals {
  domain_arn = "arn:${local.partition}:es:${local.region}:${local.account}:domain/${var.name}"
  in_vpc     = var.opensearch == null ? false : length(var.opensearch.subnet_ids) > 0
  domain_logs = var.opensearch == null ? {} : {
    ES_APPLICATION_LOGS = "application", INDEX_SLOW_LOGS = "index-slow", SEARCH_SLOW_LOGS = "search-slow"
  }
  log_groups = [for _, log in local.domain_logs : "/aws/opensearch/${var.name}/${log}"]
}

resource "aws_opensearch_domain" "this" {
  #checkov:skip=CKV_AWS_317:Audit logs need fine-grained access control: see CKV2_AWS_52
  #checkov:skip=CKV2_AWS_52:Who may do what is said by roles' own policies; fine-grained access control needs users set up in the domain, which Terraform's AWS provider cannot
  #checkov:skip=CKV2_AWS_59:Dedicated masters are a setting (`dedicated_master_type`): a small domain needs none
  count          = var.opensearch == null ? 0 : 1
  domain_name    = var.name
  engine_version = var.opensearch.engine_version
  tags           = var.tags

  cluster_config {
    instance_type            = var.opensearch.instance_type
    instance_count           = var.opensearch.instance_count
    zone_awareness_enabled   = var.opensearch.instance_count > 1
    dedicated_master_enabled = var.opensearch.dedicated_master_type != null
    dedicated_master_type    = var.opensearch.dedicated_master_type
    dedicated_master_count   = var.opensearch.dedicated_master_type == null ? null : 3

    dynamic "zone_awareness_config" {
      for_each = var.opensearch.instance_count > 1 ? [var.opensearch.instance_count % 3 == 0 ? 3 : 2] : []
      content {
        availability_zone_count = zone_awareness_config.value
      }
    }
  }

  ebs_options {
    ebs_enabled = true
    volume_type = "gp3"
    volume_size = var.opensearch.volume_gib
  }

  encrypt_at_rest {
    enabled    = true
    kms_key_id = var.kms_key_arn
  }

  node_to_node_encryption {
    enabled = true
  }

  domain_endpoint_options {
    enforce_https       = true
    tls_security_policy = "Policy-Min-TLS-1-2-PFS-2023-10"
  }

  dynamic "vpc_options" {
    for_each = local.in_vpc ? [var.opensearch] : []
    content {
      subnet_ids         = vpc_options.value.subnet_ids
      security_group_ids = vpc_options.value.security_group_ids
    }
  }

  dynamic "log_publishing_options" {
    for_each = local.domain_logs
    content {
      log_type                 = log_publishing_options.key
      cloudwatch_log_group_arn = aws_cloudwatch_log_group.domain[log_publishing_options.key].arn
    }
  }

  # The account itself is named, so that a role's own policy decides.
  access_policies = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:${local.partition}:iam::${local.account}:root" }
      Action    = ["es:ESHttpDelete", "es:ESHttpGet", "es:ESHttpHead", "es:ESHttpPost", "es:ESHttpPut"]
      Resource  = "${local.domain_arn}/*"
    }]
  })

  depends_on = [aws_cloudwatch_log_resource_policy.domain]
}

resource "aws_cloudwatch_log_group" "domain" {
  for_each          = local.domain_logs
  name              = "/aws/opensearch/${var.name}/${each.value}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
  tags              = var.tags
}

resource "aws_cloudwatch_log_resource_policy" "domain" {
  count       = var.opensearch == null ? 0 : 1
  policy_name = "${var.name}-opensearch"

  policy_document = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "es.amazonaws.com" }
      Action    = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource  = "arn:${local.partition}:logs:${local.region}:${local.account}:log-group:/aws/opensearch/${var.name}/*"
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account }
        ArnLike      = { "aws:SourceArn" = local.domain_arn }
      }
    }]
  })
}

# Log groups whose events go to the raw stream, or to the destination of another account's.

data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

data "aws_cloudwatch_log_groups" "by_prefix" {
  for_each              = var.prefixes
  log_group_name_prefix = each.value
}

data "aws_resourcegroupstaggingapi_resources" "by_tags" {
  count                 = length(var.tags_of_log_groups) == 0 ? 0 : 1
  resource_type_filters = ["logs:log-group"]

  dynamic "tag_filter" {
    for_each = var.tags_of_log_groups
    content {
      key    = tag_filter.key
      values = compact([tag_filter.value])
    }
  }
}

locals {
  account   = data.aws_caller_identity.this.account_id
  region    = data.aws_region.this.region
  partition = data.aws_partition.this.partition

  by_prefix = flatten([for _, found in data.aws_cloudwatch_log_groups.by_prefix : tolist(found.log_group_names)])
  # arn:aws:logs:REGION:ACCOUNT:log-group:NAME, with or without `:*` behind it
  tagged  = data.aws_resourcegroupstaggingapi_resources.by_tags
  by_tags = flatten([for it in local.tagged : [for resource in it.resource_tag_mapping_list : split(":", resource.resource_arn)[6]]])

  found      = setsubtract(setsubtract(toset(concat(local.by_prefix, local.by_tags)), var.exclude), var.own_log_groups)
  log_groups = setunion(var.log_groups, local.found)

  filters = merge([
    for log_group in local.log_groups : {
      for pattern, text in var.filter_patterns : "${log_group}|${pattern}" => { log_group = log_group, pattern = pattern, text = text }
    }
  ]...)
  filter_names = [for pattern, _ in var.filter_patterns : length(var.filter_patterns) == 1 ? var.name : "${var.name}-${pattern}"]
  filter_name  = zipmap(keys(var.filter_patterns), local.filter_names)

  target_arn = var.stream == null ? var.destination_arn : var.stream.arn
  # The pipeline's own log groups are never sent, whoever is left out besides.
  left_out = sort(tolist(setunion(var.exclude, var.own_log_groups, var.log_groups)))
}

resource "aws_cloudwatch_log_subscription_filter" "this" {
  for_each        = local.filters
  name            = local.filter_name[each.value.pattern]
  log_group_name  = each.value.log_group
  filter_pattern  = each.value.text
  destination_arn = local.target_arn
  role_arn        = aws_iam_role.this.arn
  distribution    = var.distribution

  lifecycle {
    precondition {
      condition     = !contains(var.own_log_groups, each.value.log_group)
      error_message = "A loop: ${each.value.log_group} is written by the pipeline itself, and each line would make new ones for ever."
    }
    precondition {
      condition     = length(var.filter_patterns) + lookup(var.other_filters, each.value.log_group, 0) <= 2
      error_message = "The log group ${each.value.log_group} would have ${length(var.filter_patterns) + lookup(var.other_filters, each.value.log_group, 0)} subscription filters, and AWS allows two: give fewer `filter_patterns`, take a filter of others away, or use `account_policy`, which counts apart."
    }
  }

  # CloudWatch sends a trial record first.
  depends_on = [aws_iam_role_policy.this, aws_iam_role_policy.key]
}

resource "aws_cloudwatch_log_account_policy" "this" {
  count              = var.account_policy == null ? 0 : 1
  policy_name        = var.name
  policy_type        = "SUBSCRIPTION_FILTER_POLICY"
  scope              = "ALL"
  selection_criteria = length(local.left_out) == 0 ? null : "LogGroupName NOT IN ${jsonencode(local.left_out)}"

  policy_document = jsonencode({
    DestinationArn = local.target_arn
    RoleArn        = aws_iam_role.this.arn
    FilterPattern  = var.account_policy.filter_pattern
    Distribution   = var.distribution
  })

  lifecycle {
    precondition {
      condition     = length(jsonencode(local.left_out)) < 25000
      error_message = "CloudWatch takes 25 KB of log groups that are left out of an account policy: leave fewer out, or subscribe by `prefixes` or `tags`."
    }
    precondition {
      condition     = length(local.found) == 0
      error_message = "Log groups that prefixes or tags find would be sent twice, by the account policy too: leave `prefixes` and `tags_of_log_groups` empty beside `account_policy`."
    }
  }

  depends_on = [aws_iam_role_policy.this, aws_iam_role_policy.key]
}

check "known_filters" {
  assert {
    condition     = length(setsubtract(keys(var.other_filters), local.log_groups)) == 0
    error_message = "`other_filters` names log groups that are not subscribed here: ${join(", ", setsubtract(keys(var.other_filters), local.log_groups))}."
  }
}

# What the sink may do at its store. A server that is known by a secret, or by nothing, needs no right of AWS.

locals {
  partition = data.aws_partition.this.partition
  # A store in another region is written there, by the section's `region`.
  place = "${lookup(var.settings, "region", data.aws_region.this.region)}:${data.aws_caller_identity.this.account_id}"

  targets = {
    elasticsearch = var.domain_arn == null ? {} : {
      WriteDomain = { actions = ["es:ESHttpPost"], resources = ["${var.domain_arn}/*"] }
    }
    firehose = {
      WriteDeliveryStream = {
        actions   = ["firehose:PutRecordBatch"]
        resources = ["arn:${local.partition}:firehose:${local.place}:deliverystream/${lookup(var.settings, "delivery_stream", "")}"]
      }
    }
    timestream = merge({
      WriteTable = {
        actions   = ["timestream:WriteRecords"]
        resources = ["arn:${local.partition}:timestream:${local.place}:database/${lookup(var.settings, "database", "")}/table/${lookup(var.settings, "table", "")}"]
      }
      }, contains(keys(var.settings), "endpoint_url") ? {} : {
      # AWS knows this action on all resources only
      # (docs.aws.amazon.com/service-authorization/latest/reference/list_amazontimestream.html); it tells an address.
      FindEndpoint = { actions = ["timestream:DescribeEndpoints"], resources = ["*"] }
    })
    influxdb = {}
    loki     = {}
  }
  target = local.targets[local.section]
}

# One log group to an OpenSearch endpoint.

provider "aws" {
  region = var.region
}

module "catchwater" {
  source = "../.."

  name              = var.name
  package_directory = var.package_directory
  architecture      = var.architecture
  force_destroy     = var.force_destroy

  subscriptions = { log_groups = [var.log_group] }
  routes        = [{ log_group = var.log_group, format = var.format, service = var.service }]

  # The first sink's reading is set, so that no further one changes it, however it is called.
  sinks = merge({
    opensearch = { url = var.url, domain_arn = var.domain_arn, enhanced_fan_out = false }
  }, var.more_sinks)
}

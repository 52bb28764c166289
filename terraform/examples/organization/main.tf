# The logs of many accounts in one: this is the account that gathers. Each of the others applies `member/` with this one's output.

provider "aws" {
  region = var.region
}

module "catchwater" {
  source = "../.."

  name              = var.name
  package_directory = var.package_directory
  architecture      = var.architecture
  force_destroy     = var.force_destroy

  subscriptions = {
    # The other accounts of the organisation, by the destination that is made for them,
    senders = { organization = var.organization }
    # and this account's own log groups, those to come too, but for the pipeline's.
    account_policy = {}
    exclude        = var.exclude
  }

  # Accounts are told apart by their number: a route may be of one alone.
  routes = [
    for name, account in var.accounts : { account = account, log_group = "/aws/lambda/*", format = "aws_lambda", service = name }
  ]

  streams = { raw = { retention_hours = 72 }, events = { retention_hours = 72 } }

  sinks = {
    opensearch = { url = var.url, domain_arn = var.domain_arn }
    loki       = { url = var.loki_url, settings = { retention_days = 30 } }
  }

  transform = { parallelization_factor = 4 }
  alarms    = { emails = var.emails }
}

# One of the other accounts: all its log groups, those to come too, go to the account that gathers.

provider "aws" {
  region = var.region
}

module "subscription" {
  source = "../../../modules/subscription"

  name            = var.name
  destination_arn = var.destination_arn
  account_policy  = {}
  exclude         = var.exclude
}

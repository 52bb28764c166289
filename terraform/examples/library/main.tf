# Who asks the catalogue, the repository and the reading room's proxy, in Elasticsearch: for so long and no longer, and without patrons' names.

provider "aws" {
  region = var.region
}

module "catchwater" {
  source = "../.."

  name              = var.name
  package_directory = var.package_directory
  architecture      = var.architecture
  force_destroy     = var.force_destroy

  subscriptions = { log_groups = [for _, service in var.services : service.log_group] }
  routes        = [for name, service in var.services : { log_group = service.log_group, format = service.format, service = name }]

  # Users become keyed hashes before any store sees them: one patron stays one, and has no name. Addresses lose their last part.
  configuration = <<-TOML
    [privacy]
    users = "hash"
    addresses = "truncate"
    key_env = "CATCHWATER_PRIVACY_KEY"

    [redact]
    query_parameters = ["password", "token", "pin", "patron_barcode", "borrowernumber"]

    [[redact.pattern]]
    name = "barcode"
    pattern = '\b2[0-9]{13}\b'
    replacement = "barcode"
  TOML

  # The transform alone may read the key of the hashes.
  transform = { secrets = { CATCHWATER_PRIVACY_KEY = var.privacy_key_arn } }

  sinks = {
    elasticsearch = {
      url      = var.url
      settings = { user = "catchwater", password_env = "ES_PASSWORD", retention_days = var.retention_days }
      secrets  = { ES_PASSWORD = var.password_arn }
    }
  }

  # The archive ends when the index does. Dead letters hold lines as they came: for a week, and the raw archive is left out.
  archive = { events_days = var.retention_days, raw = false, dead_letters_days = 7 }

  alarms = { emails = var.emails }
}

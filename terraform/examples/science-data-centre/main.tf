# File moves of a science data centre, in the Timestream table that it has already. Each move is told once: uploads by S3's events of the
# incoming bucket, what the sorting function moves and deletes by its own log. S3 would tell these moves too, and each would count twice; so
# only uploads to the incoming bucket are taken of its events, and no others of its buckets'.

provider "aws" {
  region = var.region
}

locals {
  uploads = {
    buckets      = [var.incoming_bucket]
    detail_types = ["Object Created"]
    # Not CopyObject: that is how moves are made.
    reasons = ["CompleteMultipartUpload", "POST Object", "PutObject"]
  }
}

module "catchwater" {
  source = "../.."

  name              = var.name
  package_directory = var.package_directory
  architecture      = var.architecture
  force_destroy     = var.force_destroy

  # What the sorter did.
  subscriptions = { log_groups = [var.sorter_log_group] }

  # What was uploaded. The bucket has to send its events to EventBridge.
  bucket_events = { uploads = local.uploads }

  routes = [
    { log_group = var.sorter_log_group, format = "sdc", service = "sorting-function" },
    # S3's events come without a log group: the raw stream's name stands for it.
    { log_group = "${var.name}-raw", format = "aws_s3_eventbridge", service = "object-store" },
  ]

  sinks = {
    timestream = {
      settings = {
        database = var.database
        table    = var.table
        layout   = "existing"
        # One kind of evidence for each move: uploads by one format, moves by the other.
        formats = jsonencode(["sdc", "aws_s3_eventbridge"])
      }
    }
  }

  # The raw records too, for thirty days: a corrected format can be replayed.
  archive = { raw = true, raw_days = 30, events_cold_days = 90 }

  alarms = {
    emails = var.emails
    # Files come when a spacecraft is in sight.
    no_data_minutes = 1440
  }
}

# Tables for Athena, as archive/athena/*.sql makes them by hand. Their columns come from the same source: columns.json is generated.

locals {
  tables = jsondecode(file("${path.module}/columns.json"))

  # What a table holds lies in a folder an hour; the folders are computed, so that nothing has to be added each day.
  table_places = {
    events       = var.event_stream == null ? null : "s3://${var.buckets.archive}/${local.prefix.events}/"
    raw          = var.raw_stream == null ? null : "s3://${var.buckets.originals}/${local.prefix.raw}/"
    dead_letters = "s3://${var.buckets.originals}/${local.prefix.dead_letters}/"
  }
}

resource "aws_glue_catalog_database" "this" {
  count       = var.tables ? 1 : 0
  name        = replace("${var.name}_archive", "-", "_")
  description = "The archive of the pipeline ${var.name}: docs/archive.md tells how it is asked."
  tags        = var.tags
}

resource "aws_glue_catalog_table" "this" {
  for_each      = { for table, place in local.table_places : table => place if var.tables && place != null }
  database_name = aws_glue_catalog_database.this[0].name
  name          = "catchwater_${each.key}"
  table_type    = "EXTERNAL_TABLE"

  parameters = {
    EXTERNAL                       = "TRUE"
    "projection.enabled"           = "true"
    "projection.day.type"          = "date"
    "projection.day.format"        = "yyyy/MM/dd"
    "projection.day.range"         = "${var.first_day},NOW"
    "projection.day.interval"      = "1"
    "projection.day.interval.unit" = "DAYS"
    "projection.hour.type"         = "integer"
    "projection.hour.range"        = "0,23"
    "projection.hour.digits"       = "2"
    "storage.location.template"    = "${each.value}$${day}/$${hour}/"
  }

  partition_keys {
    name = "day"
    type = "string"
  }
  partition_keys {
    name = "hour"
    type = "int"
  }

  storage_descriptor {
    location      = each.value
    input_format  = "org.apache.hadoop.mapred.TextInputFormat"
    output_format = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"

    ser_de_info {
      serialization_library = "org.openx.data.jsonserde.JsonSerDe"
      parameters            = local.tables[each.key].serde
    }

    dynamic "columns" {
      for_each = local.tables[each.key].columns
      content {
        name = columns.value.name
        type = columns.value.type
      }
    }
  }
}

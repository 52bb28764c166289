# The transform's configuration, and the whole as the `catchwater` command takes it. Each function reads its own part: a new sink
# changes no other function, and no sink needs the secret with which the transform hides names.

locals {
  routes = [
    for route in var.routes : join("\n", concat(
      ["[[route]]"],
      [
        for key in ["account", "log_group", "log_stream", "format", "service", "drop"] :
        "${key} = ${jsonencode(route[key])}" if route[key] != null
      ],
      [for key, value in route.settings : "${key} = ${can(jsondecode(value)) ? value : jsonencode(value)}"],
      [""],
    ))
  ]
  packing                 = var.archive.packing == "zstd" ? "" : "[pipeline]\npacking = ${jsonencode(var.archive.packing)}\n"
  transform_configuration = join("\n", compact(concat(local.routes, [local.packing, var.configuration])))
  whole_configuration     = join("\n", compact(concat([local.transform_configuration], [for _, consumer in module.consumer : consumer.section])))
}

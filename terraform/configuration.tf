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

  # One section a store: of two sinks of a kind the first by its name, for the command knows no second one.
  first_of_section    = { for section, names in { for name, section in local.section : section => name... } : section => sort(names)[0] }
  whole_configuration = join("\n", compact(concat([local.transform_configuration], [for _, name in local.first_of_section : module.consumer[name].section])))
}

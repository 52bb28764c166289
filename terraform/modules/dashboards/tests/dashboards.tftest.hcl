mock_provider "aws" {
  source = "../../testing/aws"
}

variables {
  name    = "logs"
  streams = { raw = { name = "logs-raw", retention_hours = 24 } }
  functions = {
    transform = { name = "logs-transform", role = "transform", retention_hours = 24 }
    to-loki   = { name = "logs-to-loki", role = "consumer", retention_hours = 48 }
  }
  delivery_streams = { events = "logs-events" }
  filters          = ["logs"]
}

run "graphs_stand_side_by_side_and_show_every_part" {
  command = plan

  assert {
    condition = length(distinct([
      for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : "${widget.x},${widget.y}"
    ])) == length(jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets)
    error_message = "two graphs lie on one place"
  }
  assert {
    condition = alltrue([
      for part in ["logs-raw", "logs-transform", "logs-to-loki", "logs-events", "FilterName = 'logs'"] : strcontains(aws_cloudwatch_dashboard.this.dashboard_body, part)
    ])
    error_message = "a part is on no graph"
  }
  assert {
    condition     = alltrue([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : length(widget.properties.metrics) >= 1 && widget.properties.region == "eu-central-1"])
    error_message = "a graph is empty"
  }
}

run "without_stores_and_archive" {
  command = plan

  variables {
    functions        = { transform = { name = "logs-transform", role = "transform", retention_hours = 24 } }
    delivery_streams = {}
    filters          = []
  }

  assert {
    condition     = alltrue([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : !startswith(widget.properties.title, "Stores") && !startswith(widget.properties.title, "Archive")])
    error_message = "a graph of nothing"
  }
}

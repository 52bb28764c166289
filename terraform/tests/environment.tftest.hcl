mock_provider "aws" {
  source = "testing/aws"
}

variables {
  name              = "logs"
  package_directory = "testing/packages"
}

run "variables_for_all_functions_are_taken" {
  command = plan

  variables {
    environment = { AWS_ENDPOINT_URL_FIREHOSE = "https://vpce-1.firehose.eu-central-1.vpce.amazonaws.com" }
  }
}

run "what_the_modules_set_is_refused" {
  command         = plan
  expect_failures = [var.environment]

  variables {
    environment = { CATCHWATER_FIREHOSE = "wrap" }
  }
}

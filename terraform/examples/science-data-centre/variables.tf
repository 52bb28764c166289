variable "sorter_log_group" {
  description = "Log group of the sorting function."
  type        = string
  default     = "/aws/lambda/SortingLambdaFunction"
}

variable "incoming_bucket" {
  description = "Bucket that files are uploaded to; it sends its events to EventBridge."
  type        = string
}

variable "database" {
  description = "Timestream database that is there already."
  type        = string
  default     = "sdc_aws_logs"
}

variable "table" {
  description = "Timestream table that is there already."
  type        = string
  default     = "sdc_aws_s3_bucket_log_table"
}

variable "emails" {
  description = "Addresses that alarms are told to."
  type        = set(string)
  default     = []
}

variable "name" {
  description = "Name of the pipeline."
  type        = string
  default     = "catchwater"
}

variable "region" {
  description = "AWS region, that of the table."
  type        = string
  default     = "us-east-1"
}

variable "architecture" {
  description = "Processor that `make package` built the zips for: `arm64` or `x86_64`."
  type        = string
  default     = "arm64"
}

variable "package_directory" {
  description = "Folder of the functions' zips; `null` is `target/lambda` of the repository."
  type        = string
  default     = null
}

variable "force_destroy" {
  description = "Does `terraform destroy` delete the buckets with all that lies in them?"
  type        = bool
  default     = false
}

//! The pieces that log lines share, each in its own file, all borrowing from the line. From small to large:
//! [`token`] cuts at spaces; [`quoted`] reads strings in quotation marks; [`decimal`] reads seconds; [`clf_time`]
//! reads the time of access logs, [`log_time`] that of all others ([`month`], [`zone`]); [`level`] knows the names of levels; [`address`] tells addresses from names, [`arn`] reads names of AWS,
//! [`host_port`] cuts a port off, [`clients`] finds the client in a list of proxies; [`url`] splits a URL, [`percent`] decodes its parts and
//! [`request_line`] a request; [`hash`] tells texts apart for tables; [`free_fields`] collects what has no registered field. From these, [`access_line`]
//! reads the line that Apache, nginx and many others write and [`access_tail`] what stands behind its common part;
//! [`log_prefix`] reads what loggers put before a message, [`csv`] a row of comma-separated values, [`mysql_account`] an account as MySQL writes it, [`python_dict`] a dict that Python printed.
//! [`log_prefix`] reads what loggers put before a message, [`elb`] what AWS's load balancers share, [`python_dict`] a dict that Python printed.
//! [`log_prefix`] reads what loggers put before a message, [`elb`] what AWS's load balancers share, [`columns`] names the columns of lines, [`python_dict`] a dict that Python printed.
//! [`log_prefix`] reads what loggers put before a message, [`python_dict`] a dict that Python printed, [`aws_messages`]
//! finds the documents that SNS and SQS carry.
//! [`log_prefix`] reads what loggers put before a message, [`python_dict`] a dict that Python printed;
//! [`syslog`] reads what stands before the messages of syslog, [`carried`] a message that another log's line carries;
//! [`delivered`] reads what syslog and Heroku put before a program's line, [`tagged_line`] what stands before a message of Rails, [`ruby_hash`] a hash that Ruby printed; [`logfmt`] reads
//! `key=value` pairs, [`go_duration`] `1m2.5s`, [`epoch`] counts since 1970, [`uuid`] ids of requests; [`ansi`] takes
//! colours out; [`layout`] holds lines against a logger's pattern;
//! [`stack_trace`] joins the lines of a stack trace and reads what was thrown, [`entry_start`] tells where an entry begins.
//! [`stack_trace`] joins the lines of a stack trace and reads what was thrown, [`entry_start`] tells where an entry begins;
//! [`xml`] reads XML piece by piece, [`xml_document`] joins its lines, [`premis`] knows the words of preservation and [`druid`] the ids of its objects, [`ruby_logger`] reads what Ruby puts before a message.

pub mod access_line;
pub mod access_tail;
pub mod address;
pub mod ansi;
pub mod arn;
pub mod aws_messages;
pub mod carried;
pub mod clf_time;
pub mod clients;
pub mod columns;
pub mod csv;
pub mod decimal;
pub mod delivered;
pub mod druid;
pub mod elb;
pub mod entry_start;
pub mod epoch;
pub mod free_fields;
pub mod go_duration;
pub mod hash;
pub mod host_port;
pub mod layout;
pub mod level;
pub mod log_prefix;
pub mod log_time;
pub mod logfmt;
pub mod month;
pub mod mysql_account;
pub mod percent;
pub mod premis;
pub mod python_dict;
pub mod quoted;
pub mod request_line;
pub mod ruby_hash;
pub mod ruby_logger;
pub mod stack_trace;
pub mod syslog;
pub mod tagged_line;
pub mod token;
pub mod url;
pub mod uuid;
pub mod xml;
pub mod xml_document;
pub mod zone;

//! Sink: Amazon Timestream for LiveAnalytics, by the AWS SDK.
//!
//! [`config`] names the table and what goes there. [`sink`] takes events: each becomes a record, by [`encode`] with all its
//! fields as measures, or by [`existing`] as the row of a table of file moves that is there already; what does not fit
//! into a record is cut by `room`. `call` makes one WriteRecords of a hundred records, `client` sends it, and `answer` tells
//! what became of each record.

mod answer;
mod call;
mod client;
pub mod config;
pub mod encode;
pub mod existing;
mod room;
pub mod sink;

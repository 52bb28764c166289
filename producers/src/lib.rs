//! What puts log events on the raw stream.
//!
//! In the order in which a line passes: [`lines`] splits what is read; [`envelope`] packs lines as CloudWatch Logs
//! would; [`put_records`] is the only writer to a stream.

pub mod agent;
pub mod documents;
pub mod envelope;
pub mod file;
pub mod http;
pub mod lines;
pub mod live;
pub mod put_files;
pub mod put_records;
pub mod split;

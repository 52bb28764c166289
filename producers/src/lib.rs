//! What puts log events on the raw stream.
//!
//! In the order in which a line passes: [`file`] opens a file and tells which it is, [`live`] reads what may fall
//! silent; [`lines`] and [`documents`] find log events in what is read, [`split`] divides objects that are too large;
//! [`envelope`] packs log events as CloudWatch Logs would; [`put_files`] (`catchwater put`) and [`agent`] (files that
//! grow) drive all that; [`put_records`] is the only writer to a stream, [`http`] its way to another process.

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

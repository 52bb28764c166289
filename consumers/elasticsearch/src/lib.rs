//! The sink for Elasticsearch 7 to 9 and OpenSearch 1 to 3: events in dated indices, written by `_bulk`.
//!
//! [`config`] says where the server is and who we are. [`sink`] takes events: [`encode`] makes bodies of them, which
//! hold each event's JSON as it came, [`reply`] reads what the server says of each, and [`refusal`] tells what it
//! never will take from what it takes later. [`setup`] makes the server ready: [`server`] tells which one it is,
//! [`template`] makes the fields' types of the registry, [`policy`] removes indices that are too old.

pub mod config;
pub mod encode;
pub mod policy;
pub mod refusal;
pub mod reply;
pub mod server;
pub mod setup;
pub mod sink;
pub mod template;

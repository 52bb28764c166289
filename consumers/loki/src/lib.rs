//! The sink for Grafana Loki, as far as it goes: what is sent, not yet the sending.
//!
//! [`config`] says where the server is; [`encode`] makes the body of a push of events: a few labels, the event as the line,
//! some of its values as structured metadata.

pub mod config;
pub mod encode;

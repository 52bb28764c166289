//! The sink for Grafana Loki.
//!
//! [`config`] says where the server is. [`sink`] takes events: [`encode`] makes an entry of each (a few labels, the event as the
//! line, some of its values as structured metadata); the entries of each stream go out in bodies that the server takes, and
//! `answer` tells what it did with them. Where it refuses some and does not say which, they are halved.

mod answer;
pub mod config;
pub mod encode;
pub mod sink;

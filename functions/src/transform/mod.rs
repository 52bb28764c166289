//! What the transform's function does, by what it is invoked with.
//!
//! [`streams`] hands the records of shards to the transform's handler, which puts event records on the event stream; [`logs`]
//! does so with the one envelope that CloudWatch Logs sends directly. [`firehose`] answers Firehose with what each record
//! becomes: its events ([`archive`]), or the record itself with its place ([`wrap`]); [`fit`] keeps the answer below what Lambda
//! takes.

pub mod archive;
pub mod firehose;
pub mod fit;
pub mod logs;
pub mod streams;
pub mod wrap;

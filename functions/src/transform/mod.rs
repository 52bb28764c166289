//! What the transform's function does beside handing records of shards on: [`logs`] hands on the one envelope that CloudWatch
//! Logs sends directly; [`firehose`] answers Firehose with what each record becomes, its events ([`archive`]) or the record
//! itself with its place ([`wrap`]); [`fit`] keeps that answer below what Lambda takes.

pub mod archive;
pub mod firehose;
pub mod fit;
pub mod logs;
pub mod wrap;

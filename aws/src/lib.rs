//! All that speaks to AWS, but for the sinks of AWS's own stores. The functions are built on it, and the program with
//! its feature `aws`.
//!
//! [`sdk`] is what every SDK client is made of; [`failure`] reads why a call failed. [`kinesis`] puts records
//! on a stream, [`put_record_batch`] on a Firehose by [`firehose`], [`objects`] reads and writes in S3; on both [`letters`] keeps
//! dead letters. [`sigv4`] signs requests of those that speak to AWS by HTTP, with `credentials` that it renews; [`service`]
//! makes such calls to services of which one thing is asked, as [`secrets`] does, and [`invoke`], which puts a deployed
//! function behind a mapping of ours.

mod credentials;
pub mod failure;
pub mod firehose;
pub mod invoke;
pub mod kinesis;
pub mod letters;
pub mod objects;
pub mod put_record_batch;
pub mod sdk;
pub mod secrets;
pub mod service;
pub mod sigv4;

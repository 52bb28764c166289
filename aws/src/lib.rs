//! All that speaks to AWS, but for the sinks of AWS's own stores. The functions are built on it, and the program with
//! its feature `aws`.
//!
//! [`sdk`] is what every SDK client is made of; [`failure`] reads why a call failed. [`kinesis`] puts records. [`sigv4`]
//! signs requests of those that speak to AWS by HTTP, with `credentials` that it renews; [`service`] makes such calls to services of which one thing is asked, as [`secrets`] does.

mod credentials;
pub mod failure;
pub mod kinesis;
pub mod sdk;
pub mod secrets;
pub mod service;
pub mod sigv4;

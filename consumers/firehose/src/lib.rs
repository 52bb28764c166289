//! Sink: Amazon Data Firehose.

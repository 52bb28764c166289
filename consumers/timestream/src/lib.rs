//! Sink: Amazon Timestream for LiveAnalytics.

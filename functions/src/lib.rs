//! The shell of all Lambda functions.

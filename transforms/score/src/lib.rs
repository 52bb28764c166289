//! Holds the formats against log lines that others published, and against what they or an independent reader made of
//! them.
//!
//! [`case`] finds inputs with their expectations; [`corpus`] reads a format's `testdata/<format>/corpus.toml`: where such
//! cases lie, which of our fields holds what they call by another name, what a route would say of them; [`passes`] runs a
//! case through the whole transform; [`compare`] compares one value; [`score`] counts, [`table`] has a row a format. [`golden`] compares whole events
//! with what they were before.

pub mod case;
pub mod compare;
pub mod corpus;
pub mod golden;
pub mod passes;
pub mod score;
pub mod table;

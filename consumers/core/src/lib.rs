//! The frame that every sink stands in.
//!
//! A batch of event records comes in from the mapping: [`handler`] takes as many as one write holds ([`window`]) and
//! brings their events to the [`sink`]: [`deliver`] makes one call safe, [`retry`] tries again what may succeed
//! later, [`tally`] tells which records are settled, and [`dead_letters`] keeps what never will pass, here in a
//! [`folder`]. The answer is the lowest record that is not settled and an account of those below it. Time and
//! chance come from [`world`]. [`http`] is the client of those sinks that speak HTTP; [`walk`] reads an event's JSON for
//! those that do not store it as it is, [`place`] gives an event its time where a store knows it by that, [`once`] finds
//! what one call brings twice, [`halving`] what a store refuses without saying which. [`contract`] is the test that every sink has to pass, [`sample`] the one of its page; [`encoding_rate`]
//! measures encoders.

pub mod contract;
pub mod dead_letters;
pub mod deliver;
pub mod encoding_rate;
pub mod folder;
pub mod halving;
pub mod handler;
pub mod http;
pub mod once;
pub mod place;
pub mod retry;
pub mod sample;
pub mod sink;
pub mod tally;
pub mod walk;
pub mod window;
pub mod world;

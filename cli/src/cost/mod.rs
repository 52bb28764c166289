//! What the pipeline costs on AWS in a month, and what the same logs cost otherwise.
//!
//! In the order in which figures pass: [`groups`] reads what people tell of their log groups, or [`measure`] weighs given
//! files; [`demand`] is what comes of it in a month; [`assumptions`] are the options; [`prices`] the price file; [`streams`],
//! [`functions`] (with their [`rates`]), [`archive`] and [`store`] write the [`lines`] of the bill, [`estimate`] puts the
//! bills together, [`show`] shows them. [`money`] has the units. All but `measure` is pure.

pub mod archive;
pub mod assumptions;
pub mod demand;
pub mod estimate;
pub mod functions;
pub mod groups;
pub mod lines;
pub mod measure;
pub mod money;
pub mod prices;
pub mod rates;
pub mod show;
pub mod store;
pub mod streams;
#[cfg(test)]
mod tests;

//! One line of a bill.

use super::money::{Amount, Price, Unit, Usd};

/// One line of a bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Part of the pipeline.
    pub part: &'static str,
    /// What is paid for.
    pub what: String,
    /// How much of it, in units.
    pub amount: String,
    /// USD a unit.
    pub each: String,
    /// The month's cost.
    pub usd: Usd,
    /// Where the price is from, by its name in the price file.
    pub from: String,
}

/// A bill of a month.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bill(pub Vec<Line>);

impl Bill {
    /// Adds a line; nothing where the amount is nothing.
    pub fn add<U: Unit>(&mut self, part: &'static str, amount: u128, price: &Price<U>) {
        self.add_for(part, &price.what, amount, price);
    }

    /// Adds a line that says for what the amount is.
    pub fn add_for<U: Unit>(&mut self, part: &'static str, what: &str, amount: u128, price: &Price<U>) {
        if amount == 0 {
            return;
        }
        let amount = Amount::<U>::of(amount);
        self.0.push(Line {
            part,
            what: what.to_string(),
            amount: amount.in_units(),
            each: price.each(),
            usd: price.of(&amount),
            from: price.from.clone(),
        });
    }

    /// The sum.
    pub fn total(&self) -> Usd {
        self.0.iter().map(|line| line.usd).sum()
    }

    /// The sum of one part.
    pub fn of(&self, part: &str) -> Usd {
        self.0.iter().filter(|line| line.part == part).map(|line| line.usd).sum()
    }

    /// The parts in the order of their lines, each once.
    pub fn parts(&self) -> Vec<&'static str> {
        let mut parts: Vec<&'static str> = Vec::new();
        for line in &self.0 {
            if !parts.contains(&line.part) {
                parts.push(line.part);
            }
        }
        parts
    }
}

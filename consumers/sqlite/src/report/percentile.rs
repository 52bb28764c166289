//! `median(X)` and `percentile(X, P)` for SQL, under the names and with the meaning that the `sqlite3` shell has them
//! (<https://sqlite.org/percentile.html>), in bounded memory: values are counted in classes whose ends lie 1 % apart
//! (the idea of DDSketch, <https://arxiv.org/abs/1908.10693>), and a class answers with the mean of its own values. So
//! the answer is exact where a class holds one value, and else less than 1 % off.

use rusqlite::Connection;
use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::ValueRef;
use std::collections::BTreeMap;

/// Quotient of the ends of a class.
const STEP: f64 = 1.01;

/// Values of one group: at most some 4,500 classes for whole numbers of 63 bits.
#[derive(Default)]
pub(crate) struct Classes {
    counted: u64,
    /// Number and sum of the values in each class; class 0 is of what is not above 0.
    by_class: BTreeMap<i32, (u64, f64)>,
}

impl Classes {
    fn add(&mut self, value: f64) {
        // From 1 on, so that a class's number is above that of 0.
        let class = if value >= 1.0 { (value.ln() / STEP.ln()) as i32 + 1 } else { 0 };
        let (count, sum) = self.by_class.entry(class).or_default();
        *count += 1;
        *sum += value;
        self.counted += 1;
    }

    /// The value below which this share (0 to 1) of all values lies: with the mean of both neighbours between two.
    fn at(&self, share: f64) -> Option<f64> {
        let last = self.counted.checked_sub(1)?;
        let rank = share * last as f64;
        let (below, part) = (rank.floor(), rank.fract());
        let low = self.ranked(below as u64)?;
        let high = self.ranked((below as u64 + 1).min(last))?;
        Some(low + (high - low) * part)
    }

    fn ranked(&self, rank: u64) -> Option<f64> {
        let mut before = 0;
        let found = self.by_class.values().find(|(count, _)| {
            before += count;
            before > rank
        });
        found.map(|(count, sum)| sum / *count as f64)
    }
}

/// Both functions: `median` is the percentile 50.
struct Percentile;

impl Aggregate<(Classes, f64), Option<f64>> for Percentile {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<(Classes, f64)> {
        Ok((Classes::default(), 0.5))
    }

    fn step(&self, context: &mut Context<'_>, (classes, share): &mut (Classes, f64)) -> rusqlite::Result<()> {
        if context.len() > 1 {
            *share = (context.get::<f64>(1)? / 100.0).clamp(0.0, 1.0);
        }
        // What is no number is not counted, as NULL is not.
        match context.get_raw(0) {
            ValueRef::Integer(value) => classes.add(value as f64),
            ValueRef::Real(value) => classes.add(value),
            _ => {}
        }
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, state: Option<(Classes, f64)>) -> rusqlite::Result<Option<f64>> {
        Ok(state.and_then(|(classes, share)| classes.at(share)))
    }
}

/// Gives a connection both functions.
pub(crate) fn register(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_aggregate_function("median", 1, flags, Percentile)?;
    connection.create_aggregate_function("percentile", 2, flags, Percentile)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn asked(values: &[i64]) -> (Option<f64>, Option<f64>) {
        let connection = Connection::open_in_memory().unwrap();
        register(&connection).unwrap();
        connection.execute_batch("CREATE TABLE t (x)").unwrap();
        for value in values {
            connection.execute("INSERT INTO t VALUES (?1)", [value]).unwrap();
        }
        let sql = "SELECT median(x), percentile(x, 95) FROM (SELECT x FROM t UNION ALL SELECT NULL UNION ALL SELECT 'x')";
        connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
    }

    #[test]
    fn few_values_are_exact_and_none_give_none() {
        assert_eq!(asked(&[]), (None, None));
        assert_eq!(asked(&[7]), (Some(7.0), Some(7.0)));
        assert_eq!(asked(&[40, 10, 20, 30]), (Some(25.0), Some(38.5)));
        assert_eq!(asked(&[0, 0, -3]), (Some(-1.0), Some(-1.0)), "what is not above 0 is one class");
    }

    proptest! {
        #[test]
        fn is_off_by_less_than_one_percent(mut values in proptest::collection::vec(1i64..1 << 50, 1..300)) {
            let (median, p95) = asked(&values);
            values.sort_unstable();
            for (share, found) in [(0.5, median.unwrap()), (0.95, p95.unwrap())] {
                let rank = share * (values.len() - 1) as f64;
                let low = values[rank.floor() as usize] as f64;
                let high = values[rank.ceil() as usize] as f64;
                let exact = low + (high - low) * rank.fract();
                prop_assert!((found - exact).abs() <= exact * 0.0101, "{found} for {exact}");
            }
        }
    }
}

//! One WriteRecords call: what all its records have in common is said once.

use aws_sdk_timestreamwrite::types::Record;

/// Most records of a call (<https://docs.aws.amazon.com/timestream/latest/developerguide/ts-limits.html>).
pub(crate) const MOST_RECORDS: usize = 100;

/// Takes out of the records what is the same in all of them.
pub(crate) fn common(records: &mut [Record]) -> Option<Record> {
    if records.len() < 2 {
        return None;
    }
    let mut common = Record::builder().build();
    common.measure_name = shared(records, |record| &mut record.measure_name);
    common.measure_value_type = shared(records, |record| &mut record.measure_value_type);
    common.time_unit = shared(records, |record| &mut record.time_unit);
    common.version = shared(records, |record| &mut record.version);
    let names: Vec<String> = records[0].dimensions().iter().map(|d| d.name.clone()).collect();
    for name in names {
        let place = |record: &Record| record.dimensions().iter().position(|d| d.name == name);
        let value = |record: &Record| place(record).map(|at| record.dimensions()[at].value.clone());
        let first = value(&records[0]);
        if !records.iter().all(|record| value(record) == first) {
            continue;
        }
        for record in records.iter_mut() {
            if let (Some(at), Some(dimensions)) = (place(record), &mut record.dimensions) {
                let dimension = dimensions.remove(at);
                let held = common.dimensions.get_or_insert_default();
                if held.last() != Some(&dimension) {
                    held.push(dimension);
                }
            }
        }
    }
    Some(common)
}

fn shared<T: Clone + PartialEq>(
    records: &mut [Record],
    field: impl for<'r> Fn(&'r mut Record) -> &'r mut Option<T>,
) -> Option<T> {
    let first = field(records.first_mut()?).clone()?;
    if !records.iter_mut().all(|record| field(record).as_ref() == Some(&first)) {
        return None;
    }
    records.iter_mut().for_each(|record| *field(record) = None);
    Some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::dimension;

    fn record(name: &str, version: i64, dimensions: &[(&str, &str)]) -> Record {
        let dimensions = dimensions.iter().map(|(name, value)| dimension(name, value.to_string()).unwrap());
        let record = Record::builder().set_dimensions(Some(dimensions.collect()));
        record.measure_name(name).time("7").version(version).build()
    }

    #[test]
    fn what_all_have_is_said_once() {
        let mut records = [
            record("log", 1, &[("id", "1"), ("service", "s")]),
            record("log", 2, &[("id", "2"), ("service", "s")]),
        ];
        let common = common(&mut records).unwrap();
        assert_eq!((common.measure_name(), common.version(), common.time()), (Some("log"), None, None));
        assert_eq!(common.dimensions(), [dimension("service", "s".into()).unwrap()]);
        for (record, id, version) in [(&records[0], "1", 1), (&records[1], "2", 2)] {
            assert_eq!((record.measure_name(), record.version()), (None, Some(version)));
            assert_eq!(record.dimensions(), [dimension("id", id.into()).unwrap()]);
            assert_eq!(record.time(), Some("7"));
        }
    }

    #[test]
    fn a_dimension_that_one_lacks_is_not_common() {
        let mut records = [record("log", 1, &[("service", "s")]), record("log", 1, &[])];
        assert!(common(&mut records).unwrap().dimensions().is_empty());
        assert_eq!(records[0].dimensions().len(), 1);
        assert!(common(&mut records[..1]).is_none());
    }
}

//! What a record has room for, and how an event is cut that has more.
//!
//! A record holds 2 KB (<https://docs.aws.amazon.com/timestream/latest/developerguide/ts-limits.html>). How its bytes are
//! counted is told where they are paid for: 8 of the time, the names and values of dimensions and measures, 8 a number,
//! 1 a truth value (<https://docs.aws.amazon.com/timestream/latest/developerguide/metering-and-pricing.writes.html>).

use aws_sdk_timestreamwrite::types::MeasureValueType;
use std::borrow::Cow;

/// Most bytes of a record.
pub(crate) const RECORD_BYTES: usize = 2_048;
/// Bytes of a record's time.
pub(crate) const TIME_BYTES: usize = 8;
/// A text is not cut below this: rather the last measures are left out.
const LEAST_TEXT_BYTES: usize = 32;

/// One measure of a record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Measure<'a> {
    pub name: &'static str,
    pub value: Cow<'a, str>,
    pub value_type: MeasureValueType,
}

impl Measure<'_> {
    fn is_text(&self) -> bool {
        self.value_type == MeasureValueType::Varchar
    }

    fn fixed_bytes(&self) -> usize {
        self.name.len()
            + match self.value_type {
                MeasureValueType::Varchar => 0,
                MeasureValueType::Boolean => 1,
                _ => 8,
            }
    }

    fn bytes(&self) -> usize {
        self.fixed_bytes() + if self.is_text() { self.value.len() } else { 0 }
    }

    fn cut(&mut self, most_bytes: usize) {
        let end = self.value.floor_char_boundary(most_bytes);
        self.value = match std::mem::take(&mut self.value) {
            Cow::Borrowed(text) => Cow::Borrowed(&text[..end]),
            Cow::Owned(mut text) => {
                text.truncate(end);
                Cow::Owned(text)
            }
        };
    }
}

/// Makes the measures fit into so many bytes: the longest texts are cut to one length, and only if that would leave
/// almost nothing of them, measures at the end are left out. Gives the number of values that are not whole.
pub(crate) fn fit(measures: &mut Vec<Measure<'_>>, most_bytes: usize) -> u32 {
    if measures.iter().map(Measure::bytes).sum::<usize>() <= most_bytes {
        return 0;
    }
    let mut left_out = 0;
    loop {
        let fixed: usize = measures.iter().map(Measure::fixed_bytes).sum();
        let texts = measures.iter().filter(|m| m.is_text()).map(|m| m.value.len()).collect();
        let length = most_bytes.checked_sub(fixed).map(|room| common_length(texts, room));
        match length {
            Some(length) if length >= LEAST_TEXT_BYTES || measures.is_empty() => {
                let long = measures.iter_mut().filter(|m| m.is_text() && m.value.len() > length);
                return left_out + long.map(|measure| measure.cut(length)).count() as u32;
            }
            _ => {
                if measures.pop().is_none() {
                    return left_out;
                }
                left_out += 1;
            }
        }
    }
}

/// The length to which texts are cut so that together they have `room`; those that are shorter stay whole.
fn common_length(mut lengths: Vec<usize>, mut room: usize) -> usize {
    lengths.sort_unstable();
    for (index, length) in lengths.iter().enumerate() {
        let share = room / (lengths.len() - index);
        if *length > share {
            return share;
        }
        room -= length;
    }
    usize::MAX
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(name: &'static str, bytes: usize) -> Measure<'static> {
        Measure { name, value: "x".repeat(bytes).into(), value_type: MeasureValueType::Varchar }
    }

    fn number(name: &'static str) -> Measure<'static> {
        Measure { name, value: "123456789012".into(), value_type: MeasureValueType::Bigint }
    }

    fn lengths(measures: &[Measure<'_>]) -> Vec<usize> {
        measures.iter().map(|m| m.value.len()).collect()
    }

    #[test]
    fn the_longest_are_cut_to_one_length() {
        let mut measures = vec![text("a", 40), text("b", 500), number("c"), text("d", 300)];
        // 4 bytes of names, 8 of the number.
        assert_eq!(fit(&mut measures, 12 + 840), 0);
        assert_eq!(fit(&mut measures, 12 + 640), 1);
        assert_eq!(lengths(&measures), [40, 300, 12, 300]);
        assert_eq!(fit(&mut measures, 12 + 241), 2);
        assert_eq!(lengths(&measures), [40, 100, 12, 100]);
    }

    #[test]
    fn the_last_are_left_out_before_texts_are_cut_to_nothing() {
        let mut measures = vec![text("a", 100), text("b", 100), text("c", 100)];
        assert_eq!(fit(&mut measures, 2 + 70), 3);
        assert_eq!(lengths(&measures), [35, 35]);
        let mut measures = vec![number("a"), number("b")];
        assert_eq!((fit(&mut measures, 9), measures.len()), (1, 1));
        assert_eq!((fit(&mut measures, 3), measures.len()), (1, 0));
    }

    #[test]
    fn characters_stay_whole() {
        let mut measures = vec![Measure { value: "ü".repeat(50).into(), ..text("a", 0) }];
        assert_eq!(fit(&mut measures, 1 + 35), 1);
        assert_eq!(measures[0].value, "ü".repeat(17));
    }

    proptest! {
        #[test]
        fn what_is_left_always_fits(
            texts in proptest::collection::vec(proptest::option::of(0usize..3_000), 0..40),
            room in 0usize..2_048,
        ) {
            let measure = |bytes: Option<usize>| bytes.map_or_else(|| number("n"), |bytes| text("t", bytes));
            let mut measures: Vec<Measure<'_>> = texts.into_iter().map(measure).collect();
            let before = measures.clone();
            let cut = fit(&mut measures, room);
            prop_assert!(measures.iter().map(Measure::bytes).sum::<usize>() <= room);
            let differ = measures.iter().zip(&before).filter(|(a, b)| a != b).count();
            prop_assert_eq!(cut as usize, differ + before.len() - measures.len());
        }
    }
}

//! A set of registered fields: one bit a field.

use crate::field::Field;

/// Highest number of registered fields.
pub const CAPACITY: usize = 256;

const WORDS: usize = CAPACITY / u64::BITS as usize;

/// Which fields are meant. Fields come out in the registry's order, which is that of the JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FieldSet([u64; WORDS]);

impl FieldSet {
    /// The set of these fields.
    pub const fn of(fields: &[Field]) -> Self {
        let mut set = Self([0; WORDS]);
        let mut n = 0;
        while n < fields.len() {
            let bit = fields[n] as usize;
            set.0[bit / 64] |= 1 << (bit % 64);
            n += 1;
        }
        set
    }

    /// Puts a field in.
    #[inline(always)]
    pub fn insert(&mut self, field: Field) {
        self.0[field as usize / 64] |= 1 << (field as usize % 64);
    }

    /// Takes a field out.
    #[inline(always)]
    pub fn remove(&mut self, field: Field) {
        self.0[field as usize / 64] &= !(1 << (field as usize % 64));
    }

    /// Is the field in it?
    #[inline(always)]
    pub fn contains(self, field: Field) -> bool {
        self.0[field as usize / 64] >> (field as usize % 64) & 1 == 1
    }

    /// The fields that are in both.
    #[inline(always)]
    pub fn and(self, other: Self) -> Self {
        Self(std::array::from_fn(|n| self.0[n] & other.0[n]))
    }

    /// Is there none?
    #[inline(always)]
    pub fn is_empty(self) -> bool {
        self.0 == [0; WORDS]
    }

    /// Its fields, in order.
    #[inline]
    pub fn iter(self) -> impl Iterator<Item = Field> {
        let (mut word, mut left) = (0, self.0);
        std::iter::from_fn(move || {
            while left[word] == 0 {
                word += 1;
                if word == WORDS {
                    word = WORDS - 1;
                    return None;
                }
            }
            let bit = left[word].trailing_zeros() as usize;
            left[word] &= left[word] - 1;
            Some(Field::from_index(word * 64 + bit))
        })
    }

    /// A number in which all fields have their part (Knuth, TAOCP 6.4: the upper bits of a product depend on all bits
    /// of the factors).
    #[inline]
    pub(crate) fn mixed(self) -> u64 {
        const FACTORS: [u64; WORDS] =
            [0x9E37_79B9_7F4A_7C15, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9, 0x8562_84D8_3D5B_B6C3];
        self.0.iter().zip(FACTORS).fold(0, |mixed, (word, factor)| mixed ^ word.wrapping_mul(factor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::FIELDS;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn is_a_set_in_order(chosen in proptest::collection::vec((0..FIELDS.len(), any::<bool>()), 0..60)) {
            let (mut set, mut expected) = (FieldSet::default(), BTreeSet::new());
            for (index, put_in) in chosen {
                let field = Field::from_index(index);
                if put_in {
                    set.insert(field);
                    expected.insert(field);
                } else {
                    set.remove(field);
                    expected.remove(&field);
                }
                prop_assert_eq!(set.contains(field), put_in);
            }
            let all: Vec<Field> = expected.iter().copied().collect();
            prop_assert_eq!(set.iter().collect::<Vec<_>>(), all.clone());
            prop_assert_eq!(FieldSet::of(&all), set);
            prop_assert_eq!(set.is_empty(), all.is_empty());
            prop_assert_eq!(set.and(set), set);
            prop_assert!(set.and(FieldSet::default()).is_empty());
        }
    }
}

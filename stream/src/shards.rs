//! Shards: which hash keys each takes, what came of which by split and merge, and the sequence numbers of their
//! records.
//!
//! A record's place in its shard is an integer that counts from 1; its sequence number is made of that, the shard and
//! the times of shard and record, so that it need not be stored.

use ferrokinesis_core::sequence::{MAX_SEQ_IX, SeqObj, parse_sequence, shard_id_name, stringify_sequence};

/// Place of a shard's first record.
pub const FIRST_PLACE: u64 = 1;

/// A shard and what lies in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Number in its id.
    pub ix: u32,
    /// Least hash key that it takes.
    pub start: u128,
    /// Greatest hash key that it takes.
    pub end: u128,
    /// When it was made, milliseconds since the epoch; whole seconds, as sequence numbers hold no more.
    pub created_millis: i64,
    /// When it was split or merged.
    pub closed_millis: Option<i64>,
    /// Shard that it came of.
    pub parent: Option<u32>,
    /// The other shard that it came of, after a merge.
    pub adjacent_parent: Option<u32>,
    /// Place of its next record.
    pub next: u64,
    /// Place of its oldest record that is kept; equal to `next` if none is.
    pub first: u64,
    /// Records kept.
    pub records: u64,
    /// Bytes of data and partition keys kept.
    pub bytes: u64,
    /// Arrival of the oldest record kept.
    pub oldest_millis: Option<i64>,
    /// Arrival of the newest record ever.
    pub newest_millis: Option<i64>,
}

impl Shard {
    /// An empty shard.
    pub fn new(ix: u32, start: u128, end: u128, created_millis: i64) -> Self {
        Self {
            ix,
            start,
            end,
            created_millis: created_millis.max(0) / 1000 * 1000,
            closed_millis: None,
            parent: None,
            adjacent_parent: None,
            next: FIRST_PLACE,
            first: FIRST_PLACE,
            records: 0,
            bytes: 0,
            oldest_millis: None,
            newest_millis: None,
        }
    }

    /// `shardId-…`
    pub fn id(&self) -> String {
        shard_id_name(i64::from(self.ix))
    }

    /// Takes records.
    pub fn is_open(&self) -> bool {
        self.closed_millis.is_none()
    }

    /// Shards that it came of.
    pub fn parents(&self) -> impl Iterator<Item = u32> {
        self.parent.into_iter().chain(self.adjacent_parent)
    }

    /// Sequence number of the record at this place.
    pub fn sequence_number(&self, place: u64, arrival_millis: i64) -> String {
        stringify_sequence(&SeqObj {
            shard_create_time: self.created_millis.unsigned_abs(),
            seq_ix: Some(place),
            byte1: None,
            seq_time: Some(arrival_millis.max(0).unsigned_abs()),
            seq_rand: None,
            shard_ix: i64::from(self.ix),
            version: 2,
        })
    }

    /// `StartingSequenceNumber`, below that of any record.
    pub fn starting_sequence_number(&self) -> String {
        self.sequence_number(0, self.created_millis)
    }

    /// `EndingSequenceNumber` of a closed shard, above that of any record.
    pub fn ending_sequence_number(&self) -> Option<String> {
        self.closed_millis.map(|closed| self.sequence_number(MAX_SEQ_IX, closed))
    }

    /// Place that a sequence number of this shard names; `None` if it is no sequence number of this shard.
    pub fn place(&self, sequence_number: &str) -> Option<u64> {
        let parsed = parse_sequence(sequence_number).ok()?;
        let ours = parsed.version == 2
            && parsed.shard_ix == i64::from(self.ix)
            && parsed.shard_create_time == self.created_millis.unsigned_abs();
        if ours { parsed.seq_ix } else { None }
    }
}

/// Splits the space of hash keys evenly.
pub fn evenly(count: u32, now_millis: i64) -> Vec<Shard> {
    let count = u128::from(count.max(1));
    // 2^128 / count; for one shard it wraps to 0 and does not matter.
    let width = ((u128::MAX - count + 1) / count).wrapping_add(1);
    let shard = |ix: u128| {
        let end = if ix + 1 == count { u128::MAX } else { width * (ix + 1) - 1 };
        let number = u32::try_from(ix).expect("fewer shards than a u32 counts");
        Shard::new(number, width * ix, end, now_millis)
    };
    (0..count).map(shard).collect()
}

/// Open shards by the end of their range.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Routes(Vec<(u128, u32)>);

impl Routes {
    /// Routes to the open ones of these shards, which cover all hash keys.
    pub fn new(shards: &[Shard]) -> Self {
        let mut routes: Vec<_> = shards.iter().filter(|s| s.is_open()).map(|s| (s.end, s.ix)).collect();
        routes.sort_unstable();
        Self(routes)
    }

    /// Number of the shard that takes this hash key.
    pub fn shard(&self, hash_key: u128) -> u32 {
        let at = self.0.partition_point(|(end, _)| *end < hash_key);
        self.0.get(at).map_or(0, |(_, ix)| *ix)
    }
}

/// A split or merge cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReshardError {
    /// No such shard.
    #[error("no shard {0}")]
    NoShard(u32),
    /// The shard was split or merged before.
    #[error("shard {0} is closed")]
    Closed(u32),
    /// The new starting hash key does not lie within the shard.
    #[error("the hash key does not split shard {0}")]
    HashKey(u32),
    /// The two shards' ranges do not touch.
    #[error("shards {0} and {1} are not adjacent")]
    NotAdjacent(u32, u32),
}

/// Splits a shard at this hash key, which is the first of the upper child.
pub fn split(shards: &mut Vec<Shard>, ix: u32, at: u128, now_millis: i64) -> Result<(), ReshardError> {
    let parent = open(shards, ix)?.clone();
    // The rule is Kinesis's own: above StartingHashKey plus one, below EndingHashKey.
    if at <= parent.start.saturating_add(1) || at >= parent.end {
        return Err(ReshardError::HashKey(ix));
    }
    let created = created_after(&[&parent], now_millis);
    for (start, end) in [(parent.start, at - 1), (at, parent.end)] {
        let mut child = Shard::new(next_ix(shards), start, end, created);
        child.parent = Some(ix);
        shards.push(child);
    }
    close(shards, ix, now_millis);
    Ok(())
}

/// Merges a shard with the one whose range follows.
pub fn merge(shards: &mut Vec<Shard>, lower: u32, upper: u32, now_millis: i64) -> Result<(), ReshardError> {
    let (first, second) = (open(shards, lower)?.clone(), open(shards, upper)?.clone());
    if first.end.checked_add(1) != Some(second.start) {
        return Err(ReshardError::NotAdjacent(lower, upper));
    }
    let created = created_after(&[&first, &second], now_millis);
    let mut child = Shard::new(next_ix(shards), first.start, second.end, created);
    child.parent = Some(lower);
    child.adjacent_parent = Some(upper);
    shards.push(child);
    close(shards, lower, now_millis);
    close(shards, upper, now_millis);
    Ok(())
}

/// A later second than the parents', so that a child's sequence numbers are above theirs: a key's rise for ever.
fn created_after(parents: &[&Shard], now_millis: i64) -> i64 {
    parents.iter().map(|p| p.created_millis + 1000).fold(now_millis, i64::max)
}

fn open(shards: &[Shard], ix: u32) -> Result<&Shard, ReshardError> {
    let shard = shards.iter().find(|s| s.ix == ix).ok_or(ReshardError::NoShard(ix))?;
    if shard.is_open() { Ok(shard) } else { Err(ReshardError::Closed(ix)) }
}

fn close(shards: &mut [Shard], ix: u32, now_millis: i64) {
    for shard in shards.iter_mut().filter(|s| s.ix == ix) {
        shard.closed_millis = Some(now_millis);
    }
}

fn next_ix(shards: &[Shard]) -> u32 {
    shards.iter().map(|s| s.ix + 1).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every hash key has exactly one open shard.
    fn assert_covered(shards: &[Shard]) {
        let mut open: Vec<&Shard> = shards.iter().filter(|s| s.is_open()).collect();
        open.sort_by_key(|s| s.start);
        assert_eq!(open[0].start, 0);
        assert_eq!(open.last().unwrap().end, u128::MAX);
        assert!(open.windows(2).all(|w| w[0].end + 1 == w[1].start));
    }

    proptest! {
        #[test]
        fn any_number_of_shards_covers_all_hash_keys_in_equal_parts(count in 1u32..2000) {
            let shards = evenly(count, 0);
            assert_covered(&shards);
            prop_assert_eq!(shards.len(), count as usize);
            let widths = shards.iter().map(|s| s.end - s.start);
            prop_assert!(widths.clone().max().unwrap() - widths.min().unwrap() <= u128::from(count));
        }

        #[test]
        fn splits_and_merges_keep_all_hash_keys_covered_and_children_above_their_parents(
            steps in proptest::collection::vec((any::<bool>(), 0u32..40, 0u32..40, any::<u128>()), 0..60),
        ) {
            let mut shards = evenly(2, 1_000);
            for (is_split, a, b, at) in steps {
                let before = shards.clone();
                let done =
                    if is_split { split(&mut shards, a, at, 1_500) } else { merge(&mut shards, a, b, 1_500) };
                prop_assert_eq!(done.is_ok(), before != shards);
                assert_covered(&shards);
            }
            let routes = Routes::new(&shards);
            for shard in &shards {
                for key in [shard.start, shard.end] {
                    let taker = shards.iter().find(|s| s.ix == routes.shard(key)).unwrap();
                    prop_assert!(taker.is_open() && taker.start <= key && key <= taker.end);
                }
                for parent in shard.parents() {
                    let ending = shards[parent as usize].ending_sequence_number().unwrap();
                    let starting = shard.starting_sequence_number();
                    prop_assert!((starting.len(), &starting) > (ending.len(), &ending));
                }
            }
        }

        #[test]
        fn a_sequence_number_names_its_place_and_rises_with_it(
            ix in 0u32..1000, created in 0i64..4_000_000_000_000, place in 1u64..(1 << 62), wait in 0i64..1_000_000,
        ) {
            let shard = Shard::new(ix, 0, u128::MAX, created);
            let number = shard.sequence_number(place, created + wait);
            prop_assert_eq!(shard.place(&number), Some(place));
            let later = shard.sequence_number(place + 1, created + wait);
            prop_assert!((later.len(), &later) > (number.len(), &number));
            prop_assert_eq!(Shard::new(ix + 1, 0, 1, created).place(&number), None);
            prop_assert_eq!(Shard::new(ix, 0, 1, created + 1000).place(&number), None);
        }
    }

    #[test]
    fn a_split_keeps_a_margin_and_a_merge_wants_neighbours_in_order() {
        let mut shards = evenly(3, 0);
        let (start, end) = (shards[1].start, shards[1].end);
        for at in [0, start, start + 1, end, u128::MAX] {
            assert_eq!(split(&mut shards, 1, at, 0), Err(ReshardError::HashKey(1)));
        }
        assert_eq!(merge(&mut shards, 0, 2, 0), Err(ReshardError::NotAdjacent(0, 2)));
        assert_eq!(merge(&mut shards, 1, 0, 0), Err(ReshardError::NotAdjacent(1, 0)));
        assert_eq!(split(&mut shards, 9, 5, 0), Err(ReshardError::NoShard(9)));
        split(&mut shards, 1, start + 2, 0).unwrap();
        assert_eq!(split(&mut shards, 1, start + 2, 0), Err(ReshardError::Closed(1)));
        merge(&mut shards, 0, 3, 0).unwrap();
        assert_eq!(shards[5].parents().collect::<Vec<_>>(), [0, 3]);
        assert_eq!(Routes::new(&shards).shard(0), 5);
    }
}

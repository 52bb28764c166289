//! Which records may go: by age, and by bytes where room is needed.
//!
//! A stream that mappings of this program read is held: a record goes only once the low-water mark has passed it,
//! however old it is. Kinesis forgets at the end of the retention whatever was read; but here the whole pipeline may
//! have been switched off for days, and what it accepted must still be delivered or become a dead letter. A stream
//! that nobody holds forgets by age, as Kinesis does. For want of room nothing goes that is not settled, on any
//! stream: puts are refused instead.

use crate::queue::Marks;
use crate::shards::Shard;
use crate::store::Extent;

/// Most records that one step looks at.
pub(crate) const STEP_RECORDS: usize = 4096;
/// Most bytes that one step removes, but for one larger record.
const STEP_BYTES: u64 = 8 << 20;

/// What is too old, and how much is too much.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Need {
    /// Records that arrived before this are too old.
    pub cutoff_millis: i64,
    /// Bytes that must go to make room.
    pub excess_bytes: u64,
}

/// The stream's need, at this time. Room is made before the last of it is taken, so that puts need not wait for it.
pub(crate) fn need(kept_bytes: u64, retention_bytes: u64, retention_hours: u32, now_millis: i64) -> Need {
    Need {
        cutoff_millis: now_millis.saturating_sub(i64::from(retention_hours) * 3_600_000),
        excess_bytes: kept_bytes.saturating_sub(retention_bytes / 10 * 9),
    }
}

/// The shard whose oldest record goes first, if any may go.
pub(crate) fn next_shard(shards: &[Shard], marks: &Marks, need: Need) -> Option<u32> {
    let may_go = |s: &&Shard| {
        let settled = s.first <= marks.of(s.ix);
        let too_old = s.oldest_millis.is_some_and(|m| m < need.cutoff_millis) && (settled || !marks.held);
        s.records > 0 && (too_old || (settled && need.excess_bytes > 0))
    };
    shards.iter().filter(may_go).min_by_key(|s| s.oldest_millis).map(|s| s.ix)
}

/// How many of a shard's oldest records go in one step, and their bytes.
pub(crate) fn how_many(oldest: &[Extent], low_water: u64, held: bool, need: Need) -> (usize, u64) {
    let (mut count, mut bytes) = (0, 0);
    for extent in oldest {
        let settled = extent.place <= low_water;
        let too_old = extent.arrival_millis < need.cutoff_millis && (settled || !held);
        let for_room = settled && bytes < need.excess_bytes;
        if !(too_old || for_room) || (count > 0 && bytes + extent.bytes > STEP_BYTES) {
            break;
        }
        count += 1;
        bytes += extent.bytes;
    }
    (count, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extents() -> Vec<Extent> {
        (1..=10)
            .map(|n| Extent { place: n, arrival_millis: 1000 * i64::try_from(n).unwrap(), bytes: 100 })
            .collect()
    }

    #[test]
    fn age_takes_what_nobody_holds() {
        let need = Need { cutoff_millis: 4_001, excess_bytes: 0 };
        assert_eq!(how_many(&extents(), 0, false, need), (4, 400));
        assert_eq!(how_many(&extents(), 2, true, need), (2, 200));
        assert_eq!(how_many(&extents(), 0, true, need), (0, 0));
    }

    #[test]
    fn want_of_room_takes_only_what_is_settled_and_no_more_than_needed() {
        let need = Need { cutoff_millis: 0, excess_bytes: 250 };
        assert_eq!(how_many(&extents(), 10, true, need), (3, 300));
        assert_eq!(how_many(&extents(), 2, false, need), (2, 200));
        assert_eq!(how_many(&extents(), 0, false, need), (0, 0));
    }

    #[test]
    fn a_step_is_small_but_takes_one_large_record() {
        let large = |n| Extent { place: n, arrival_millis: 0, bytes: STEP_BYTES * 2 };
        let need = Need { cutoff_millis: 1, excess_bytes: 0 };
        assert_eq!(how_many(&[large(1), large(2)], 0, false, need), (1, STEP_BYTES * 2));
    }

    #[test]
    fn the_oldest_shard_that_may_go_goes_first() {
        let shard = |ix, first, oldest| Shard {
            first,
            records: 1,
            oldest_millis: Some(oldest),
            ..Shard::new(ix, 0, 1, 0)
        };
        let shards = [shard(0, 5, 2_000), shard(1, 7, 1_000), shard(2, 1, 500)];
        let marks = Marks { held: true, low_water: [(0, 5), (1, 9)].into() };
        let room = Need { cutoff_millis: 0, excess_bytes: 1 };
        assert_eq!(next_shard(&shards, &marks, room), Some(1));
        let age = Need { cutoff_millis: 1_500, excess_bytes: 0 };
        assert_eq!(next_shard(&shards, &marks, age), Some(1));
        assert_eq!(next_shard(&shards, &Marks { held: false, ..marks }, age), Some(2));
        assert_eq!(next_shard(&shards, &Marks::default(), room), None);
    }
}

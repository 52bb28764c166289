//! Where an event stands in a store that knows its entries by labels and time, as InfluxDB and Loki do. A second one of
//! both replaces the first, or is dropped: so the time gets an offset made of `event.id`, spread over what the source's
//! own clock leaves open, and the labels may get a `slot` of 16 values. The same event always gets the same place.
//!
//! Both together are 1.6·10¹⁰ places a second, whatever the resolution. Of events that come at `r` a second in one
//! series, about `r / (3.2·10¹⁰)` meet another one's place: three in a hundred million at 1,000 a second.

use catchwater_schemas::id::EventId;
use catchwater_schemas::time::Timestamp;

/// Values of `slot`.
pub const SLOTS: u64 = 16;

/// Time and slot of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// Nanoseconds since the epoch, the offset added.
    pub time_ns: i64,
    /// Below [`SLOTS`].
    pub slot: u8,
}

impl Place {
    /// The place of an event; `None` beyond the times that InfluxDB has (years 1677 to 2262).
    pub fn of(id: &EventId, time: Timestamp) -> Option<Self> {
        let mixed = mixed(id);
        let offset = (u128::from(open_nanos(time)) * u128::from(mixed >> 4)) >> 60;
        let time_ns = time.nanos().checked_add(offset as i64)?;
        // The least two and the greatest are InfluxDB's own marks (its `models.MinNanoTime`, `MaxNanoTime`).
        let has = i64::MIN + 2..i64::MAX;
        has.contains(&time_ns).then_some(Self { time_ns, slot: (mixed % SLOTS) as u8 })
    }
}

/// How many times, in nanoseconds, the source wrote as this one: its clock told seconds, milliseconds, microseconds or
/// nanoseconds. It is told by the time itself, for it must be the same on every pass: a clock of milliseconds that
/// happens to stand at a whole second is taken for one of seconds.
fn open_nanos(time: Timestamp) -> u64 {
    [1_000_000_000, 1_000_000, 1_000].into_iter().find(|step| time.nanos() % *step as i64 == 0).unwrap_or(1)
}

/// 64 well-mixed bits of an id (the finisher of SplitMix64, Steele and others, 2014): an id is evenly spread as it is, but
/// the events of one log event differ in their ordinal only.
fn mixed(id: &EventId) -> u64 {
    let digest = u128::from_be_bytes(id.digest);
    let mut bits = (digest >> 64) as u64 ^ digest as u64;
    bits = bits.wrapping_add(u64::from(id.ordinal).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    bits = (bits ^ bits >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ bits >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ bits >> 31
}

#[cfg(test)]
mod tests {
    use super::*;
    use catchwater_schemas::id::{IdKey, IdScope, Scope};
    use std::collections::HashSet;

    fn ids() -> IdScope {
        IdKey::new("places").scope(&Scope::default())
    }

    /// Events of one series and one time that meet another one's place.
    fn collisions(events: u32, nanos: i64) -> u32 {
        let (ids, time) = (ids(), Timestamp::from_nanos(nanos));
        let mut taken = HashSet::new();
        let places = (0..events).map(|n| Place::of(&ids.id(&n.to_string(), 0), time).unwrap());
        places.map(|place| u32::from(!taken.insert(place))).sum()
    }

    #[test]
    fn collisions_are_as_rare_as_computed() {
        // n events at one time whose clock leaves `open` nanoseconds: n² / 2 / (16 · open) pairs meet.
        let expected = |n: f64, open: f64| n * n / 2.0 / (16.0 * open);
        let second = 1_600_000_000 * 1_000_000_000;
        for (events, nanos, open) in [
            (1_000_000, second, 1e9),          // 31
            (30_000, second + 1_000_000, 1e6), // 28
            (1_000, second + 1_000, 1e3),      // 31
        ] {
            let (found, expected) = (f64::from(collisions(events, nanos)), expected(f64::from(events), open));
            // Poisson: four standard deviations.
            assert!(
                (found - expected).abs() < 4.0 * expected.sqrt(),
                "{events}: {found}, {expected} expected"
            );
        }
        // A day of 1,000 events a second in one series, by the second: fewer than 3 of 86.4 million.
        assert!(86_400.0 * expected(1_000.0, 1e9) < 3.0);
    }

    #[test]
    fn the_time_stays_within_what_the_source_told() {
        let ids = ids();
        for (nanos, open) in [
            (7_000_000_000, 1_000_000_000),
            (7_001_000_000, 1_000_000),
            (7_001_001_000, 1_000),
            (7, 1),
            (-1_000_000_000, 1_000_000_000),
        ] {
            for n in 0..1_000 {
                let place = Place::of(&ids.id(&n.to_string(), n), Timestamp::from_nanos(nanos)).unwrap();
                assert!((nanos..nanos + open).contains(&place.time_ns) && place.slot < 16);
                assert_eq!(Place::of(&ids.id(&n.to_string(), n), Timestamp::from_nanos(nanos)), Some(place));
            }
        }
    }

    #[test]
    fn events_of_one_log_event_stand_apart() {
        let ids = ids();
        let time = Timestamp::from_nanos(0);
        let places: HashSet<_> = (0..1_000).map(|n| Place::of(&ids.id("one", n), time)).collect();
        assert_eq!(places.len(), 1_000);
    }

    #[test]
    fn times_that_influxdb_lacks_have_no_place() {
        let id = ids().id("x", 0);
        for nanos in [i64::MIN, i64::MIN + 1, i64::MAX] {
            assert_eq!(Place::of(&id, Timestamp::from_nanos(nanos)), None);
        }
        assert!(Place::of(&id, Timestamp::from_nanos(i64::MIN + 3)).is_some());
    }
}

//! Log groups as people tell them: on the command line, or in a file.

use super::demand::{LogGroup, Shape};
use super::money::{Decimal, GB, share};
use serde::{Deserialize, Deserializer, de};
use std::fmt;

/// Most GB a month of a log group: 10⁷, so that no product of the sums passes 128 bits.
const MOST_GB: u128 = 10_000_000;

/// A log group cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GroupError {
    /// The argument is of another form.
    #[error(
        "`{0}`: give NAME=GB/day,EVENTS/s, such as /aws/eks/nginx=5GB/day,190/s; also GB/month, and the bytes of a log event for their rate: 150GB/month,340B"
    )]
    Form(String),
    /// A number is too large, or none.
    #[error("log group `{name}`: {wrong}")]
    Number {
        /// Of the log group.
        name: String,
        /// What is wrong.
        wrong: String,
    },
    /// The file is no such TOML.
    #[error("{0}")]
    File(String),
}

/// How much comes in a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Volume {
    GbMonth(Decimal<3>),
    GbDay(Decimal<3>),
}

/// How many log events these are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rate {
    EventsSecond(Decimal<3>),
    EventBytes(Decimal<3>),
}

/// Of an argument `NAME=GB/day,EVENTS/s`.
pub fn of_argument(text: &str, shape: Shape) -> Result<LogGroup, GroupError> {
    let wrong = || GroupError::Form(text.to_string());
    // A log group's name has no `=`.
    let (name, figures) = text.rsplit_once('=').ok_or_else(wrong)?;
    let (volume, rate) = figures.split_once(',').ok_or_else(wrong)?;
    let number = |text: &str| text.trim().parse::<Decimal<3>>().map_err(|_| wrong());
    let volume = match (volume.trim().strip_suffix("GB/month"), volume.trim().strip_suffix("GB/day")) {
        (Some(gb), _) => Volume::GbMonth(number(gb)?),
        (_, Some(gb)) => Volume::GbDay(number(gb)?),
        _ => return Err(wrong()),
    };
    let rate = match (rate.trim().strip_suffix("/s"), rate.trim().strip_suffix('B')) {
        (Some(events), _) => Rate::EventsSecond(number(events)?),
        (_, Some(bytes)) => Rate::EventBytes(number(bytes)?),
        _ => return Err(wrong()),
    };
    group(name, volume, rate, shape)
}

fn group(name: &str, volume: Volume, rate: Rate, shape: Shape) -> Result<LogGroup, GroupError> {
    let wrong = |wrong: String| GroupError::Number { name: name.to_string(), wrong };
    let thousandths = match volume {
        Volume::GbMonth(gb) => gb.0,
        Volume::GbDay(gb) => share(gb.0, 365, 12),
    };
    if thousandths > MOST_GB * Decimal::<3>::ONE {
        return Err(wrong(format!("more than {MOST_GB} GB a month")));
    }
    let bytes = share(GB, thousandths, Decimal::<3>::ONE);
    let events = match rate {
        Rate::EventsSecond(rate) => LogGroup::events_of_rate(rate),
        Rate::EventBytes(Decimal(0)) => return Err(wrong("a log event has more than 0 bytes".into())),
        Rate::EventBytes(each) => share(bytes, Decimal::<3>::ONE, each.0),
    };
    if events == 0 || bytes < events {
        return Err(wrong(format!("{bytes} bytes in {events} log events a month cannot be")));
    }
    Ok(LogGroup { name: name.to_string(), bytes, events, shape })
}

/// The file of log groups.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    log_group: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    gb_per_day: Option<Given>,
    gb_per_month: Option<Given>,
    events_per_second: Option<Given>,
    event_bytes: Option<Given>,
    gzip_ratio: Option<Given>,
    event_growth: Option<Given>,
    zstd_ratio: Option<Given>,
    events_a_record: Option<u16>,
}

/// A number of the file, whole or not.
#[derive(Clone, Copy)]
struct Given(Decimal<3>);

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;
        impl de::Visitor<'_> for Number {
            type Value = Given;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number such as 12 or 0.5, with at most 3 digits behind the point")
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Given, E> {
                self.visit_str(&number.to_string())
            }

            // TOML has no other way to write 0.5; its shortest text is what was written.
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Given, E> {
                self.visit_str(&number.to_string())
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Given, E> {
                text.parse().map(Given).map_err(de::Error::custom)
            }
        }
        deserializer.deserialize_any(Number)
    }
}

/// Of the text of a file of log groups; what an entry leaves out of its shape is `shape`'s.
pub fn of_file(text: &str, shape: Shape) -> Result<Vec<LogGroup>, GroupError> {
    let file: File = toml::from_str(text).map_err(|error| GroupError::File(error.to_string()))?;
    file.log_group.into_iter().map(|entry| entry.group(shape)).collect()
}

impl Entry {
    fn group(self, shape: Shape) -> Result<LogGroup, GroupError> {
        let wrong = |wrong: &str| GroupError::Number { name: self.name.clone(), wrong: wrong.to_string() };
        let volume = match (self.gb_per_month, self.gb_per_day) {
            (Some(gb), None) => Volume::GbMonth(gb.0),
            (None, Some(gb)) => Volume::GbDay(gb.0),
            _ => return Err(wrong("give one of gb_per_day, gb_per_month")),
        };
        let rate = match (self.events_per_second, self.event_bytes) {
            (Some(rate), None) => Rate::EventsSecond(rate.0),
            (None, Some(bytes)) => Rate::EventBytes(bytes.0),
            _ => return Err(wrong("give one of events_per_second, event_bytes")),
        };
        let own = |given: Option<Given>, other: Decimal<3>| given.map_or(other, |given| given.0);
        let shape = Shape {
            gzip: own(self.gzip_ratio, shape.gzip),
            growth: own(self.event_growth, shape.growth),
            zstd: own(self.zstd_ratio, shape.zstd),
            events_a_record: self.events_a_record.map_or(shape.events_a_record, u128::from),
        };
        if [shape.gzip, shape.growth, shape.zstd].contains(&Decimal(0)) || shape.events_a_record == 0 {
            return Err(wrong("gzip_ratio, event_growth, zstd_ratio and events_a_record are above 0"));
        }
        group(&self.name, volume, rate, shape)
    }
}

#[cfg(test)]
mod tests {
    use super::super::assumptions::tests::assumed;
    use super::*;

    #[test]
    fn a_log_group_is_read_from_an_argument() {
        let shape = assumed(&[]).shape();
        let group = of_argument("/aws/eks/nginx=150GB/month,190/s", shape).unwrap();
        assert_eq!(
            (group.name.as_str(), group.bytes, group.events),
            ("/aws/eks/nginx", 150 * GB, 190 * 730 * 3_600)
        );
        // 5 × 365 / 12 = 152.083 GB.
        let group = of_argument("a=5GB/day,340B", shape).unwrap();
        assert_eq!(group.bytes, share(GB, 152_083, 1_000));
        assert_eq!(group.events, share(group.bytes, 1, 340));
        for wrong in ["a", "a=5", "a=5GB/day", "a=5GB,1/s", "a=5GB/day,1", "a=-5GB/day,1/s", "a=5TB/day,1/s"]
        {
            assert!(matches!(of_argument(wrong, shape), Err(GroupError::Form(_))), "{wrong}");
        }
        for wrong in ["a=99999999GB/month,1/s", "a=5GB/day,0B", "a=5GB/day,0/s", "a=0.001GB/month,100/s"] {
            assert!(matches!(of_argument(wrong, shape), Err(GroupError::Number { .. })), "{wrong}");
        }
    }

    #[test]
    fn a_file_has_log_groups_with_their_own_shapes() {
        let shape = assumed(&[]).shape();
        let text = "[[log_group]]\nname = \"a\"\ngb_per_day = 0.5\nevents_per_second = 20\n\n[[log_group]]\nname = \"b\"\ngb_per_month = 3\nevent_bytes = 340\nzstd_ratio = 7.25\n";
        let groups = of_file(text, shape).unwrap();
        assert_eq!(groups[0], of_argument("a=0.5GB/day,20/s", shape).unwrap());
        assert_eq!(groups[1].shape, Shape { zstd: Decimal(7_250), ..shape });
        for (wrong, told) in [
            ("gb_per_days = 1", "gb_per_days"),
            ("gb_per_day = 1", "events_per_second, event_bytes"),
            ("gb_per_day = 1\ngb_per_month = 2\nevent_bytes = 3", "gb_per_day, gb_per_month"),
            ("gb_per_day = -1\nevent_bytes = 3", "-1"),
            ("gb_per_day = 1\nevent_bytes = 3\ngzip_ratio = 0", "above 0"),
        ] {
            let error =
                of_file(&format!("[[log_group]]\nname = \"a\"\n{wrong}\n"), shape).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
    }
}

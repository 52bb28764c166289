//! Amounts, prices and money, each with its unit in its type. All is whole numbers: money in picodollars (10⁻¹² USD),
//! bytes, milliseconds. A month's cost is a sum of products of such numbers, so floats would only add their own errors.

use serde::Deserialize;
use std::fmt;
use std::iter::Sum;
use std::marker::PhantomData;
use std::ops::Add;
use std::str::FromStr;

/// A month is 365 days / 12 = 730 hours, as AWS's own calculator takes it.
pub const MONTH_HOURS: u128 = 730;
/// Seconds of a month.
pub const MONTH_SECONDS: u128 = MONTH_HOURS * 3_600;
/// A GB on AWS's bills is 2³⁰ bytes ("1 KB (1,024 bytes)": the pricing page of Kinesis Data Streams).
pub const GB: u128 = 1 << 30;

/// Money, in picodollars: prices have up to ten decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Usd(pub u128);

impl Usd {
    /// Picodollars of a dollar.
    pub const ONE: u128 = 1_000_000_000_000;

    /// Whole cents, half up.
    pub fn cents(self) -> u128 {
        (self.0 + Self::ONE / 200) / (Self::ONE / 100)
    }

    /// Whole millionths of a dollar, half up.
    pub fn micros(self) -> u128 {
        (self.0 + Self::ONE / 2_000_000) / (Self::ONE / 1_000_000)
    }
}

impl Add for Usd {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

/// Dollars and cents, with separators of thousands.
impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cents = self.cents();
        f.pad(&format!("{}.{:02}", grouped(cents / 100), cents % 100))
    }
}

/// A number with separators of thousands.
pub fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}

/// A decimal fraction as it is written, with at most `DIGITS` digits behind the point, as a whole number of its last
/// digit: `Decimal<3>` of "8.5" is 8,500.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimal<const DIGITS: u32>(pub u128);

/// The text is no decimal fraction, or a too fine or too large one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no number such as 12 or 0.5, with at most {digits} digits behind the point")]
pub struct NoDecimal {
    text: String,
    digits: u32,
}

impl<const DIGITS: u32> Decimal<DIGITS> {
    /// One.
    pub const ONE: u128 = 10u128.pow(DIGITS);
    /// Most digits before the point: products of two such numbers and a month's bytes stay far below 2¹²⁸.
    const MOST_DIGITS: usize = 12;
}

impl<const DIGITS: u32> FromStr for Decimal<DIGITS> {
    type Err = NoDecimal;

    fn from_str(text: &str) -> Result<Self, NoDecimal> {
        let wrong = || NoDecimal { text: text.into(), digits: DIGITS };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let fits = whole.len() <= Self::MOST_DIGITS && fraction.len() <= DIGITS as usize;
        if !digits(whole) || !digits(fraction) || !fits {
            return Err(wrong());
        }
        let whole: u128 = whole.parse().map_err(|_| wrong())?;
        let fraction: u128 =
            format!("{fraction:0<width$}", width = DIGITS as usize).parse().map_err(|_| wrong())?;
        Ok(Self(whole * Self::ONE + fraction))
    }
}

impl<const DIGITS: u32> fmt::Display for Decimal<DIGITS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fraction = format!("{:0width$}", self.0 % Self::ONE, width = DIGITS as usize);
        match fraction.trim_end_matches('0') {
            "" => write!(f, "{}", self.0 / Self::ONE),
            fraction => write!(f, "{}.{fraction}", self.0 / Self::ONE),
        }
    }
}

/// `number` × `factor` / `divisor`, half up.
pub fn share(number: u128, factor: u128, divisor: u128) -> u128 {
    (number * factor + divisor / 2) / divisor
}

/// What a price is for one of.
pub trait Unit {
    /// As the price file and the tables have it.
    const NAME: &'static str;
    /// So many of what is counted make one unit.
    const COUNTED: u128;
}

macro_rules! units {
    ($($(#[$doc:meta])* $Unit:ident, $name:literal, $counted:expr;)*) => {
        $($(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub enum $Unit {}

        impl Unit for $Unit {
            const NAME: &'static str = $name;
            const COUNTED: u128 = $counted;
        })*
    };
}

units! {
    /// Counted in bytes.
    Gb, "GB", GB;
    /// Counted in byte-hours.
    GbMonth, "GB-month", GB * MONTH_HOURS;
    /// Counted in byte-hours.
    GbHour, "GB-hour", GB;
    /// Memory times time of a function; counted in MiB-milliseconds.
    GbSecond, "GB-second", 1_024 * 1_000;
    /// Counted in hours.
    Hour, "hour", 1;
    /// Counted in pieces.
    Million, "million", 1_000_000;
    /// Counted in pieces.
    Thousand, "thousand", 1_000;
    /// Counted in pieces that are there for the month.
    PieceMonth, "month", 1;
}

/// What is paid for, in what its unit counts.
#[derive(Debug)]
pub struct Amount<U>(pub u128, PhantomData<U>);

impl<U: Unit> Amount<U> {
    /// So many of what the unit counts: bytes, byte-hours, hours, pieces.
    pub fn of(counted: u128) -> Self {
        Self(counted, PhantomData)
    }

    /// In units, with two digits behind the point where it is below 100 of them.
    pub fn in_units(&self) -> String {
        let hundredths = share(self.0, 100, U::COUNTED);
        match hundredths {
            0..10_000 => Decimal::<2>(hundredths).to_string(),
            more => grouped((more + 50) / 100),
        }
    }
}

/// The price of one unit.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "PriceText", bound = "U: Unit")]
pub struct Price<U> {
    picos: u128,
    /// What it is the price of.
    pub what: String,
    /// Where the figure is from, by its name in the price file.
    pub from: String,
    unit: PhantomData<U>,
}

/// A price as the file has it for one region.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceText {
    what: String,
    unit: String,
    page: String,
    usd: String,
    from: String,
}

impl<U: Unit> TryFrom<PriceText> for Price<U> {
    type Error = String;

    fn try_from(text: PriceText) -> Result<Self, String> {
        if text.unit != U::NAME {
            return Err(format!(
                "{}: priced by the {}, the sums take it by the {}",
                text.what,
                text.unit,
                U::NAME
            ));
        }
        if !text.page.starts_with("https://aws.amazon.com/") {
            return Err(format!("{}: `{}` is no page of AWS's", text.what, text.page));
        }
        let usd: Decimal<12> = text.usd.parse().map_err(|wrong| format!("{}: {wrong}", text.what))?;
        Ok(Self { picos: usd.0, what: text.what, from: text.from, unit: PhantomData })
    }
}

impl<U: Unit> Price<U> {
    /// Of that much, half a picodollar up.
    pub fn of(&self, amount: &Amount<U>) -> Usd {
        Usd(share(amount.0, self.picos, U::COUNTED))
    }

    /// Another figure for sums by hand.
    #[cfg(test)]
    pub fn set(&mut self, usd: &str) {
        self.picos = usd.parse::<Decimal<12>>().unwrap().0;
    }

    /// USD a unit, as it is written.
    pub fn each(&self) -> String {
        format!("{} / {}", Decimal::<12>(self.picos), U::NAME)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_decimal_is_read_to_its_last_digit_and_written_so() {
        for (text, thousandths) in [("8.5", 8_500), ("0.001", 1), ("12", 12_000), ("300.250", 300_250)] {
            assert_eq!(text.parse(), Ok(Decimal::<3>(thousandths)));
        }
        assert_eq!(Decimal::<3>(300_250).to_string(), "300.25");
        for wrong in ["", ".", "1.", ".5", "-1", "1e3", "0.0001", "1234567890123", "1,5"] {
            assert!(wrong.parse::<Decimal<3>>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn money_is_rounded_to_the_cent_only_where_it_is_shown() {
        assert_eq!(Usd(Usd::ONE * 1_234_567 + 5_000_000_000).to_string(), "1,234,567.01");
        assert_eq!(Usd(4_999_999_999).to_string(), "0.00");
        assert_eq!(Usd(1_500_000).micros(), 2);
    }

    #[test]
    fn amounts_are_told_in_their_units() {
        assert_eq!(Amount::<Gb>::of(GB * 3 / 2).in_units(), "1.5");
        assert_eq!(Amount::<Gb>::of(GB * 12_345).in_units(), "12,345");
        assert_eq!(Amount::<GbMonth>::of(GB * MONTH_HOURS).in_units(), "1");
        // 1 GiB for one second.
        assert_eq!(Amount::<GbSecond>::of(1_024 * 1_000).in_units(), "1");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(thousandths in 0u128..1_000_000_000_000) {
            let decimal = Decimal::<3>(thousandths);
            prop_assert_eq!(decimal.to_string().parse(), Ok(decimal));
        }
    }
}

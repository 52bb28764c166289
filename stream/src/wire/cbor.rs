//! Writing CBOR (RFC 8949), as much of it as answers need.

/// CBOR on its way out.
#[derive(Default)]
pub(super) struct Cbor(pub Vec<u8>);

impl Cbor {
    fn head(&mut self, major: u8, number: u64) {
        let major = major << 5;
        match number {
            0..=23 => self.0.push(major | number as u8),
            24..=0xff => self.0.extend_from_slice(&[major | 24, number as u8]),
            0x100..=0xffff => {
                self.0.push(major | 25);
                self.0.extend_from_slice(&(number as u16).to_be_bytes());
            }
            0x1_0000..=0xffff_ffff => {
                self.0.push(major | 26);
                self.0.extend_from_slice(&(number as u32).to_be_bytes());
            }
            _ => {
                self.0.push(major | 27);
                self.0.extend_from_slice(&number.to_be_bytes());
            }
        }
    }

    /// An integer.
    pub fn integer(&mut self, number: i64) {
        // A negative number n is written as -1 - n.
        let (major, number) = if number < 0 { (1, !number) } else { (0, number) };
        self.head(major, number.unsigned_abs());
    }

    /// A floating-point number.
    pub fn float(&mut self, number: f64) {
        self.0.push(0xfb);
        self.0.extend_from_slice(&number.to_bits().to_be_bytes());
    }

    /// Bytes.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.head(2, bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    /// Text.
    pub fn text(&mut self, text: &str) {
        self.head(3, text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }

    /// Begins an array of so many items.
    pub fn array(&mut self, items: usize) {
        self.head(4, items as u64);
    }

    /// Begins a map of so many pairs.
    pub fn map(&mut self, pairs: usize) {
        self.head(5, pairs as u64);
    }

    /// A time. AWS's SDKs write and read milliseconds under tag 1 (SDK for Java, `SdkCborGenerator` and
    /// `AwsCborProtocolFactory`), where RFC 8949 has seconds.
    pub fn time(&mut self, millis: i64) {
        self.head(6, 1);
        self.integer(millis);
    }

    /// True or false.
    pub fn boolean(&mut self, value: bool) {
        self.0.push(0xf4 | u8::from(value));
    }

    /// Nothing.
    pub fn null(&mut self) {
        self.0.push(0xf6);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ciborium::Value;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_by_another_reader(
            number in any::<i64>(), float in any::<f64>().prop_filter("no NaN", |f| !f.is_nan()),
            bytes in proptest::collection::vec(any::<u8>(), 0..70_000), text in ".{0,300}", truth in any::<bool>(),
        ) {
            let mut cbor = Cbor::default();
            cbor.map(1);
            cbor.text(&text);
            cbor.array(6);
            cbor.integer(number);
            cbor.float(float);
            cbor.bytes(&bytes);
            cbor.time(number);
            cbor.boolean(truth);
            cbor.null();
            let read: Value = ciborium::from_reader(&cbor.0[..]).unwrap();
            let items = vec![
                Value::from(number), Value::from(float), Value::from(bytes),
                Value::Tag(1, Box::new(Value::from(number))), Value::from(truth), Value::Null,
            ];
            prop_assert_eq!(read, Value::Map(vec![(Value::from(text), Value::Array(items))]));
        }
    }
}

//! The wire format of Protocol Buffers (protobuf.dev, "Encoding"), a field at a time, borrowed from the message.
//!
//! Who reads a message takes the fields that it knows with the type that it knows and passes over all others, as the
//! format demands; of a field that is there twice but is none of a list the last one counts.

/// Deepest nesting of groups, as the format's own implementations have it.
const MOST_DEPTH: usize = 100;
/// Largest number of a field.
const MOST_NUMBER: u64 = (1 << 29) - 1;

/// The bytes are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// A field goes on beyond the message's end.
    #[error("a field goes on beyond the end")]
    Cut,
    /// A number of more than 64 bits.
    #[error("a number has more than 64 bits")]
    Varint,
    /// A field's number or wire type that there is not.
    #[error("a field has a number or wire type that there is not")]
    Key,
    /// A group that ends as another one, or is nested too deep.
    #[error("a group ends as another one, or is nested too deep")]
    Group,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// Wire type 0.
    Varint(u64),
    /// Wire type 2: text, bytes or a message.
    Bytes(&'a [u8]),
    /// Of another wire type: fixed size, or a group.
    Other,
}

/// One field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// Its number.
    pub number: u64,
    /// Its value.
    pub value: Value<'a>,
}

/// The fields of a message, in their order. Ends after an error.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    /// Reads a message.
    pub fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    /// How many bytes are still to be read.
    pub fn remaining(&self) -> usize {
        self.rest.len()
    }

    fn take(&mut self, len: u64) -> Result<&'a [u8], Malformed> {
        let len = usize::try_from(len).ok().filter(|len| *len <= self.rest.len()).ok_or(Malformed::Cut)?;
        let (taken, rest) = self.rest.split_at(len);
        self.rest = rest;
        Ok(taken)
    }

    fn varint(&mut self) -> Result<u64, Malformed> {
        let mut number = 0;
        for (n, byte) in self.rest.iter().enumerate() {
            // The tenth byte holds the 64th bit.
            if n == 9 && *byte > 1 {
                return Err(Malformed::Varint);
            }
            number |= u64::from(byte & 0x7f) << (7 * n);
            if byte & 0x80 == 0 {
                self.rest = &self.rest[n + 1..];
                return Ok(number);
            }
        }
        Err(Malformed::Cut)
    }

    /// Number and wire type.
    fn key(&mut self) -> Result<(u64, u64), Malformed> {
        let key = self.varint()?;
        let (number, wire_type) = (key >> 3, key & 7);
        if (1..=MOST_NUMBER).contains(&number) { Ok((number, wire_type)) } else { Err(Malformed::Key) }
    }

    fn value(&mut self, (number, wire_type): (u64, u64), depth: usize) -> Result<Value<'a>, Malformed> {
        Ok(match wire_type {
            0 => Value::Varint(self.varint()?),
            1 => self.take(8).map(|_| Value::Other)?,
            2 => {
                let len = self.varint()?;
                Value::Bytes(self.take(len)?)
            }
            3 => self.group(number, depth).map(|()| Value::Other)?,
            5 => self.take(4).map(|_| Value::Other)?,
            _ => return Err(Malformed::Key),
        })
    }

    /// Passes over a group, up to and with the key of wire type 4 that ends it.
    fn group(&mut self, number: u64, depth: usize) -> Result<(), Malformed> {
        if depth == MOST_DEPTH {
            return Err(Malformed::Group);
        }
        loop {
            match self.key()? {
                (end, 4) if end == number => return Ok(()),
                (_, 4) => return Err(Malformed::Group),
                key => self.value(key, depth + 1)?,
            };
        }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.key().and_then(|key| Ok(Field { number: key.0, value: self.value(key, 0)? }));
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(message: &[u8]) -> Result<Vec<(u64, Value<'_>)>, Malformed> {
        Fields::new(message).map(|field| field.map(|f| (f.number, f.value))).collect()
    }

    #[test]
    fn fields_of_each_wire_type() {
        // 150 and "testing" are the examples of the format's own page.
        let message = [
            b"\x08\x96\x01\x12\x07testing".as_slice(),
            b"\x19abcdefgh\x25abcd",                 // fixed 64 and 32 bits
            b"\x2b\x08\x01\x33\x0a\x01\x2c\x34\x2c", // group 5 holding a number and group 6, whose text is `,`
            b"\xf8\xff\xff\xff\x0f\x00",             // the largest field number
        ];
        let expected = [
            (1, Value::Varint(150)),
            (2, Value::Bytes(b"testing")),
            (3, Value::Other),
            (4, Value::Other),
            (5, Value::Other),
            (MOST_NUMBER, Value::Varint(0)),
        ];
        assert_eq!(read(&message.concat()), Ok(expected.to_vec()));
        let largest = [b"\x08".as_slice(), &[0xff; 9], b"\x01"].concat();
        assert_eq!(read(&largest), Ok(vec![(1, Value::Varint(u64::MAX))]));
        assert_eq!(read(b"\x08\x80\x80\x00"), Ok(vec![(1, Value::Varint(0))]), "longer than it must be");
    }

    #[test]
    fn what_is_no_message() {
        let too_large = [b"\x08".as_slice(), &[0xff; 9], b"\x02"].concat();
        let deep = [vec![0x0b; 101], vec![0x0c; 101]].concat();
        let cases: [(&[u8], Malformed); 12] = [
            (b"\x08", Malformed::Cut),
            (b"\x08\x96", Malformed::Cut),
            (b"\x12\x08testing", Malformed::Cut),
            (b"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01a", Malformed::Cut),
            (b"\x19abcdefg", Malformed::Cut),
            (b"\x0b\x08\x01", Malformed::Cut),
            (&too_large, Malformed::Varint),
            (b"\x00\x01", Malformed::Key),
            (b"\x0e", Malformed::Key),
            (b"\x0c", Malformed::Key),
            (b"\x0b\x14", Malformed::Group),
            (&deep, Malformed::Group),
        ];
        for (message, expected) in cases {
            assert_eq!(read(message), Err(expected), "{message:x?}");
        }
        assert!(read(&[vec![0x0b; 100], vec![0x0c; 100]].concat()).is_ok());
    }

    proptest! {
        #[test]
        fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let fields = Fields::new(&bytes);
            prop_assert!(fields.count() <= bytes.len());
        }
    }
}

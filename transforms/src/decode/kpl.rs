//! Aggregates of the Kinesis Producer Library: many user records in one record of the stream
//! (awslabs/amazon-kinesis-producer, `aggregation-format.md`).
//!
//! Magic number, protobuf message, MD5 of the message:
//!
//! ```text
//! message AggregatedRecord {
//!   repeated string partition_key_table     = 1;
//!   repeated string explicit_hash_key_table = 2;
//!   repeated Record records                 = 3;
//! }
//! message Record {
//!   required uint64 partition_key_index     = 1;
//!   optional uint64 explicit_hash_key_index = 2;
//!   required bytes  data                    = 3;
//!   repeated Tag    tags                    = 4;   // not in use: neither library writes or reads them
//! }
//! ```
//!
//! All of it is checked before the first user record is given (MD5 at some 600 MB/s), so that a bad one is refused whole. The Kinesis Client
//! Library takes what does not check for one plain record; here it is never that: the magic number is no UTF-8
//! (`C2` cannot follow `F3 89 9A`), so that no text begins with it.
//!
//! That library also leaves out user records whose key does not hash into the shard: aggregates that were made before
//! a shard was split lie on a shard that is not theirs. A shard's range of hashes is not known here, and a record lies
//! on one shard only: all user records are given, none is lost or doubled by it.

use super::protobuf::{Fields, Malformed, Value};
use md5::{Digest, Md5};

/// What an aggregate begins with.
const MAGIC: [u8; 4] = [0xF3, 0x89, 0x9A, 0xC2];
const CHECKSUM_BYTES: usize = 16;

/// An aggregate cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KplError {
    /// Damaged or cut.
    #[error("the aggregate is damaged or cut: its MD5 differs")]
    Checksum,
    /// Not what its producer should have written.
    #[error("the aggregate is no protobuf message: {0}")]
    Protobuf(#[from] Malformed),
    /// A user record lacks what it must have.
    #[error("a user record of the aggregate has no {0}")]
    Missing(&'static str),
    /// A user record names a key that there is not.
    #[error("a user record of the aggregate has {what} {index}, and there are {keys}")]
    NoSuchKey {
        /// Which index.
        what: &'static str,
        /// What it is.
        index: u64,
        /// Length of the table.
        keys: usize,
    },
    /// An aggregate within another one, or packed: no producer makes them.
    #[error("an aggregate lies within another one, or within gzip or zlib")]
    Nested,
}

impl KplError {
    /// The word that it is counted under.
    pub fn reason(&self) -> &'static str {
        match self {
            KplError::Checksum => "kpl_checksum",
            KplError::Protobuf(_) | KplError::Missing(_) | KplError::NoSuchKey { .. } => "kpl_malformed",
            KplError::Nested => "kpl_nested",
        }
    }
}

/// Is this an aggregate?
pub fn is_aggregate(data: &[u8]) -> bool {
    data.starts_with(&MAGIC)
}

/// One record as a producer gave it to the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserRecord<'a> {
    /// Its payload.
    pub data: &'a [u8],
    /// Its partition key; UTF-8, as far as the producer kept to the format.
    pub partition_key: &'a [u8],
    /// The number, in decimal digits, that it is placed by instead of its partition key's hash.
    pub explicit_hash_key: Option<&'a [u8]>,
}

/// An aggregate that has been checked.
#[derive(Clone, Debug)]
pub struct Aggregate<'a> {
    message: &'a [u8],
    partition_keys: Table,
    explicit_hash_keys: Table,
    user_records: usize,
}

/// Where the entries of a table begin in the message: eight bytes for each, whatever their length.
#[derive(Clone, Debug, Default)]
struct Table(Vec<usize>);

impl Table {
    fn get<'a>(&self, message: &'a [u8], index: u64) -> Option<&'a [u8]> {
        let at = *self.0.get(usize::try_from(index).ok()?)?;
        match Fields::new(&message[at..]).next()?.ok()?.value {
            Value::Bytes(key) => Some(key),
            _ => None,
        }
    }

    fn check(&self, what: &'static str, largest: Option<u64>) -> Result<(), KplError> {
        let keys = self.0.len();
        match largest {
            Some(index) if index >= keys as u64 => Err(KplError::NoSuchKey { what, index, keys }),
            _ => Ok(()),
        }
    }
}

/// A user record with indices in its keys' places.
struct Indexed<'a> {
    data: &'a [u8],
    partition_key: u64,
    explicit_hash_key: Option<u64>,
}

impl<'a> Indexed<'a> {
    fn read(message: &'a [u8]) -> Result<Self, KplError> {
        let (mut data, mut partition_key, mut explicit_hash_key) = (None, None, None);
        for field in Fields::new(message) {
            let field = field?;
            match (field.number, field.value) {
                (1, Value::Varint(index)) => partition_key = Some(index),
                (2, Value::Varint(index)) => explicit_hash_key = Some(index),
                (3, Value::Bytes(bytes)) => data = Some(bytes),
                _ => (),
            }
        }
        Ok(Self {
            data: data.ok_or(KplError::Missing("data"))?,
            partition_key: partition_key.ok_or(KplError::Missing("partition_key_index"))?,
            explicit_hash_key,
        })
    }
}

impl<'a> Aggregate<'a> {
    /// Checks an aggregate, all of it.
    pub fn read(data: &'a [u8]) -> Result<Self, KplError> {
        let sealed = data.get(MAGIC.len()..).unwrap_or_default();
        let (message, checksum) = sealed.split_last_chunk::<CHECKSUM_BYTES>().ok_or(KplError::Checksum)?;
        if Md5::digest(message)[..] != checksum[..] {
            return Err(KplError::Checksum);
        }
        let (mut partition_keys, mut explicit_hash_keys) = (Table::default(), Table::default());
        let (mut partition_key, mut explicit_hash_key, mut user_records) = (None, None, 0);
        let mut fields = Fields::new(message);
        loop {
            let at = message.len() - fields.remaining();
            let Some(field) = fields.next().transpose()? else { break };
            match (field.number, field.value) {
                (1, Value::Bytes(_)) => partition_keys.0.push(at),
                (2, Value::Bytes(_)) => explicit_hash_keys.0.push(at),
                (3, Value::Bytes(bytes)) => {
                    let indexed = Indexed::read(bytes)?;
                    // The tables may stand behind the records: the largest index is compared at the end.
                    partition_key = partition_key.max(Some(indexed.partition_key));
                    explicit_hash_key = explicit_hash_key.max(indexed.explicit_hash_key);
                    user_records += 1;
                }
                _ => (),
            }
        }
        partition_keys.check("partition_key_index", partition_key)?;
        explicit_hash_keys.check("explicit_hash_key_index", explicit_hash_key)?;
        Ok(Self { message, partition_keys, explicit_hash_keys, user_records })
    }

    /// Number of user records.
    pub fn len(&self) -> usize {
        self.user_records
    }

    /// Is there no user record?
    pub fn is_empty(&self) -> bool {
        self.user_records == 0
    }

    /// The user records, in their order.
    pub fn user_records(&self) -> impl Iterator<Item = UserRecord<'a>> {
        Fields::new(self.message).filter_map(|field| {
            let Ok(super::protobuf::Field { number: 3, value: Value::Bytes(bytes) }) = field else {
                return None;
            };
            // Cannot fail: all of it was read before.
            let indexed = Indexed::read(bytes).ok()?;
            let hash_key = |index| self.explicit_hash_keys.get(self.message, index);
            Some(UserRecord {
                data: indexed.data,
                partition_key: self.partition_keys.get(self.message, indexed.partition_key)?,
                explicit_hash_key: indexed.explicit_hash_key.and_then(hash_key),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(message: &[u8]) -> Vec<u8> {
        [&MAGIC, message, &Md5::digest(message)[..]].concat()
    }

    /// Data, partition key, explicit hash key.
    type Owned = (Vec<u8>, Vec<u8>, Option<Vec<u8>>);

    fn read(message: &[u8]) -> Result<Vec<Owned>, KplError> {
        let data = sealed(message);
        let aggregate = Aggregate::read(&data)?;
        let owned = |u: UserRecord<'_>| {
            (u.data.to_vec(), u.partition_key.to_vec(), u.explicit_hash_key.map(<[u8]>::to_vec))
        };
        let all: Vec<_> = aggregate.user_records().map(owned).collect();
        assert_eq!((aggregate.len(), aggregate.is_empty()), (all.len(), all.is_empty()));
        Ok(all)
    }

    #[test]
    fn tables_behind_the_records_unknown_fields_and_repeated_ones() {
        let message = [
            b"\x1a\x05\x08\x01\x1a\x01a".as_slice(),
            b"\x1a\x0e\x08\x05\x1a\x01x\x10\x00\x08\x00\x1a\x03b b", // of index and data the last ones
            b"\x1a\x0a\x22\x04\x0a\x02ab\x08\x00\x1a\x00",           // a tag, and no bytes
            b"\x0a\x03one\x0a\x03two\x12\x019",
            b"\x08\x07\x1d\x00\x00\x00\x00\x7a\x01?", // known numbers of other types; field 15
        ];
        let some = |text: &str| Some(text.as_bytes().to_vec());
        let expected = [
            (b"a".to_vec(), b"two".to_vec(), None),
            (b"b b".to_vec(), b"one".to_vec(), some("9")),
            (b"".to_vec(), b"one".to_vec(), None),
        ];
        assert_eq!(read(&message.concat()), Ok(expected.to_vec()));
        assert_eq!(read(b""), Ok(vec![]));
    }

    #[test]
    fn what_is_refused() {
        let no_key = |what, index, keys| KplError::NoSuchKey { what, index, keys };
        let cases: [(&[u8], KplError); 7] = [
            (b"\x1a\x05\x08\x00\x1a\x01a", no_key("partition_key_index", 0, 0)),
            (b"\x0a\x01k\x1a\x05\x08\x01\x1a\x01a", no_key("partition_key_index", 1, 1)),
            (b"\x0a\x01k\x1a\x07\x08\x00\x10\x02\x1a\x01a", no_key("explicit_hash_key_index", 2, 0)),
            (b"\x0a\x01k\x1a\x03\x1a\x01a", KplError::Missing("partition_key_index")),
            (b"\x0a\x01k\x1a\x02\x08\x00", KplError::Missing("data")),
            (b"\x0a\x01k\x1a\x05\x08\x00\x1a\x02a", KplError::Protobuf(Malformed::Cut)),
            (b"\x0a\x01k\x1a", KplError::Protobuf(Malformed::Cut)),
        ];
        for (message, expected) in cases {
            assert_eq!(read(message), Err(expected), "{message:x?}");
            assert_eq!(expected.reason(), "kpl_malformed");
        }
        let whole = sealed(b"\x0a\x01k\x1a\x05\x08\x00\x1a\x01a");
        assert!(Aggregate::read(&whole).is_ok());
        for len in MAGIC.len()..whole.len() {
            assert_eq!(Aggregate::read(&whole[..len]).err(), Some(KplError::Checksum), "{len}");
        }
    }
}

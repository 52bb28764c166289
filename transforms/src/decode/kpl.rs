//! Aggregates of the Kinesis Producer Library: many user records in one, protobuf and MD5 behind a magic number
//! (amazon-kinesis-producer, `aggregation-format.md`). Recognised, so that none is taken for text; not read yet.

/// What an aggregate begins with.
const MAGIC: [u8; 4] = [0xF3, 0x89, 0x9A, 0xC2];

/// The word that aggregates are counted under.
pub const REASON: &str = "kpl_unsupported";

/// Is this an aggregate?
pub fn is_aggregate(data: &[u8]) -> bool {
    data.starts_with(&MAGIC)
}

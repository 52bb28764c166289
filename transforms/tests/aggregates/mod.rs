//! Makes KPL aggregates as the library does (`aggregation-format.md`): equal keys stand once in their table.

#![allow(dead_code)] // each test file uses its own part

use md5::{Digest, Md5};

/// A user record of a test: partition key, explicit hash key, payload.
pub type User<'a> = (&'a str, Option<&'a str>, &'a [u8]);

/// An aggregate of these user records.
pub fn aggregate(users: &[User<'_>]) -> Vec<u8> {
    let (mut keys, mut hash_keys, mut records) = (Vec::new(), Vec::new(), Vec::new());
    for (key, hash_key, data) in users {
        let mut record = Vec::new();
        number(1, index(&mut keys, key), &mut record);
        if let Some(hash_key) = hash_key {
            number(2, index(&mut hash_keys, hash_key), &mut record);
        }
        bytes(3, data, &mut record);
        bytes(3, &record, &mut records);
    }
    let mut message = Vec::new();
    keys.iter().for_each(|key| bytes(1, key.as_bytes(), &mut message));
    hash_keys.iter().for_each(|key| bytes(2, key.as_bytes(), &mut message));
    message.extend(records);
    sealed(&message)
}

/// An aggregate of payloads that share a key.
pub fn of(payloads: &[&[u8]]) -> Vec<u8> {
    aggregate(&payloads.iter().map(|data| ("key", None, *data)).collect::<Vec<_>>())
}

/// Magic number, message and its MD5.
pub fn sealed(message: &[u8]) -> Vec<u8> {
    [b"\xF3\x89\x9A\xC2".as_slice(), message, &Md5::digest(message)[..]].concat()
}

fn index<'a>(keys: &mut Vec<&'a str>, key: &'a str) -> u64 {
    let at = keys.iter().position(|k| *k == key).unwrap_or_else(|| {
        keys.push(key);
        keys.len() - 1
    });
    at as u64
}

fn number(field: u64, value: u64, out: &mut Vec<u8>) {
    varint(field << 3, out);
    varint(value, out);
}

fn bytes(field: u64, value: &[u8], out: &mut Vec<u8>) {
    varint(field << 3 | 2, out);
    varint(value.len() as u64, out);
    out.extend_from_slice(value);
}

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

//! Writing into room that is there already: bytes that were written before and mean nothing now, with the place to
//! write at kept by the writer. A vector's own length lies in memory, and each short piece appended would wait for
//! the length that the piece before wrote.

use crate::escape::{escape_into, is_plain};

/// Room that is kept free behind what is written, so that short pieces can be copied as pieces of fixed size.
pub(crate) const SLACK: usize = 32;

/// Makes room for `len` bytes at `at`.
#[inline(always)]
fn ensure(len: usize, room: &mut Vec<u8>, at: usize) {
    if room.len() - at < len + SLACK {
        grow(len, room, at);
    }
}

#[cold]
fn grow(len: usize, room: &mut Vec<u8>, at: usize) {
    room.resize((at + len + SLACK).max(room.len() * 2), 0);
}

/// Writes the first `len` bytes of a chunk; the others are written over by what follows.
#[inline(always)]
pub(crate) fn put_part(chunk: &[u8; SLACK], len: usize, room: &mut Vec<u8>, at: usize) -> usize {
    ensure(len, room, at);
    room[at..at + SLACK].copy_from_slice(chunk);
    at + len
}

/// Writes bytes: where they end.
#[inline(always)]
pub(crate) fn put(bytes: &[u8], room: &mut Vec<u8>, at: usize) -> usize {
    ensure(bytes.len(), room, at);
    copy(bytes, room, at)
}

/// As [`put`], not in line.
#[inline(never)]
pub(crate) fn put_long(bytes: &[u8], room: &mut Vec<u8>, at: usize) -> usize {
    ensure(bytes.len(), room, at);
    room[at..at + bytes.len()].copy_from_slice(bytes);
    at + bytes.len()
}

/// Writes bytes that need no escaping, as a JSON string.
#[inline(always)]
pub(crate) fn put_quoted(bytes: &[u8], room: &mut Vec<u8>, at: usize) -> usize {
    ensure(bytes.len() + 2, room, at);
    room[at] = b'"';
    let end = copy(bytes, room, at + 1);
    room[end] = b'"';
    end + 1
}

/// Lets `len` bytes be written where they are to stand.
#[inline(always)]
pub(crate) fn put_in_place(
    len: usize,
    room: &mut Vec<u8>,
    at: usize,
    write: impl FnOnce(&mut [u8]),
) -> usize {
    ensure(len, room, at);
    write(&mut room[at..at + len]);
    at + len
}

/// Lets a JSON string that needs no escaping be written where it is to stand; `write` answers its length.
#[inline(always)]
pub(crate) fn put_quoted_in_place<const MOST: usize>(
    write: impl FnOnce(&mut [u8; MOST]) -> usize,
    room: &mut Vec<u8>,
    at: usize,
) -> usize {
    ensure(MOST + 2, room, at);
    room[at] = b'"';
    let len = room[at + 1..].first_chunk_mut().map_or(0, write);
    room[at + 1 + len] = b'"';
    at + len + 2
}

/// Writes text as a JSON string.
#[inline]
pub(crate) fn put_string(text: &str, room: &mut Vec<u8>, at: usize) -> usize {
    if is_plain(text.as_bytes()) {
        put_quoted(text.as_bytes(), room, at)
    } else {
        put_escaped(text, room, at)
    }
}

fn put_escaped(text: &str, room: &mut Vec<u8>, at: usize) -> usize {
    room.truncate(at);
    room.push(b'"');
    escape_into(text, room);
    room.push(b'"');
    let end = room.len();
    grow(0, room, end);
    end
}

/// Copies in pieces of fixed size, the last over those before.
#[inline(always)]
fn copy(bytes: &[u8], room: &mut [u8], at: usize) -> usize {
    let end = at + bytes.len();
    if let Some(last) = bytes.last_chunk::<16>() {
        let mut to = at;
        for chunk in bytes.as_chunks::<16>().0 {
            room[to..to + 16].copy_from_slice(chunk);
            to += 16;
        }
        room[end - 16..end].copy_from_slice(last);
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        room[at..at + 8].copy_from_slice(first);
        room[end - 8..end].copy_from_slice(last);
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        room[at..at + 4].copy_from_slice(first);
        room[end - 4..end].copy_from_slice(last);
    } else {
        for (to, byte) in room[at..end].iter_mut().zip(bytes) {
            *to = *byte;
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn writes_what_a_vector_would_hold(texts in proptest::collection::vec("[a-z\"\\\\\n\u{e4}]{0,70}", 0..20), room in 0usize..200) {
            let mut room = vec![b'?'; room];
            let (mut at, mut expected) = (0, Vec::new());
            for text in &texts {
                at = put_string(text, &mut room, at);
                crate::escape::string_into(text, &mut expected);
                at = put(text.as_bytes(), &mut room, at);
                expected.extend_from_slice(text.as_bytes());
                at = put_part(&[b'x'; SLACK], text.len() % SLACK, &mut room, at);
                expected.extend(std::iter::repeat_n(b'x', text.len() % SLACK));
                prop_assert!(room.len() >= at);
            }
            prop_assert_eq!(&room[..at], &expected);
        }
    }
}

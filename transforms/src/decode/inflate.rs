//! gzip and zlib into one buffer that is used again for each raw record.
//!
//! libdeflate takes whole buffers and checks what it unpacks: CRC-32 and ISIZE of each gzip member (RFC 1952),
//! Adler-32 of zlib (RFC 1950). The room for its output starts at a guess and doubles until it fits or the limit is
//! reached, so that a bomb costs no more memory than the limit. The only unsafe code of the project stands here.
#![allow(unsafe_code)]

use libdeflate_sys as sys;
use std::ptr::NonNull;

/// A gzip member may say that it is larger than this many times its packed size; it is believed only as it proves so.
const BELIEVED_RATIO: usize = 32;
/// Least room for output.
const LEAST_ROOM: usize = 64 << 10;
/// A buffer up to this size is kept.
const KEPT_BYTES: usize = 4 << 20;
/// A larger one is kept as long as the raw records fill at least one part in so many of it.
const KEPT_PART: usize = 4;

/// The data does not unpack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InflateError {
    /// Damaged or cut: no such stream, or a checksum or length that differs.
    #[error("member {member} is damaged or cut, or its checksum or length differs")]
    Damaged {
        /// Number of the gzip member, from 1.
        member: usize,
    },
    /// More unpacked bytes than allowed.
    #[error("unpacks to over {limit} bytes")]
    TooLarge {
        /// Most bytes allowed.
        limit: usize,
    },
    /// Something other than a further member or zero padding follows.
    #[error("{bytes} bytes follow member {member} that are no member")]
    Trailing {
        /// Number of the last gzip member, from 1.
        member: usize,
        /// How many bytes follow it.
        bytes: usize,
    },
}

impl InflateError {
    /// The word that it is counted under.
    pub fn reason(&self) -> &'static str {
        match self {
            InflateError::Damaged { .. } => "unpack_damaged",
            InflateError::TooLarge { .. } => "unpacked_too_large",
            InflateError::Trailing { .. } => "unpack_trailing_bytes",
        }
    }
}

type Decompress = unsafe extern "C" fn(
    *mut sys::libdeflate_decompressor,
    *const std::ffi::c_void,
    usize,
    *mut std::ffi::c_void,
    usize,
    *mut usize,
    *mut usize,
) -> sys::libdeflate_result;

/// Unpacks into a buffer of its own.
pub struct Inflater {
    decompressor: NonNull<sys::libdeflate_decompressor>,
    out: Vec<u8>,
}

// SAFETY: libdeflate's decompressor is plain memory without ties to a thread ("libdeflate.h": one decompressor must
// not be used by two threads at once), and every use of it takes `&mut self`.
unsafe impl Send for Inflater {}

impl Default for Inflater {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Inflater {
    fn drop(&mut self) {
        // SAFETY: the pointer came of libdeflate_alloc_decompressor and is freed once.
        unsafe { sys::libdeflate_free_decompressor(self.decompressor.as_ptr()) }
    }
}

impl Inflater {
    /// An empty buffer. Aborts, as any allocation does, where there is no memory for libdeflate's 11 KB of tables.
    pub fn new() -> Self {
        // SAFETY: no condition; null, which it gives where memory is out, is handled.
        let decompressor = unsafe { sys::libdeflate_alloc_decompressor() };
        let Some(decompressor) = NonNull::new(decompressor) else {
            std::alloc::handle_alloc_error(std::alloc::Layout::new::<[u64; 1440]>());
        };
        Self { decompressor, out: Vec::new() }
    }

    /// Unpacks all gzip members, one after the other, to at most `limit` bytes. Zeros after the last are padding.
    pub fn gzip(&mut self, data: &[u8], limit: usize) -> Result<&[u8], InflateError> {
        self.out.clear();
        let mut rest = data;
        let mut member = 1;
        loop {
            let taken = self.stream(sys::libdeflate_gzip_decompress_ex, rest, limit, member)?;
            rest = &rest[taken..];
            if rest.iter().all(|b| *b == 0) {
                return Ok(&self.out);
            }
            if !rest.starts_with(&[0x1f, 0x8b]) {
                return Err(InflateError::Trailing { member, bytes: rest.len() });
            }
            member += 1;
        }
    }

    /// Unpacks one zlib stream to at most `limit` bytes; nothing may follow it.
    pub fn zlib(&mut self, data: &[u8], limit: usize) -> Result<&[u8], InflateError> {
        self.out.clear();
        let taken = self.stream(sys::libdeflate_zlib_decompress_ex, data, limit, 1)?;
        match data.len() - taken {
            0 => Ok(&self.out),
            bytes => Err(InflateError::Trailing { member: 1, bytes }),
        }
    }

    /// What was unpacked last.
    pub fn unpacked(&self) -> &[u8] {
        &self.out
    }

    /// Gives a buffer back that is far larger than what was unpacked last.
    pub fn rest(&mut self) {
        if self.out.capacity() > KEPT_BYTES.max(self.out.len().saturating_mul(KEPT_PART)) {
            self.out = Vec::new();
        }
    }

    /// Appends what one stream at the start of `data` unpacks to; how many bytes of `data` it took.
    fn stream(
        &mut self,
        decompress: Decompress,
        data: &[u8],
        limit: usize,
        member: usize,
    ) -> Result<usize, InflateError> {
        let before = self.out.len();
        // At least doubled where it must grow, so that many small members do not copy it again and again.
        if self.out.capacity() - before < guess(data) {
            self.out.reserve_exact(guess(data).max(before).min(limit - before));
        }
        loop {
            let room = (self.out.capacity() - before).min(limit - before);
            let (mut taken, mut made) = (0, 0);
            // SAFETY: `data` is readable for its length; `out` owns `capacity` bytes, of which `room` from `before` on
            // are written at most; both counts are written before they are read, and only on success.
            let result = unsafe {
                decompress(
                    self.decompressor.as_ptr(),
                    data.as_ptr().cast(),
                    data.len(),
                    self.out.as_mut_ptr().add(before).cast(),
                    room,
                    &raw mut taken,
                    &raw mut made,
                )
            };
            match result {
                sys::libdeflate_result_LIBDEFLATE_SUCCESS => {
                    debug_assert!(taken <= data.len() && made <= room);
                    // SAFETY: libdeflate has written `made` bytes, at most `room`, from `before` on.
                    unsafe { self.out.set_len(before + made) };
                    return Ok(taken);
                }
                sys::libdeflate_result_LIBDEFLATE_INSUFFICIENT_SPACE if room < limit - before => {
                    self.out.reserve_exact((room * 2).max(LEAST_ROOM).min(limit - before));
                }
                sys::libdeflate_result_LIBDEFLATE_INSUFFICIENT_SPACE => {
                    return Err(InflateError::TooLarge { limit });
                }
                _ => return Err(InflateError::Damaged { member }),
            }
        }
    }
}

/// Room to begin with: what the last four bytes say if they are ISIZE (RFC 1952, 2.3.1), within reason.
fn guess(data: &[u8]) -> usize {
    let said = data.last_chunk().map_or(0, |tail| u32::from_le_bytes(*tail) as usize);
    said.min(data.len().saturating_mul(BELIEVED_RATIO)).max(LEAST_ROOM)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};
    use proptest::prelude::*;
    use std::io::Write;

    const LIMIT: usize = 1 << 20;

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib(data: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn members_padding_and_what_is_wrong() {
        let mut inflater = Inflater::new();
        let (a, b) = (gzip(b"one"), gzip(&[b'x'; 300_000]));
        let both = [a.as_slice(), &b, &[0; 40]].concat();
        assert_eq!(inflater.gzip(&both, LIMIT).unwrap(), [b"one".as_slice(), &[b'x'; 300_000]].concat());
        let trailing = [a.as_slice(), b"{}"].concat();
        assert_eq!(inflater.gzip(&trailing, LIMIT), Err(InflateError::Trailing { member: 1, bytes: 2 }));
        for at in [a.len() - 8, a.len() - 1] {
            let mut wrong = [a.as_slice(), &a].concat();
            wrong[a.len() + at] ^= 1;
            assert_eq!(inflater.gzip(&wrong, LIMIT), Err(InflateError::Damaged { member: 2 }), "byte {at}");
        }
        assert_eq!(inflater.zlib(&zlib(b"one"), LIMIT).unwrap(), b"one");
        assert_eq!(
            inflater.zlib(&[zlib(b"one"), vec![0]].concat(), LIMIT),
            Err(InflateError::Trailing { member: 1, bytes: 1 })
        );
    }

    #[test]
    fn the_limit_is_exact_also_over_members() {
        let mut inflater = Inflater::new();
        let half = gzip(&vec![b'a'; LIMIT / 2]);
        let two = [half.as_slice(), &half].concat();
        assert_eq!(inflater.gzip(&two, LIMIT).unwrap().len(), LIMIT);
        let too_large = Err(InflateError::TooLarge { limit: LIMIT });
        assert_eq!(inflater.gzip(&[two.as_slice(), &gzip(b"b")].concat(), LIMIT), too_large);
        assert_eq!(inflater.gzip(&gzip(&vec![0; LIMIT + 1]), LIMIT), too_large);
        assert!(inflater.out.capacity() <= LIMIT);
    }

    #[test]
    fn every_cut_is_an_error() {
        let whole = gzip(b"a line that is cut somewhere");
        let mut inflater = Inflater::new();
        for len in 0..whole.len() {
            assert!(inflater.gzip(&whole[..len], LIMIT).is_err(), "{len}");
        }
    }

    proptest! {
        #[test]
        fn comes_back(parts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..3000), 1..4)) {
            let packed: Vec<u8> = parts.iter().flat_map(|p| gzip(p)).collect();
            let mut inflater = Inflater::new();
            prop_assert_eq!(inflater.gzip(&packed, LIMIT).unwrap(), parts.concat());
            prop_assert_eq!(inflater.zlib(&zlib(&parts[0]), LIMIT).unwrap(), &parts[0]);
        }

        #[test]
        fn damage_never_panics_nor_passes_the_limit(mut data in proptest::collection::vec(any::<u8>(), 0..600), at in any::<prop::sample::Index>(), to in any::<u8>(), limit in 0usize..400) {
            let mut inflater = Inflater::new();
            let _ = inflater.gzip(&data, limit);
            data = gzip(&data);
            let at = at.index(data.len());
            data[at] = to;
            if let Ok(unpacked) = inflater.gzip(&data, limit) {
                prop_assert!(unpacked.len() <= limit);
            }
            let _ = inflater.zlib(&data, limit);
        }
    }
}

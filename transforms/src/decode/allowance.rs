//! How much one raw record may unpack to, over all user records in it.
//!
//! A user record that is too large or damaged costs only itself: it takes nothing of what the others may unpack to. But
//! unpacking it took time, and an aggregate may hold many of the kind: of that there is a limit of its own, beyond which
//! what is packed is refused untried.

use super::inflate::Inflater;
use super::{DecodeError, is_packed, unpack};

/// DEFLATE makes at most so many bytes of one ("zlib Technical Details", maximum compression factor).
const MOST_RATIO: usize = 1032;
/// So many times the limit may be unpacked in vain: more than once, so that what follows one bomb is still tried.
const IN_VAIN: usize = 2;

/// What is left for a raw record.
#[derive(Clone, Debug)]
pub struct Allowance {
    /// Bytes that may still come out.
    left: usize,
    /// Bytes that may still be unpacked in vain.
    in_vain: usize,
}

impl Allowance {
    /// For one raw record of at most `limit` unpacked bytes.
    pub fn new(limit: usize) -> Self {
        Self { left: limit, in_vain: limit.saturating_mul(IN_VAIN) }
    }

    /// The bytes of a raw or user record, unpacked.
    pub fn unpack<'a>(
        &mut self,
        data: &'a [u8],
        inflater: &'a mut Inflater,
    ) -> Result<&'a [u8], DecodeError> {
        if is_packed(data) && self.in_vain == 0 {
            return Err(DecodeError::Untried);
        }
        let limit = self.left;
        match unpack(data, limit, inflater) {
            Ok(bytes) => {
                self.left -= bytes.len();
                Ok(bytes)
            }
            Err(error) => {
                if is_packed(data) {
                    let made = data.len().saturating_mul(MOST_RATIO).min(limit);
                    self.in_vain = self.in_vain.saturating_sub(made);
                }
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    const LIMIT: usize = 1 << 20;

    fn gzip(len: usize) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&vec![b'a'; len]).unwrap();
        encoder.finish().unwrap()
    }

    fn len(allowance: &mut Allowance, data: &[u8]) -> Result<usize, &'static str> {
        allowance.unpack(data, &mut Inflater::new()).map(<[u8]>::len).map_err(|e| e.reason())
    }

    #[test]
    fn is_for_all_together() {
        let mut allowance = Allowance::new(LIMIT);
        assert_eq!(len(&mut allowance, &gzip(LIMIT - 10)), Ok(LIMIT - 10));
        assert_eq!(len(&mut allowance, &gzip(11)), Err("unpacked_too_large"));
        assert_eq!(len(&mut allowance, b"eleven char"), Err("unpacked_too_large"));
        assert_eq!(len(&mut allowance, &gzip(6)), Ok(6));
        assert_eq!(len(&mut allowance, b"text"), Ok(4));
        assert_eq!(len(&mut allowance, b"x"), Err("unpacked_too_large"));
    }

    #[test]
    fn one_bomb_costs_itself_and_many_are_not_tried() {
        let mut allowance = Allowance::new(LIMIT);
        let (mut damaged, bomb) = (gzip(100), gzip(LIMIT + 1));
        *damaged.last_mut().unwrap() ^= 1;
        for _ in 0..3 {
            assert_eq!(len(&mut allowance, &damaged), Err("unpack_damaged"));
        }
        assert_eq!(len(&mut allowance, &bomb), Err("unpacked_too_large"));
        assert_eq!(len(&mut allowance, &gzip(100)), Ok(100));
        assert_eq!(len(&mut allowance, &bomb), Err("unpacked_too_large"));
        let untried = allowance.unpack(&gzip(1), &mut Inflater::new()).map(<[u8]>::len);
        assert_eq!(untried, Err(DecodeError::Untried));
        assert_eq!(len(&mut allowance, b"text"), Ok(4));
    }
}

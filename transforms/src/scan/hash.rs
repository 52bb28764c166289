//! A fast hash of bytes, the same in every process: for tables that compare what they find.

/// Products of 64 by 64 bits, two at a time, folded (as wyhash does, <https://github.com/wangyi-fudan/wyhash>). Not for
/// what must not collide: anyone can make texts that do.
#[inline]
pub fn hash(bytes: &[u8]) -> u64 {
    const FACTORS: [u64; 3] = [0x9E37_79B9_7F4A_7C15, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9];
    let fold = |a: u64, b: u64| {
        let product = u128::from(a) * u128::from(b);
        product as u64 ^ (product >> 64) as u64
    };
    let mut sums = [bytes.len() as u64 ^ FACTORS[0], FACTORS[1]];
    let mut add = |block: &[u8; 32]| {
        let [a, b, c, d] = words(block);
        sums[0] = fold(a ^ sums[0], b ^ FACTORS[0]);
        sums[1] = fold(c ^ sums[1], d ^ FACTORS[1]);
    };
    let (blocks, _) = bytes.as_chunks::<32>();
    blocks.iter().for_each(&mut add);
    match bytes.last_chunk::<32>() {
        // The last block overlaps the one before: no step for each of the rest's words.
        Some(last) if !bytes.len().is_multiple_of(32) => add(last),
        Some(_) => {}
        None => {
            let mut padded = [0; 32];
            padded[..bytes.len()].copy_from_slice(bytes);
            add(&padded);
        }
    }
    fold(sums[0], sums[1] ^ FACTORS[2])
}

#[inline(always)]
fn words(block: &[u8; 32]) -> [u64; 4] {
    let (words, _) = block.as_chunks::<8>();
    std::array::from_fn(|n| words.get(n).map_or(0, |word| u64::from_le_bytes(*word)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn spreads_texts_that_differ_little() {
        let texts = (0..10_000).map(|n| format!("{}{n}", "x".repeat(n % 100)));
        let hashes: HashSet<u64> = texts.map(|text| hash(text.as_bytes())).collect();
        assert_eq!(hashes.len(), 10_000);
        for shift in [0, 56] {
            let mut counts = [0; 256];
            hashes.iter().for_each(|hash| counts[(hash >> shift) as usize & 255] += 1);
            assert!(counts.iter().all(|count| (10..90).contains(count)), "{counts:?}");
        }
        assert_eq!((0..100).map(|n| hash(&vec![0; n])).collect::<HashSet<_>>().len(), 100);
    }
}

//! The first block of a `ChaCha8` stream, alone. The library makes four blocks whenever one is asked for; the generator of
//! towns opens a stream for every decision and mostly takes one number of it.

/// Words of 32 bits in a block.
pub(super) const WORDS: usize = 16;
/// Double rounds of the variant with eight rounds.
const DOUBLE_ROUNDS: usize = 4;
/// "expand 32-byte k" in four little-endian words.
const CONSTANTS: [u32; 4] = [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574];

/// Block 0 of the stream number `stream` under `key`, with a counter and a stream number of 64 bits each.
#[must_use]
pub(super) fn first_block(key: &[u8; 32], stream: u64) -> [u32; WORDS] {
    let mut begin = [0; WORDS];
    begin[..4].copy_from_slice(&CONSTANTS);
    for (word, bytes) in begin[4..12].iter_mut().zip(key.chunks_exact(4)) {
        *word = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    }
    #[expect(clippy::cast_possible_truncation, reason = "the low and the high half are wanted")]
    let number = [stream as u32, (stream >> 32) as u32];
    begin[14..].copy_from_slice(&number);
    let mut block = begin;
    for _ in 0..DOUBLE_ROUNDS {
        quarter(&mut block, 0, 4, 8, 12);
        quarter(&mut block, 1, 5, 9, 13);
        quarter(&mut block, 2, 6, 10, 14);
        quarter(&mut block, 3, 7, 11, 15);
        quarter(&mut block, 0, 5, 10, 15);
        quarter(&mut block, 1, 6, 11, 12);
        quarter(&mut block, 2, 7, 8, 13);
        quarter(&mut block, 3, 4, 9, 14);
    }
    for (word, first) in block.iter_mut().zip(begin) {
        *word = word.wrapping_add(first);
    }
    block
}

#[inline]
fn quarter(block: &mut [u32; WORDS], a: usize, b: usize, c: usize, d: usize) {
    block[a] = block[a].wrapping_add(block[b]);
    block[d] = (block[d] ^ block[a]).rotate_left(16);
    block[c] = block[c].wrapping_add(block[d]);
    block[b] = (block[b] ^ block[c]).rotate_left(12);
    block[a] = block[a].wrapping_add(block[b]);
    block[d] = (block[d] ^ block[a]).rotate_left(8);
    block[c] = block[c].wrapping_add(block[d]);
    block[b] = (block[b] ^ block[c]).rotate_left(7);
}

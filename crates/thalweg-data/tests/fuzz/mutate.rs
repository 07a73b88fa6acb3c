//! Mutations: bits flipped, numbers overwritten with those at the edges, pieces cut, doubled, moved, and put in from elsewhere.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Numbers at which sizes go wrong.
const EDGES: [u64; 12] =
    [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0xffff_ffff, 0x7fff_ffff_ffff_ffff, 0xffff_ffff_ffff_ffff];

/// Changes a file in one, two or four places; `words` are pieces that mean something in its form, `other` is another file of it.
/// It grows to four times its length at most: what takes long or much memory must be found in small files.
pub fn mutate(bytes: &mut Vec<u8>, words: &[&[u8]], other: &[u8], rng: &mut ChaCha8Rng) {
    let longest = 4 * bytes.len().max(other.len());
    let n_changes = 1 << rng.random_range(0..3);
    for _ in 0..n_changes {
        change(bytes, words, other, rng);
    }
    bytes.truncate(longest);
}

fn change(bytes: &mut Vec<u8>, words: &[&[u8]], other: &[u8], rng: &mut ChaCha8Rng) {
    // Half of all places are within the first bytes, where headers are.
    let place = |n: usize, rng: &mut ChaCha8Rng| {
        let end = if rng.random() { n.min(48) } else { n };
        rng.random_range(0..=end)
    };
    let at = place(bytes.len(), rng);
    let rest = bytes.len() - at;
    let most = 1 << rng.random_range(0..12);
    let some = rng.random_range(0..=rest.min(most));
    match rng.random_range(0..9) {
        0 if rest > 0 => bytes[at] ^= 1 << rng.random_range(0..8),
        1 if rest > 0 => bytes[at] = rng.random(),
        2 => {
            let size = 1 << rng.random_range(0..4);
            let edge = EDGES[rng.random_range(0..EDGES.len())].wrapping_add(rng.random_range(0..3)).wrapping_sub(1).to_le_bytes();
            let number: Vec<u8> = if rng.random() { edge[..size].to_vec() } else { edge[..size].iter().rev().copied().collect() };
            bytes.splice(at..(at + size.min(rest)), number);
        }
        // Not too often: little that comes later would be seen.
        3 if rng.random_range(0..3) == 0 => bytes.truncate(at),
        4 => drop(bytes.drain(at..at + some)),
        5 => {
            let piece = bytes[at..at + some].to_vec();
            let to = place(bytes.len(), rng);
            let times = if rng.random_range(0..16) == 0 { 64 } else { 1 };
            bytes.splice(to..to, piece.repeat(times));
        }
        6 if !other.is_empty() => {
            let from = rng.random_range(0..other.len());
            let piece = &other[from..(from + some).min(other.len())];
            let end = if rng.random() { at } else { at + some };
            bytes.splice(at..end, piece.iter().copied());
        }
        7 => {
            let fill: u8 = rng.random();
            let piece: Vec<u8> = (0..some).map(|_| if fill < 64 { fill } else { rng.random() }).collect();
            bytes.splice(at..at, piece);
        }
        _ if !words.is_empty() => {
            let word = words[rng.random_range(0..words.len())];
            let end = if rng.random() { at } else { at + word.len().min(rest) };
            bytes.splice(at..end, word.iter().copied());
        }
        _ => {}
    }
}

//! The settings under `coin`: what was seen of a coin.

use super::Setting;
use super::row::integer_row;

pub(super) static ROWS: &[Setting] = &[
    integer_row!("coin.heads", "tosses that showed heads (0 to coin.tosses)", 0, 1_000_000, coin.heads),
    integer_row!("coin.tosses", "tosses of the coin (1 to 1000000)", 1, 1_000_000, coin.tosses),
];

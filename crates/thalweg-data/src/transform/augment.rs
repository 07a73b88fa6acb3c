//! Augmentation: training pictures moved by a draw, so that no two epochs see the same.

use rand::{Rng, RngCore};
use thalweg_math::real::Real;

use crate::dataset::ImageShape;

/// How far a shift may go, in pixels.
const REACH: i32 = 2;

/// How a picture is moved.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Move {
    /// Mirrored left to right.
    pub mirrored: bool,
    /// Pixels to the right.
    pub right: i32,
    /// Pixels down.
    pub down: i32,
}

/// Draws what it adds to a move.
pub type MoveRow = fn(&mut Move, &mut dyn RngCore);

pub(super) fn flip(to: &mut Move, rng: &mut dyn RngCore) {
    to.mirrored = rng.random_bool(0.5);
}

pub(super) fn shift(to: &mut Move, rng: &mut dyn RngCore) {
    (to.right, to.down) = (rng.random_range(-REACH..=REACH), rng.random_range(-REACH..=REACH));
}

/// Moves a picture of [height, width, channels]; pixels that come from outside repeat the nearest edge.
pub fn moved<T: Real>(pixels: &mut [T], shape: ImageShape, by: Move, scratch: &mut Vec<T>) {
    scratch.clear();
    scratch.extend_from_slice(pixels);
    let (h, w, c) = (shape.height, shape.width, shape.channels);
    let inside = |v: i64, n: usize| v.clamp(0, n as i64 - 1) as usize;
    for y in 0..h {
        let from_y = inside(y as i64 - i64::from(by.down), h);
        for x in 0..w {
            let from_x = inside(x as i64 - i64::from(by.right), w);
            let from_x = if by.mirrored { w - 1 - from_x } else { from_x };
            pixels[(y * w + x) * c..][..c].copy_from_slice(&scratch[(from_y * w + from_x) * c..][..c]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: ImageShape = ImageShape { height: 2, width: 3, channels: 1 };

    fn moved_by(by: Move) -> Vec<f64> {
        let mut pixels = vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        moved(&mut pixels, SHAPE, by, &mut Vec::new());
        pixels
    }

    #[test]
    fn moves_by_hand() {
        let by = |mirrored, right, down| moved_by(Move { mirrored, right, down });
        assert_eq!(by(false, 0, 0), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(by(true, 0, 0), [3.0, 2.0, 1.0, 6.0, 5.0, 4.0]);
        assert_eq!(by(false, 1, 0), [1.0, 1.0, 2.0, 4.0, 4.0, 5.0]);
        assert_eq!(by(false, -2, -1), [6.0, 6.0, 6.0, 6.0, 6.0, 6.0]);
    }

    #[test]
    fn channels_of_a_pixel_stay_together() {
        let shape = ImageShape { height: 1, width: 2, channels: 3 };
        let mut pixels = vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        moved(&mut pixels, shape, Move { mirrored: true, ..Move::default() }, &mut Vec::new());
        assert_eq!(pixels, [4.0, 5.0, 6.0, 1.0, 2.0, 3.0]);
    }
}

//! Generated sets: made from a formula, a size and noise.

mod line;
mod plane;

pub use line::{coin, polynomial, sine};
pub use plane::{blobs, circles, moons, spirals, xor};

//! Our own axis: plotters' logarithmic one loses decades, its linear one cannot be mixed with it.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

/// A linear or logarithmic axis with readable ticks.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    lo: f64,
    hi: f64,
    scale: Scale,
    /// Words for 0, 1, …; empty where numbers are meant.
    names: Vec<String>,
}

/// How values map to places.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// Evenly.
    Linear,
    /// By decades; values above 0.
    Log,
}

impl Axis {
    /// An axis that holds all values with a little room; degenerate and empty data get a unit of room.
    pub fn fit(values: impl Iterator<Item = f64>, scale: Scale) -> Axis {
        // Within what differences and quotients of two values do not leave: else there would be ticks without end.
        let usable = values.filter(|v| v.is_finite() && (scale == Scale::Linear || *v > 0.0));
        let usable = usable.map(|v| if scale == Scale::Log { v.clamp(1e-150, 1e150) } else { v.clamp(-1e300, 1e300) });
        let (mut lo, mut hi) = usable.fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| (lo.min(v), hi.max(v)));
        if lo > hi {
            (lo, hi) = if scale == Scale::Log { (0.1, 1.0) } else { (0.0, 1.0) };
        }
        match scale {
            Scale::Log => {
                let room = ((hi / lo).log10() * 0.04).max(0.02);
                Axis { lo: lo * 10f64.powf(-room), hi: hi * 10f64.powf(room), scale, names: Vec::new() }
            }
            Scale::Linear => {
                let room = if hi > lo { (hi - lo) * 0.04 } else { hi.abs().max(1.0) * 0.1 };
                Axis { lo: lo - room, hi: hi + room, scale, names: Vec::new() }
            }
        }
    }

    /// An axis with exact ends.
    pub fn exact(lo: f64, hi: f64) -> Axis {
        Axis { lo, hi: if hi > lo { hi } else { lo + 1.0 }, scale: Scale::Linear, names: Vec::new() }
    }

    /// Words side by side, at 0, 1, ….
    pub fn named(names: &[String]) -> Axis {
        Axis { lo: -0.5, hi: names.len() as f64 - 0.5, scale: Scale::Linear, names: names.to_vec() }
    }

    /// A value moved to the nearest end if it lies outside.
    pub fn clamp(&self, v: f64) -> f64 {
        v.clamp(self.lo, self.hi)
    }

    fn place(&self, v: f64) -> f64 {
        if self.scale == Scale::Log { v.max(f64::MIN_POSITIVE).log10() } else { v }
    }

    /// A value's place between the ends, 0 to 1.
    pub fn share(&self, v: f64) -> f64 {
        (self.place(v) - self.place(self.lo)) / (self.place(self.hi) - self.place(self.lo))
    }

    /// Values that get a label.
    pub fn ticks(&self) -> Vec<f64> {
        match self.scale {
            Scale::Linear if !self.names.is_empty() => (0..self.names.len()).map(|i| i as f64).collect(),
            Scale::Linear => linear_ticks(self.lo, self.hi, 6.0),
            Scale::Log => {
                let (first, last) = (self.lo.log10().floor() as i32, self.hi.log10().ceil() as i32);
                let inside = |v: &f64| *v >= self.lo && *v <= self.hi;
                let every = ((last - first) / 6).max(1);
                let of = |steps: &'static [f64]| (first..=last).flat_map(move |e| steps.iter().map(move |s| s * 10f64.powi(e)));
                let decades: Vec<f64> = of(&[1.0]).filter(inside).collect();
                if decades.len() > 2 {
                    return decades.into_iter().filter(|v| (v.log10().round() as i32 - first) % every == 0).collect();
                }
                let fine: Vec<f64> = of(&[1.0, 2.0, 5.0]).filter(inside).collect();
                if fine.len() > 1 { fine } else { linear_ticks(self.lo, self.hi, 4.0) }
            }
        }
    }
}

/// More ticks than any axis has room for.
const MAX_TICKS: usize = 40;

/// Multiples of 1, 2 or 5 times a power of ten, about `n` of them.
fn linear_ticks(lo: f64, hi: f64, n: f64) -> Vec<f64> {
    let raw = (hi - lo) / n;
    let unit = 10f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * unit).find(|s| *s >= raw * 0.999).unwrap_or(raw);
    ((lo / step).ceil() as i64..=(hi / step).floor() as i64).take(MAX_TICKS).map(|i| i as f64 * step).collect()
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, v: &f64, limit: (i32, i32)) -> i32 {
        (f64::from(limit.0) + self.share(*v) * f64::from(limit.1 - limit.0)).round() as i32
    }

    fn key_points<H: KeyPointHint>(&self, hint: H) -> Vec<f64> {
        if hint.weight().allow_light_points() { Vec::new() } else { self.ticks() }
    }

    fn range(&self) -> Range<f64> {
        self.lo..self.hi
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, v: &f64) -> String {
        self.names.get(*v as usize).cloned().unwrap_or_else(|| tick(*v))
    }
}

/// A tick's label: plain near 1, powers of ten elsewhere.
pub fn tick(v: f64) -> String {
    let exponent = v.abs().log10().floor();
    if v == 0.0 || (-3.0..5.0).contains(&exponent) {
        let shown = format!("{:.6}", v);
        return shown.trim_end_matches('0').trim_end_matches('.').to_string();
    }
    let digits: String = (exponent as i32)
        .to_string()
        .chars()
        .map(|c| if c == '-' { '⁻' } else { SUPERSCRIPTS[c.to_digit(10).unwrap_or(0) as usize] })
        .collect();
    let mantissa = v / 10f64.powf(exponent);
    let rounded = (mantissa * 10.0).round() / 10.0;
    if rounded == 1.0 { format!("10{digits}") } else { format!("{rounded}·10{digits}") }
}

const SUPERSCRIPTS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_never_lost() {
        for (lo, hi) in [(1e-4, 2.0), (1e-3, 2.0), (0.02, 0.09), (0.5, 0.6), (1e-12, 1e9), (3.0, 3.0), (1e-300, 1e300)] {
            let axis = Axis::fit([lo, hi].into_iter(), Scale::Log);
            assert!((2..=9).contains(&axis.ticks().len()), "{lo} to {hi}: {:?}", axis.ticks());
        }
    }

    #[test]
    fn labels_read_well() {
        assert_eq!([0.0, 0.25, 40.0, 1e-5, 2e-7, 1e6].map(tick), ["0", "0.25", "40", "10⁻⁵", "2·10⁻⁷", "10⁶"]);
    }
}

//! Time from files to what training reads, and of colours, on one core.
//!
//! `cargo bench -p thalweg-data`; Fashion-MNIST where it is installed, and a table of 1 GB where `THALWEG_BIG_CSV` names one.

use std::hint::black_box;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use thalweg_data::colour::{hsl_to_rgb, rgb_to_hsl, to_byte};
use thalweg_data::prepare::prepare;
use thalweg_data::source::{Column, Header, Missing, SourceSpec, find};
use thalweg_data::split::{SplitSpec, Strata, split};
use thalweg_data::transform;

fn main() {
    divan::main();
}

/// From gzip to standardised single precision: unpacked, hashed, split, fitted, converted.
#[divan::bench(sample_count = 10, args = ["standardise", "unit-scale"])]
fn fashion_mnist(bencher: Bencher<'_, '_>, transform: &str) {
    let source = find("fashion-mnist").expect("a row");
    let rng = || ChaCha8Rng::seed_from_u64(0);
    if source.load(&SourceSpec::default(), &mut rng()).is_err() {
        return eprintln!("Fashion-MNIST is not installed: skipped");
    }
    let transforms = [transform::find(transform).expect("a row")];
    let spec = SplitSpec { fractions: vec![0.8, 0.2], strata: Strata::Classes, fold: None };
    bencher.bench(|| {
        let set = source.load(&SourceSpec::default(), &mut rng()).expect("installed");
        let parts = split(&set, &spec, &mut rng()).expect("large enough");
        prepare::<f32>(&set, &parts, &transforms, Missing::Refuse).expect("fits")
    });
}

/// Text to numbers.
#[divan::bench(sample_count = 3)]
fn big_csv(bencher: Bencher<'_, '_>) {
    let Some(path) = std::env::var_os("THALWEG_BIG_CSV").map(std::path::PathBuf::from) else {
        return eprintln!("THALWEG_BIG_CSV names no table: skipped");
    };
    let size = std::fs::metadata(&path).expect("a table").len();
    let spec = SourceSpec { path: Some(path), header: Header::Present, target: Some(Column::Place(-1)), ..SourceSpec::default() };
    let source = find("csv").expect("a row");
    bencher.counter(BytesCount::new(size)).bench(|| source.load(&spec, &mut ChaCha8Rng::seed_from_u64(0)).expect("readable"));
}

/// All colours of 8 bits to hue, saturation, lightness and back.
#[divan::bench(sample_count = 10)]
fn all_colours(bencher: Bencher<'_, '_>) {
    bencher.counter(ItemsCount::new(1usize << 24)).bench(|| {
        (0..1u32 << 24).fold(0u32, |sum, code| {
            let rgb = [code >> 16, code >> 8 & 255, code & 255].map(|v| f64::from(v) / 255.0);
            let back = hsl_to_rgb(rgb_to_hsl(black_box(rgb))).map(to_byte);
            sum.wrapping_add(u32::from(back[0]) + u32::from(back[1]) + u32::from(back[2]))
        })
    });
}

//! The logits of llama.cpp on converted files are those of an independent forward pass, at every one of 48 positions: a wrong
//! order of the rows of queries and keys shows only in later ones. `tests/fixtures/convert/make.py` computes what is expected.

use std::fs;

use safetensors::Dtype;
use tripod::convert::Quantity;

use super::checkpoint::{Expected, case, converts, expected, options};
use super::llama;

/// What 32 bits allow.
const CLOSE: f32 = 1e-3;

#[test]
fn llama_cpp_computes_what_the_published_equations_say_for_every_architecture() {
    let Expected { tokens, stride, cases } = expected();
    for case in cases {
        let folder = tempfile::tempdir().unwrap();
        case.write(&folder.path().join("checkpoint"), Dtype::F32);
        let options = options(folder.path(), Quantity::F32);
        converts(&options).unwrap();
        let found = llama::logits(&options.out, &tokens, None);
        let (largest, position) = llama::difference(&found, &case.logits, stride);
        assert!(largest < CLOSE, "{}: {largest} at position {position}", case.name);
    }
}

#[test]
fn shards_and_16_bits_change_nothing_where_16_bits_hold_the_values() {
    let Expected { tokens, stride, .. } = expected();
    let case = case("qwen2");
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = folder.path().join("checkpoint");
    let mut options = options(folder.path(), Quantity::F32);
    for (name, dtype) in [
        ("two files", None),
        ("f16", Some(Dtype::F16)),
        ("bf16", Some(Dtype::BF16)),
    ] {
        match dtype {
            None => case.write_sharded(&checkpoint),
            Some(dtype) => case.write(&checkpoint, dtype),
        }
        options.out = folder.path().join(format!("{name}.gguf"));
        converts(&options).unwrap();
        let found = llama::logits(&options.out, &tokens, None);
        let (largest, _) = llama::difference(&found, &case.logits, stride);
        assert!(largest < CLOSE, "{name}: {largest}");
        fs::remove_dir_all(&checkpoint).unwrap();
    }
}

#[test]
fn quantised_files_load_and_compute_nearly_the_same() {
    let Expected { tokens, stride, .. } = expected();
    for name in ["llama", "deepseek"] {
        let case = case(name);
        let folder = tempfile::tempdir().unwrap();
        case.write(&folder.path().join("checkpoint"), Dtype::BF16);
        // Rows of 64 and 96 take no blocks of 256, so that llama.cpp falls back to other kinds.
        for (quantity, near) in [(Quantity::F16, 0.02), (Quantity::Q8_0, 0.05), (Quantity::Q4KM, 0.5)] {
            let mut options = options(folder.path(), quantity);
            options.out = folder.path().join(format!("{quantity}.gguf"));
            let converted = converts(&options).unwrap();
            assert_eq!(fs::metadata(&options.out).unwrap().len(), converted.bytes);
            let found = llama::logits(&options.out, &tokens, None);
            let share = llama::relative_difference(&found, &case.logits, stride);
            assert!(share < near, "{name} {quantity}: {share} of the logits' size");
        }
    }
}

//! Measures the trainer for the comparison in `benches/training.py`: trains a small llama on random tokens and prints the time of
//! its steps as a line of JSON. It uses the trainer's public interface and computes no statistics.

#![allow(clippy::expect_used)]

use std::time::Instant;

use burn::tensor::Device;
use clap::Parser;
use serde_json::json;

use tripod::engine::Cancel;
use tripod::train::model::llama::{Llama, LlamaConfig};
use tripod::train::{Example, Examples, Options, Session, Smoothing, TrainError, Watch, run};

#[derive(Parser)]
struct Cli {
    /// Measured steps
    #[arg(long, default_value_t = 20)]
    steps: u64,
    /// Steps before them
    #[arg(long, default_value_t = 3)]
    warmup: u64,
    #[arg(long, default_value_t = 16)]
    batch: usize,
    /// Sequences that go through the model at once
    #[arg(long, default_value_t = 2)]
    micro_batch: usize,
    /// Tokens that each sequence predicts
    #[arg(long, default_value_t = 212)]
    length: usize,
    #[arg(long, default_value_t = 531)]
    vocabulary: usize,
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Cargo passes this flag to a benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

/// Sequences of random tokens, each counted from the second on.
struct Noise {
    length: usize,
    vocabulary: u32,
}

impl Examples for Noise {
    fn len(&self) -> u64 {
        1 << 40
    }

    fn get(&self, index: u64) -> Result<Example, TrainError> {
        let mut state = index.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let tokens = std::iter::repeat_with(|| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u32 % self.vocabulary
        });
        let mut weights = vec![1.0; self.length + 1];
        weights[0] = 0.0;
        Ok(Example {
            tokens: tokens.take(self.length + 1).collect(),
            weights,
        })
    }
}

fn main() {
    let cli = Cli::parse();
    tripod::engine::memory::keep_heap();
    let config = LlamaConfig {
        vocabulary: cli.vocabulary,
        width: 96,
        layers: 3,
        heads: 3,
        kv_heads: 3,
        ffn: 256,
        context: cli.length + 1,
        rope_theta: 10_000.0,
        norm_epsilon: 1e-5,
        tied: false,
    };
    let device = Device::flex();
    let mut model = Llama::random(config, 1, &device).expect("a model");
    let parameters = model.count();
    let folder = tempfile::tempdir().expect("a folder");
    let noise = Noise {
        length: cli.length,
        vocabulary: cli.vocabulary as u32,
    };
    let options = Options {
        steps: cli.warmup + cli.steps,
        batch: cli.batch,
        micro_batch: cli.micro_batch,
        warmup: 1,
        validate_every: 0,
        stall_steps: 0,
        smoothing: Some(Smoothing {
            graded: 291..cli.vocabulary as u32,
            deviation: 1.5,
        }),
        ..Options::default()
    };
    let session = Session {
        folder: folder.path().into(),
        resume: false,
        threads: cli.threads,
        max_steps: None,
        checkpoint_every: 0,
        device,
        recompute: false,
    };
    let mut times = Vec::new();
    let mut memory = 0;
    let mut watch = Watch {
        cancel: &Cancel::new(),
        show: &mut |progress| {
            times.push(Instant::now());
            memory = memory.max(progress.memory);
        },
    };
    run(&options, &session, &mut model, &noise, &noise, &mut watch).expect("a run");
    let from = cli.warmup as usize - 1;
    let seconds: Vec<f64> = times[from..]
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).as_secs_f64())
        .collect();
    let tokens = cli.batch * cli.length;
    println!(
        "{}",
        json!({ "parameters": parameters, "tokens": tokens, "seconds": seconds, "memory": memory })
    );
}

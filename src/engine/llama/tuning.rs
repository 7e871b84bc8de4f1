//! Every threshold of the llama.cpp backend that was tuned, with what it was measured on. The figures are those of
//! docs/performance.md, whose machine is meant unless another is named: AMD EPYC, 2 cores, avx512f with vnni and bf16, one
//! compute thread, ggml 0.26.0. Rules of correctness and of storage stand with their code, not here.

/// Most tokens in one call of decode. Not tuned: llama.cpp computes a call in graphs of [`MICRO_BATCH`].
pub(super) const BATCH: u32 = 512;

/// Most tokens in one graph on the processor. `llama-bench -ub 512` and `-ub 256`: a prompt of 1,024 tokens of SmolLM2-135M in
/// Q8_0 at 315 and 332 tokens a second, one of 512 of the Llama-3.2-3B shape at 24.7 and 25.8.
pub(super) const MICRO_BATCH: u32 = 256;

/// Most tokens in one graph on a graphics card, where the processor's caches are no limit.
pub(super) const MICRO_BATCH_ON_CARD: u32 = 512;

/// The micro-batch of an arena where a larger one has no room. Graphs of 128 tokens instead of 512: prompts of the TinyDeepSeek
/// shape in Q8_0 at 0.967 instead of 0.982 of the peer's speed (`make bench`).
pub(super) const NARROW_MICRO_BATCH: u32 = 128;

/// Tokens of a prompt in one step while other sequences are decoded, where sequences lie in one pool. With cells apart whole graphs
/// are faster: prompts and decoding of 32 forecasts in 113.8 s instead of 122.2 s (`cargo bench --bench batch -- 32`).
pub(super) const PIECE: usize = 128;

/// Most tokens of one sequence in a step: one that was sampled, and those that its grammar forces after it. Decoding 20 paths took
/// 10.2 s instead of 11.1 s (`tripod analyze AAPL --demo --horizon 10 --stages forecast`, both builds in turns).
pub(super) const RUN: usize = 3;

/// Most sequences of several requests that are decoded together in cells of their own: larger batches no longer raise throughput.
/// 32 forecasts side by side with up to 64 paths: 122.2 s instead of 125.2 s (`cargo bench --bench batch -- 32`).
pub(super) const MOST_SIDE_BY_SIDE: usize = 64;

/// Most texts of a batch that are written together: larger batches no longer raise throughput. 32 reports in a batch
/// (`cargo bench --bench batch -- 32`).
pub(super) const MOST_APART: usize = 32;

/// Sequences in a pool for requests of several users. Not measured: enough for the texts that are served at a time.
pub(super) const MOST_IN_POOL: usize = 8;

/// Cells kept in that pool for requests that come while it is open, as far as the budget goes. Not measured: two requests of a
/// thousand tokens.
pub(super) const SPARE_CELLS: usize = 2048;

/// Requests of up to so many sequences each are faster beside those of others: after a prompt of 300 tokens SmolLM2-135M and the
/// TinyDeepSeek shape gained at 12, and at 20 neither (llama.cpp's batched bench).
pub(super) const FEW_SEQUENCES: usize = 12;

/// With fewer sequences than these, decoding together is slower than one after the other where llama.cpp repacks the weights for
/// the processor (4-bit blocks and K-quantisations): its products gain only from 16 rows on. Eight reports of the Llama-3.2-3B
/// shape side by side took 160 ms a token instead of 122 (`cargo bench --bench batch -- 8 --profile seed-shape`).
pub(super) const FEWEST_REPACKED: usize = 16;

/// The same for other weights: any two gain.
pub(super) const FEWEST: usize = 2;

/// From so many tokens of a prompt on, one sequence over a cache in f16 is faster with attention as one matrix product:
/// SmolLM2-135M from 600, Llama-3.2-3B from 300. The report of the 3B shape: 124 ms a token instead of 135. After shorter prompts
/// the product loses: the demo's report read its prompt at 309 instead of 338 tokens a second.
pub(super) const LONG_PROMPT: usize = 768;

/// The same over a cache in bf16. One path after 303, 513, 794 and 1,074 tokens decoded at 99, 94, 88 and 85 tokens a second, over
/// f16 at 96, 82, 76 and 68; after 128 tokens prompts lose as much as decoding gains, with either model.
pub(super) const LONG_PROMPT_BF16: usize = 256;

/// Of a card's free memory, bytes left for its driver and others. Not measured.
pub(super) const LEFT_ON_CARD: u64 = 256 << 20;

/// The largest file of which a requantized copy is made, bytes. SmolLM2-135M (98 MB in Q4_1) reads prompts at 378 instead of 173
/// tokens a second in Q8_0 (`make bench`); a large file would take long to write and more memory than a small machine has.
pub(super) const LARGEST_REQUANTIZED: u64 = 512 << 20;

/// A budget that holds a requantized copy so many times is not short of memory. Not measured.
pub(super) const BUDGET_OF_COPIES: u64 = 4;

/// The smallest block of memory that large pages are asked for, bytes: in it a page of 2 MiB at either end does not matter.
/// Weights on large pages: the TinyDeepSeek shape in Q8_0 decodes at 46 instead of 33 tokens a second
/// (`cargo bench --bench speed -- language`, with `--map` and without).
#[cfg(target_os = "linux")]
pub(super) const LARGE_BLOCK: u64 = 32 << 20;

/// Bytes of large pages that a thread takes at a time while weights are read. With the thread the 3B shape loads in 2,376 ms
/// instead of 3,711 (`cargo bench --bench speed -- load`); the size of a piece was not measured.
#[cfg(target_os = "linux")]
pub(super) const PAGES_AT_A_TIME: usize = 16 << 20;

/// A beginning of a conversation shorter than this, in tokens, is computed sooner than it is put back. Not measured.
pub(super) const SHORTEST_KEPT: usize = 16;

/// Up to so many tokens that a pattern admits next are listed and offered to the sampler alone. With 4,096 instead of 256 choosing
/// a token of the TinyDeepSeek vocabulary, whose numbers have up to three digits, took 0.05 ms instead of 2.1. Where more are
/// admitted it is cheaper to sample from all tokens first and to check only the sampled one.
pub(super) const MOST_LISTED: usize = 4096;

/// Where more printable characters of ASCII can come next than these, a pattern's state is taken for prose, whose admitted tokens
/// are not counted: letters of one case and digits are fewer. With this and [`NEAR`], choosing the tokens of the demo's report
/// took 95 ms instead of 198, of the 3B shape's 291 instead of 3,298.
pub(super) const PROSE_CHARACTERS: usize = 36;

/// How far below the best logit to look for the most probable tokens, in logits: counting is cheap, so the nearest that holds
/// enough is taken. Measured with [`PROSE_CHARACTERS`].
pub(super) const NEAR: [f32; 6] = [0.5, 1.0, 2.0, 4.0, 8.0, 16.0];

/// Logits that are looked at one by one only if the largest of them is near the best of all: what is neither loading nor computing
/// fell from 2.13 % to 1.95 % of an analysis (`make bench`, horizon of one day).
pub(super) const BLOCK: usize = 64;

/// Grammars that are kept compiled: those of a batch of reports and the prices of several levels. Not measured.
pub(super) const MOST_GRAMMARS: usize = 8;

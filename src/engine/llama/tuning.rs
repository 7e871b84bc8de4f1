//! Every tuned threshold of the llama.cpp backend, with its measurement. The figures come from docs/performance.md and, unless
//! stated otherwise, from its machine: AMD EPYC, 2 cores, AVX-512 with VNNI and BF16, one compute thread, ggml 0.26.0. Limits
//! that are needed for correctness or storage are next to the code they protect.

/// Most tokens in one call of `llama_decode`. Not tuned: llama.cpp splits a call into graphs of [`MICRO_BATCH`] tokens.
pub(super) const BATCH: u32 = 512;

/// Most tokens in one graph on the processor. Prefill with `llama-bench -ub 512` and `-ub 256`: 1,024 tokens of SmolLM2-135M in
/// Q8_0 at 315 and 332 tokens a second, 512 tokens of the Llama-3.2-3B shape at 24.7 and 25.8.
pub(super) const MICRO_BATCH: u32 = 256;

/// Most tokens in one graph on a graphics card, where the processor's caches do not matter.
pub(super) const MICRO_BATCH_ON_CARD: u32 = 512;

/// The micro-batch of an arena whose budget has no room for a larger one. With 128 tokens instead of 512, prefill of the
/// TinyDeepSeek shape in Q8_0 ran at 0.967 instead of 0.982 of the reference's speed (`make bench`).
pub(super) const NARROW_MICRO_BATCH: u32 = 128;

/// Prompt tokens in one step while other sequences are decoded, in a shared pool. With separate cells, whole micro-batches are
/// faster: 32 forecasts took 113.8 s instead of 122.2 s for prefill and decoding (`cargo bench --bench batch -- 32`).
pub(super) const PIECE: usize = 128;

/// Most tokens of one sequence in a step: a sampled one, and those that its grammar forces after it. Decoding 20 paths took
/// 10.2 s instead of 11.1 s (`tripod analyze AAPL --demo --horizon 10 --stages forecast`, both builds alternately).
pub(super) const RUN: usize = 3;

/// Most sequences of several requests decoded together in separate cells: larger batches no longer raise throughput. 32 forecasts
/// with up to 64 paths at a time: 122.2 s instead of 125.2 s (`cargo bench --bench batch -- 32`).
pub(super) const MOST_SIDE_BY_SIDE: usize = 64;

/// Most texts of a batch decoded together: larger batches no longer raise throughput. Measured on a batch of 32 reports
/// (`cargo bench --bench batch -- 32`).
pub(super) const MOST_APART: usize = 32;

/// Sequences in the shared pool for requests of several users. Not measured; enough for the texts served at a time.
pub(super) const MOST_IN_POOL: usize = 8;

/// Spare cells in that pool for requests that arrive while it is open, if they fit into the budget. Not measured; enough for two
/// requests of a thousand tokens.
pub(super) const SPARE_CELLS: usize = 2048;

/// Requests of up to this many sequences each are faster when decoded together with others. After a prompt of 300 tokens, both
/// SmolLM2-135M and the TinyDeepSeek shape gained at 12 sequences, and neither at 20 (llama.cpp's batched bench).
pub(super) const FEW_SEQUENCES: usize = 12;

/// Fewer sequences than this are slower together than one after the other, if llama.cpp repacks the weights for the processor
/// (4-bit blocks and K-quantisations): such matrix products gain only from 16 rows on. Eight reports of the Llama-3.2-3B shape
/// took 160 ms a token together instead of 122 (`cargo bench --bench batch -- 8 --profile seed-shape`).
pub(super) const FEWEST_REPACKED: usize = 16;

/// The same limit for other weights: two sequences already gain.
pub(super) const FEWEST: usize = 2;

/// From this many prompt tokens on, one sequence over an f16 cache is faster with attention as one matrix product: SmolLM2-135M
/// from 600, Llama-3.2-3B from 300. The report of the 3B shape took 124 ms a token instead of 135. After shorter prompts the
/// product is slower: prefill of the demo's report ran at 309 instead of 338 tokens a second.
pub(super) const LONG_PROMPT: usize = 768;

/// The same limit over a bf16 cache. After prompts of 303, 513, 794 and 1,074 tokens, one path decoded at 99, 94, 88 and 85
/// tokens a second, over f16 at 96, 82, 76 and 68. After 128 tokens, prefill loses as much as decoding gains, with either
/// model.
pub(super) const LONG_PROMPT_BF16: usize = 256;

/// Bytes of a card's free memory left to its driver and other programs. Not measured.
pub(super) const LEFT_ON_CARD: u64 = 256 << 20;

/// The largest file to make a requantized copy of, bytes. Prefill of SmolLM2-135M (98 MB in Q4_1) runs at 378 instead of 173
/// tokens a second in Q8_0 (`make bench`). A copy of a large file would take long to write and more memory than a small machine
/// has.
pub(super) const LARGEST_REQUANTIZED: u64 = 512 << 20;

/// A requantized copy is used if the budget is at least this many times its size. Not measured.
pub(super) const BUDGET_OF_COPIES: u64 = 4;

/// The smallest block of memory to request large pages for, bytes: large enough that a 2 MiB page at either end does not matter.
/// With weights on large pages, the TinyDeepSeek shape in Q8_0 decodes at 46 instead of 33 tokens a second
/// (`cargo bench --bench speed -- language`, with `--map` and without).
#[cfg(target_os = "linux")]
pub(super) const LARGE_BLOCK: u64 = 32 << 20;

/// Bytes of large pages that a thread touches at a time while weights are read. With the thread, the 3B shape loads in 2,376 ms
/// instead of 3,711 (`cargo bench --bench speed -- load`). The size of a piece was not measured.
#[cfg(target_os = "linux")]
pub(super) const PAGES_AT_A_TIME: usize = 16 << 20;

/// The shortest beginning of a conversation worth restoring, in tokens: a shorter one is evaluated faster. Not measured.
pub(super) const SHORTEST_KEPT: usize = 16;

/// If a pattern admits at most this many tokens next, they are listed and become the only candidates. With 4,096 instead of
/// 256, sampling a token of the TinyDeepSeek vocabulary, whose numbers have up to three digits, took 0.05 ms instead of 2.1. If
/// more are admitted, it is cheaper to sample from all tokens first and to check only the sampled one.
pub(super) const MOST_LISTED: usize = 4096;

/// If more printable ASCII characters than this can come next, a pattern's state counts as prose, and its admitted tokens are
/// not listed. (Letters of one case and digits are fewer.) With this and [`NEAR`], sampling the tokens of the demo's report
/// took 95 ms instead of 198, those of the 3B shape's report 291 instead of 3,298.
pub(super) const PROSE_CHARACTERS: usize = 36;

/// Distances below the best logit, tried in order, in which to look for the most probable tokens. Counting is cheap, so the first
/// distance with enough tokens is used. Measured with [`PROSE_CHARACTERS`].
pub(super) const NEAR: [f32; 6] = [0.5, 1.0, 2.0, 4.0, 8.0, 16.0];

/// Logits in a block. A block is searched only if its largest logit is near the best of all. With blocks, everything but
/// loading and computing fell from 2.13 % to 1.95 % of an analysis (`make bench`, horizon of one day).
pub(super) const BLOCK: usize = 64;

/// Most compiled grammars to keep: those of a batch of reports and of prices at several levels. Not measured.
pub(super) const MOST_GRAMMARS: usize = 8;

/// The most weights of a model that `small_llama` decodes instead of llama.cpp, if there are many paths: 16 MiB in 32 bits. Chosen
/// with prototypes of both, which are not kept, on an Intel Xeon with AVX-512: the forward passes alone of 256 paths of 30 days
/// after 185 tokens took 1,743 ms with 4.4 million weights, and llama.cpp 2,556 at its best number of sequences.
/// `cargo bench --bench paths` compares the engine's own.
pub(super) const MOST_SMALL_WEIGHTS: u64 = 4 << 20;

/// From this many paths of each request on, `small_llama` decodes a small model. Not measured: with fewer, either is fast.
pub(super) const FEWEST_PATHS: usize = 32;

/// Paths decoded together by `small_llama`. The same prototype, with 0.47 million weights and 16, 32, 64 and 128 together: 148, 143,
/// 139 and 152 ms.
pub(super) const PATHS_TOGETHER: usize = 64;

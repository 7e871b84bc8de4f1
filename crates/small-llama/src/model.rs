//! The llama model: its shape, its weights and its forward pass.

use crate::cache::{Paths, Prompt};
use crate::functions::{exponentials, gated, largest, normalise, rotate};
use crate::matrix::{BLOCK, Into, Matrix, Rows, line, multiply, padded};

/// The dimensions of a model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape {
    /// Tokens of the vocabulary.
    pub vocabulary: usize,
    /// Values of a token's representation.
    pub width: usize,
    /// Layers.
    pub layers: usize,
    /// Heads of the queries.
    pub heads: usize,
    /// Heads of keys and values, each shared by the same number of query heads.
    pub kv_heads: usize,
    /// Values of a head.
    pub head: usize,
    /// Values of the feed-forward layer.
    pub feed_forward: usize,
    /// Added to the mean square before normalisation.
    pub epsilon: f32,
    /// The base of the rotation's angles.
    pub rope_base: f32,
}

impl Shape {
    /// Whether [`Model`] computes this shape.
    pub fn is_supported(&self) -> bool {
        let sizes = [
            self.vocabulary,
            self.width,
            self.layers,
            self.heads,
            self.kv_heads,
            self.head,
            self.feed_forward,
        ];
        let is_whole = sizes.iter().all(|size| (1..=1 << 20).contains(size));
        is_whole && self.head.is_multiple_of(BLOCK) && self.heads.is_multiple_of(self.kv_heads) && self.epsilon > 0.0
    }

    /// The number of weights, with an output layer of its own.
    pub fn weights(&self) -> usize {
        let attention = self.width * self.head * (2 * self.heads + 2 * self.kv_heads);
        self.layers * (attention + 3 * self.width * self.feed_forward) + 2 * self.vocabulary * self.width
    }
}

#[derive(Debug)]
struct Layer {
    attention_norm: Vec<f32>,
    query: Matrix,
    key: Matrix,
    value: Matrix,
    output: Matrix,
    feed_forward_norm: Vec<f32>,
    gate: Matrix,
    up: Matrix,
    down: Matrix,
}

/// A model with its weights.
#[derive(Debug)]
pub struct Model {
    shape: Shape,
    embedding: Vec<f32>,
    layers: Vec<Layer>,
    norm: Vec<f32>,
    output: Matrix,
}

/// Buffers for a step, one row for each token.
#[derive(Debug)]
pub struct Work {
    rows: usize,
    /// Cosine and sine of each pair of a head at each position.
    turns: Vec<(f32, f32)>,
    /// Values of a row of scores: cells of the prompt, then of a path.
    scored: usize,
    state: Vec<f32>,
    normed: Vec<f32>,
    queries: Vec<f32>,
    keys: Vec<f32>,
    values: Vec<f32>,
    scores: Vec<f32>,
    attended: Vec<f32>,
    gate: Vec<f32>,
    up: Vec<f32>,
    logits: Vec<f32>,
}

/// A token of a step. `path` is the path that it continues.
#[derive(Debug, Clone, Copy)]
struct Row {
    token: usize,
    position: usize,
    path: usize,
}

/// Where the tokens of a step go.
enum Target<'a> {
    Prompt(&'a mut Prompt),
    Paths(&'a Prompt, &'a mut Paths),
}

impl Work {
    /// Buffers for steps of at most `rows` tokens, after a prompt of at most `prompt` tokens, with at most `path` tokens a path.
    pub fn new(shape: &Shape, rows: usize, prompt: usize, path: usize) -> Self {
        let of = |columns: usize| vec![0.0; rows * padded(columns)];
        let scored = padded(prompt) + padded(path);
        Work {
            rows,
            turns: turns(shape, scored),
            scored,
            state: of(shape.width),
            normed: of(shape.width),
            queries: of(shape.heads * shape.head),
            keys: of(shape.kv_heads * shape.head),
            values: of(shape.kv_heads * shape.head),
            scores: of(scored),
            attended: of(shape.heads * shape.head),
            gate: of(shape.feed_forward),
            up: of(shape.feed_forward),
            logits: of(shape.vocabulary),
        }
    }

    /// Bytes of such buffers.
    pub fn bytes(shape: &Shape, rows: usize, prompt: usize, path: usize) -> usize {
        let attention = 2 * shape.heads * shape.head + 2 * shape.kv_heads * shape.head;
        let scored = padded(prompt) + padded(path);
        let columns = 2 * padded(shape.width) + attention + scored;
        let values = rows * (columns + 2 * padded(shape.feed_forward) + padded(shape.vocabulary));
        (values + scored * shape.head) * size_of::<f32>()
    }

    /// The most tokens of a step.
    pub fn rows(&self) -> usize {
        self.rows
    }
}

impl Model {
    /// Builds a model. `tensor` returns the values of a tensor by its name in a GGUF file, `rows`
    /// times `columns` of them, row by row.
    ///
    /// # Errors
    ///
    /// Those of `tensor`.
    pub fn new<E>(shape: Shape, mut tensor: impl FnMut(&str, usize, usize) -> Result<Vec<f32>, E>) -> Result<Self, E> {
        let (width, queries, keys) = (shape.width, shape.heads * shape.head, shape.kv_heads * shape.head);
        let embedding = tensor("token_embd.weight", shape.vocabulary, width)?;
        let mut layers = Vec::new();
        for layer in 0..shape.layers {
            let name = |part: &str| format!("blk.{layer}.{part}.weight");
            let mut matrix = |part: &str, rows: usize, columns: usize| -> Result<Matrix, E> {
                Ok(Matrix::transposed(&tensor(&name(part), rows, columns)?, columns))
            };
            layers.push(Layer {
                query: matrix("attn_q", queries, width)?,
                key: matrix("attn_k", keys, width)?,
                value: matrix("attn_v", keys, width)?,
                output: matrix("attn_output", width, queries)?,
                gate: matrix("ffn_gate", shape.feed_forward, width)?,
                up: matrix("ffn_up", shape.feed_forward, width)?,
                down: matrix("ffn_down", width, shape.feed_forward)?,
                attention_norm: tensor(&name("attn_norm"), 1, width)?,
                feed_forward_norm: tensor(&name("ffn_norm"), 1, width)?,
            });
        }
        Ok(Model {
            norm: tensor("output_norm.weight", 1, width)?,
            output: Matrix::transposed(&tensor("output.weight", shape.vocabulary, width)?, width),
            embedding,
            layers,
            shape,
        })
    }

    /// The dimensions.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Appends tokens to a prompt. Returns the logits after the last of them.
    pub fn read<'w>(&self, prompt: &mut Prompt, tokens: &[usize], work: &'w mut Work) -> &'w [f32] {
        for piece in tokens.chunks(work.rows.max(1)) {
            let rows: Vec<Row> = (prompt.length()..)
                .zip(piece)
                .map(|(position, &token)| Row {
                    token,
                    position,
                    path: 0,
                })
                .collect();
            self.forward(&rows, Target::Prompt(prompt), work);
            prompt.grow(rows.len());
        }
        let last = (tokens.len().saturating_sub(1)) % work.rows.max(1);
        self.outputs(last..last + 1, work);
        self.logits(work, 0)
    }

    /// Appends one token to each of some paths, at most as many as `work` has rows for. [`Model::logits`] has the logits after them,
    /// in their order.
    pub fn step(&self, prompt: &Prompt, paths: &mut Paths, tokens: &[(usize, usize)], work: &mut Work) {
        let row = |&(path, token): &(usize, usize)| Row {
            token,
            position: prompt.length() + paths.length(path),
            path,
        };
        let rows: Vec<Row> = tokens.iter().map(row).collect();
        self.forward(&rows, Target::Paths(prompt, paths), work);
        tokens.iter().for_each(|&(path, _)| paths.grow(path));
        self.outputs(0..rows.len(), work);
    }

    /// The logits of the last step's row, of the whole vocabulary.
    pub fn logits<'w>(&self, work: &'w Work, row: usize) -> &'w [f32] {
        &work.logits[row * padded(self.shape.vocabulary)..][..self.shape.vocabulary]
    }

    /// All layers, in the order of the equations.
    fn forward(&self, rows: &[Row], mut target: Target<'_>, work: &mut Work) {
        let width = padded(self.shape.width);
        for (row, state) in rows.iter().zip(work.state.chunks_exact_mut(width)) {
            let from = row.token * self.shape.width;
            state[..self.shape.width].copy_from_slice(&self.embedding[from..from + self.shape.width]);
        }
        for (number, layer) in self.layers.iter().enumerate() {
            self.norm_rows(rows.len(), &layer.attention_norm, work);
            self.project(rows, layer, work);
            self.store(number, rows, &mut target, work);
            self.attend(number, rows, &target, work);
            let (attended, state) = (whole(self.shape.heads * self.shape.head), whole(self.shape.width));
            let source = (work.attended.as_slice(), attended);
            multiply(
                rows.len(),
                source,
                layer.output.panels(),
                (&mut work.state, state),
                Into::Add,
            );
            self.norm_rows(rows.len(), &layer.feed_forward_norm, work);
            self.feed_forward(rows.len(), layer, work);
        }
    }

    fn norm_rows(&self, count: usize, scale: &[f32], work: &mut Work) {
        let width = padded(self.shape.width);
        let rows = work.state.chunks_exact(width).zip(work.normed.chunks_exact_mut(width));
        for (state, normed) in rows.take(count) {
            normalise(&state[..self.shape.width], scale, self.shape.epsilon, normed);
        }
    }

    /// Queries, keys and values of each row, rotated by its position. Queries are scaled by 1/√d (Vaswani et al. 2017).
    fn project(&self, rows: &[Row], layer: &Layer, work: &mut Work) {
        let (head, count) = (self.shape.head, rows.len());
        let (queries, keys) = (self.shape.heads * head, self.shape.kv_heads * head);
        let source = (work.normed.as_slice(), whole(self.shape.width));
        multiply(
            count,
            source,
            layer.query.panels(),
            (&mut work.queries, whole(queries)),
            Into::Set,
        );
        multiply(
            count,
            source,
            layer.key.panels(),
            (&mut work.keys, whole(keys)),
            Into::Set,
        );
        multiply(
            count,
            source,
            layer.value.panels(),
            (&mut work.values, whole(keys)),
            Into::Set,
        );
        let scale = 1.0 / (head as f32).sqrt();
        let each = work
            .queries
            .chunks_exact_mut(queries)
            .zip(work.keys.chunks_exact_mut(keys));
        for (row, (queries, keys)) in rows.iter().zip(each) {
            let turns = &work.turns[row.position * head / 2..][..head / 2];
            queries
                .chunks_exact_mut(head)
                .for_each(|query| rotate(query, turns, scale));
            keys.chunks_exact_mut(head).for_each(|key| rotate(key, turns, 1.0));
        }
    }

    fn store(&self, layer: usize, rows: &[Row], target: &mut Target<'_>, work: &Work) {
        let keys = self.shape.kv_heads * self.shape.head;
        let each = work.keys.chunks_exact(keys).zip(work.values.chunks_exact(keys));
        for (row, (keys, values)) in rows.iter().zip(each) {
            match target {
                Target::Prompt(prompt) => prompt.put(layer, row.position, keys, values),
                Target::Paths(_, paths) => paths.put(layer, row.path, keys, values),
            }
        }
    }

    /// Attention of each row to the prompt, in one product for all rows, and to its own path.
    fn attend(&self, layer: usize, rows: &[Row], target: &Target<'_>, work: &mut Work) {
        let Shape {
            heads, kv_heads, head, ..
        } = self.shape;
        let (prompt, seen) = match target {
            // A row of a prompt sees the tokens before it and itself.
            Target::Prompt(prompt) => (&**prompt, rows.last().map_or(0, |row| row.position + 1)),
            Target::Paths(prompt, _) => (*prompt, prompt.length()),
        };
        let own_from = padded(seen);
        let scores = whole(work.scored);
        for number in 0..heads {
            let shared = number / (heads / kv_heads);
            let cells = prompt.cells(layer, shared);
            let of_head = Rows {
                from: number * head,
                stride: heads * head,
            };
            let queries = (work.queries.as_slice(), of_head);
            multiply(
                rows.len(),
                queries,
                cells.keys_of(seen),
                (&mut work.scores, scores),
                Into::Set,
            );
            for (index, row) in rows.iter().enumerate() {
                let scores = &mut work.scores[index * work.scored..][..work.scored];
                let attended = &mut work.attended[index * heads * head + number * head..][..head];
                match target {
                    Target::Prompt(_) => {
                        let (before, after) = scores[..own_from].split_at_mut(row.position + 1);
                        let sum = exponentials(before, largest(before));
                        before.iter_mut().for_each(|score| *score /= sum);
                        after.fill(0.0);
                        attended.fill(0.0);
                    }
                    Target::Paths(_, paths) => {
                        let query = &work.queries[index * heads * head + number * head..][..head];
                        let (cells, own) = (paths.cells(layer, row.path, shared), paths.length(row.path) + 1);
                        let (before, after) = scores.split_at_mut(own_from);
                        let before = &mut before[..seen];
                        for (panel, scores) in cells
                            .keys_of(own)
                            .lines
                            .chunks_exact(head)
                            .zip(after.chunks_exact_mut(BLOCK))
                        {
                            scores.copy_from_slice(&line(query, panel));
                        }
                        let after = &mut after[..own];
                        let most = largest(before).max(largest(after));
                        let sum = exponentials(before, most) + exponentials(after, most);
                        let factor = 1.0 / sum;
                        before.iter_mut().for_each(|score| *score *= factor);
                        after.iter_mut().for_each(|score| *score *= factor);
                        let panels = cells.values_of(own);
                        for (panel, part) in panels
                            .lines
                            .chunks_exact(panels.stride)
                            .zip(attended.chunks_exact_mut(BLOCK))
                        {
                            part.copy_from_slice(&line(after, &panel[..own]));
                        }
                    }
                }
            }
            let shares = (work.scores.as_slice(), scores);
            multiply(
                rows.len(),
                shares,
                cells.values_of(seen),
                (&mut work.attended, of_head),
                Into::Add,
            );
        }
    }

    fn feed_forward(&self, count: usize, layer: &Layer, work: &mut Work) {
        let (normed, wide) = (whole(self.shape.width), whole(self.shape.feed_forward));
        let source = (work.normed.as_slice(), normed);
        multiply(count, source, layer.gate.panels(), (&mut work.gate, wide), Into::Set);
        multiply(count, source, layer.up.panels(), (&mut work.up, wide), Into::Set);
        let values = count * wide.stride;
        gated(&work.gate[..values], &mut work.up[..values]);
        multiply(
            count,
            (&work.up, wide),
            layer.down.panels(),
            (&mut work.state, normed),
            Into::Add,
        );
    }

    /// The logits of some rows of the last step, moved to the first rows of the logits.
    fn outputs(&self, rows: std::ops::Range<usize>, work: &mut Work) {
        let width = padded(self.shape.width);
        let states = work.state.chunks_exact(width).skip(rows.start);
        for (state, normed) in states.zip(work.normed.chunks_exact_mut(width)).take(rows.len()) {
            normalise(&state[..self.shape.width], &self.norm, self.shape.epsilon, normed);
        }
        let source = (work.normed.as_slice(), whole(self.shape.width));
        let target = (work.logits.as_mut_slice(), whole(self.shape.vocabulary));
        multiply(rows.len(), source, self.output.panels(), target, Into::Set);
    }
}

/// Rows of whole panels that follow each other.
fn whole(columns: usize) -> Rows {
    Rows {
        from: 0,
        stride: padded(columns),
    }
}

/// Cosine and sine of every pair of a head at every position.
fn turns(shape: &Shape, positions: usize) -> Vec<(f32, f32)> {
    let pairs = shape.head / 2;
    let angle = |position: usize, pair: usize| {
        let exponent = -2.0 * pair as f64 / shape.head as f64;
        position as f64 * f64::from(shape.rope_base).powf(exponent)
    };
    (0..positions)
        .flat_map(|position| (0..pairs).map(move |pair| (position, pair)))
        .map(|(position, pair)| angle(position, pair).sin_cos())
        .map(|(sine, cosine)| (cosine as f32, sine as f32))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape {
        vocabulary: 50,
        width: 40,
        layers: 2,
        heads: 4,
        kv_heads: 2,
        head: 32,
        feed_forward: 70,
        epsilon: 1e-5,
        rope_base: 10_000.0,
    };

    fn model() -> Model {
        let mut state = 1u64;
        let mut random = move || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            ((state >> 40) as f32 / (1u32 << 24) as f32 - 0.5) * 0.8
        };
        let built = Model::new(SHAPE, |_, rows, columns| {
            Ok::<_, std::convert::Infallible>((0..rows * columns).map(|_| random()).collect())
        });
        match built {
            Ok(model) => model,
            Err(never) => match never {},
        }
    }

    fn tokens(count: usize, salt: usize) -> Vec<usize> {
        (0..count).map(|index| (index * 7 + salt) % SHAPE.vocabulary).collect()
    }

    /// The logits after a prompt, read in pieces of at most `rows` tokens.
    fn after(model: &Model, prompt: &[usize], rows: usize) -> Vec<f32> {
        let mut cells = Prompt::new(&SHAPE, prompt.len());
        let mut work = Work::new(&SHAPE, rows, prompt.len(), 1);
        model.read(&mut cells, prompt, &mut work).to_vec()
    }

    fn assert_close(one: &[f32], other: &[f32]) {
        for (one, other) in one.iter().zip(other) {
            assert!((one - other).abs() < 1e-4, "{one} and {other}");
        }
    }

    #[test]
    fn a_prompt_gives_the_same_logits_in_pieces_of_any_size() {
        let (model, prompt) = (model(), tokens(70, 3));
        let whole = after(&model, &prompt, 70);
        assert!(whole.iter().any(|logit| logit.abs() > 0.1));
        for rows in [1, 7, 64] {
            assert_close(&after(&model, &prompt, rows), &whole);
        }
    }

    #[test]
    fn a_path_gives_the_logits_of_its_tokens_after_the_prompt_and_no_other_path_matters() {
        let (model, prompt) = (model(), tokens(45, 1));
        let paths = [tokens(40, 5), tokens(40, 9), tokens(40, 11)];
        let mut cells = Prompt::new(&SHAPE, prompt.len());
        let mut work = Work::new(&SHAPE, 5, prompt.len(), 40);
        model.read(&mut cells, &prompt, &mut work);
        let mut together = Paths::new(&SHAPE, 3, 40);
        let mut alone = Paths::new(&SHAPE, 1, 40);
        for step in 0..40 {
            let all: Vec<(usize, usize)> = paths.iter().map(|path| path[step]).enumerate().collect();
            model.step(&cells, &mut together, &all, &mut work);
            let second = model.logits(&work, 1).to_vec();
            model.step(&cells, &mut alone, &[(0, paths[1][step])], &mut work);
            assert_eq!(model.logits(&work, 0), second, "step {step}");
            if [0, 31, 32, 39].contains(&step) {
                let whole = [&prompt[..], &paths[1][..=step]].concat();
                assert_close(&second, &after(&model, &whole, 5));
            }
        }
        together.clear(1);
        model.step(&cells, &mut together, &[(1, paths[0][0])], &mut work);
        let again = [&prompt[..], &paths[0][..1]].concat();
        assert_close(model.logits(&work, 0), &after(&model, &again, 5));
    }

    #[test]
    fn a_shape_that_fills_no_panel_or_shares_no_heads_is_not_supported() {
        assert!(SHAPE.is_supported());
        assert!(!Shape { head: 24, ..SHAPE }.is_supported());
        assert!(!Shape { kv_heads: 3, ..SHAPE }.is_supported());
        assert!(!Shape { layers: 0, ..SHAPE }.is_supported());
    }
}

//! Keys and values of the tokens evaluated so far: those of the prompt, which all paths share, and those of each path.
//!
//! Keys are stored in panels of `BLOCK` cells, so that a row's scores are one product; values in panels of `BLOCK` dimensions.

use crate::matrix::{BLOCK, Line, Panels, padded};
use crate::model::Shape;

/// The cells of one sequence in one layer and one key–value head.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cells<'a> {
    /// `BLOCK` cells a panel, one line for each dimension.
    pub(crate) keys: &'a [Line],
    /// `BLOCK` dimensions a panel, one line for each cell.
    pub(crate) values: &'a [Line],
    capacity: usize,
    dimensions: usize,
}

impl<'a> Cells<'a> {
    /// The keys of the first `count` cells, and of those that fill their last panel.
    pub(crate) fn keys_of(&self, count: usize) -> Panels<'a> {
        Panels {
            depth: self.dimensions,
            stride: self.dimensions,
            lines: &self.keys[..count.div_ceil(BLOCK) * self.dimensions],
        }
    }

    /// The values of the first `count` cells.
    pub(crate) fn values_of(&self, count: usize) -> Panels<'a> {
        Panels {
            depth: count,
            stride: self.capacity,
            lines: self.values,
        }
    }
}

/// Keys and values of several sequences of the same capacity.
#[derive(Debug)]
struct Store {
    sequences: usize,
    heads: usize,
    dimensions: usize,
    /// Cells of a sequence, in whole panels.
    capacity: usize,
    keys: Vec<Line>,
    values: Vec<Line>,
}

impl Store {
    fn new(shape: &Shape, sequences: usize, cells: usize) -> Self {
        let capacity = padded(cells.max(1));
        let lines = shape.layers * sequences * shape.kv_heads * capacity * shape.head / BLOCK;
        Store {
            sequences,
            heads: shape.kv_heads,
            dimensions: shape.head,
            capacity,
            keys: vec![[0.0; BLOCK]; lines],
            values: vec![[0.0; BLOCK]; lines],
        }
    }

    fn lines(&self) -> usize {
        self.capacity * self.dimensions / BLOCK
    }

    fn first(&self, layer: usize, sequence: usize, head: usize) -> usize {
        ((layer * self.sequences + sequence) * self.heads + head) * self.lines()
    }

    fn cells(&self, layer: usize, sequence: usize, head: usize) -> Cells<'_> {
        let range = self.first(layer, sequence, head)..self.first(layer, sequence, head) + self.lines();
        Cells {
            keys: &self.keys[range.clone()],
            values: &self.values[range],
            capacity: self.capacity,
            dimensions: self.dimensions,
        }
    }

    /// Stores the keys and values of all heads of one cell.
    fn put(&mut self, layer: usize, sequence: usize, cell: usize, keys: &[f32], values: &[f32]) {
        for head in 0..self.heads {
            let from = self.first(layer, sequence, head);
            let of_head = head * self.dimensions..(head + 1) * self.dimensions;
            let panel = from + cell / BLOCK * self.dimensions;
            for (line, &key) in self.keys[panel..].iter_mut().zip(&keys[of_head.clone()]) {
                line[cell % BLOCK] = key;
            }
            for (block, part) in values[of_head].chunks_exact(BLOCK).enumerate() {
                self.values[from + block * self.capacity + cell].copy_from_slice(part);
            }
        }
    }
}

/// The prompt that all paths continue.
#[derive(Debug)]
pub struct Prompt {
    store: Store,
    length: usize,
}

impl Prompt {
    /// An empty prompt with room for `cells` tokens.
    pub fn new(shape: &Shape, cells: usize) -> Self {
        Prompt {
            store: Store::new(shape, 1, cells),
            length: 0,
        }
    }

    /// Bytes of a prompt with room for `cells` tokens.
    pub fn bytes(shape: &Shape, cells: usize) -> usize {
        shape.layers * shape.kv_heads * padded(cells.max(1)) * shape.head * 2 * size_of::<f32>()
    }

    /// Tokens that fit.
    pub fn capacity(&self) -> usize {
        self.store.capacity
    }

    /// Tokens evaluated.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Forgets all tokens.
    pub fn clear(&mut self) {
        self.length = 0;
    }

    pub(crate) fn grow(&mut self, tokens: usize) {
        self.length += tokens;
    }

    pub(crate) fn cells(&self, layer: usize, head: usize) -> Cells<'_> {
        self.store.cells(layer, 0, head)
    }

    pub(crate) fn put(&mut self, layer: usize, cell: usize, keys: &[f32], values: &[f32]) {
        self.store.put(layer, 0, cell, keys, values);
    }
}

/// Paths that continue one prompt, each with its own tokens.
#[derive(Debug)]
pub struct Paths {
    store: Store,
    lengths: Vec<usize>,
}

impl Paths {
    /// `count` paths without tokens, with room for `cells` tokens each.
    pub fn new(shape: &Shape, count: usize, cells: usize) -> Self {
        Paths {
            store: Store::new(shape, count, cells),
            lengths: vec![0; count],
        }
    }

    /// Bytes of `count` paths with room for `cells` tokens each.
    pub fn bytes(shape: &Shape, count: usize, cells: usize) -> usize {
        count * Prompt::bytes(shape, cells)
    }

    /// How many paths there are.
    pub fn count(&self) -> usize {
        self.lengths.len()
    }

    /// Tokens that fit into each.
    pub fn capacity(&self) -> usize {
        self.store.capacity
    }

    /// Forgets the tokens of a path.
    pub fn clear(&mut self, path: usize) {
        self.lengths[path] = 0;
    }

    pub(crate) fn length(&self, path: usize) -> usize {
        self.lengths[path]
    }

    pub(crate) fn grow(&mut self, path: usize) {
        self.lengths[path] += 1;
    }

    pub(crate) fn cells(&self, layer: usize, path: usize, head: usize) -> Cells<'_> {
        self.store.cells(layer, path, head)
    }

    pub(crate) fn put(&mut self, layer: usize, path: usize, keys: &[f32], values: &[f32]) {
        let cell = self.lengths[path];
        self.store.put(layer, path, cell, keys, values);
    }
}

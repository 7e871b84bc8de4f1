//! Decodes many continuations of one prompt with a small llama model (Touvron et al. 2023), on one core. Token numbers come in,
//! logits go out. It reads no file, samples nothing and allocates only in the constructors.
//!
//! A general engine reads the cells of the prompt once for every path, or reads the cells of all paths for every path. With a model
//! whose weights fit into a core's caches, that is most of the work. Here the paths' attention to the prompt is one matrix product,
//! and each path has a few cells of its own.
//!
//! The logits of a path depend on its own tokens alone: its neighbours in a step change nothing, not even the last bit.
//!
//! The inner loops are compiled for AVX-512, for AVX2 and for any processor of the architecture; which is used is decided when they
//! run, or when the program is built for one of the first two.
//!
//! Each module imports only from modules later in this list: model, cache, functions, matrix.

mod cache;
mod functions;
mod matrix;
mod model;

pub use self::cache::{Paths, Prompt};
pub use self::model::{Model, Shape, Work};

/// Cells, dimensions and columns are computed in blocks of this many; [`Shape::is_supported`] has the limits that follow.
pub const BLOCK: usize = matrix::BLOCK;

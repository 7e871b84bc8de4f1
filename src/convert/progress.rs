//! The steps of a conversion, as a display is told them.

/// A step of a conversion, for a display.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConvertProgress {
    /// A tensor is being written.
    Tensor {
        /// Its name in llama.cpp.
        name: String,
        /// How many were written before it.
        done: usize,
        /// How many there are.
        of: usize,
    },
    /// llama.cpp quantises the file.
    Quantising,
    /// The files are hashed for the manifest.
    Hashing,
}

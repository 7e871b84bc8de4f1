//! One tensor of a plan.

use super::rows::Change;
use crate::convert::gguf_header::GgufValue;

/// The metadata of a GGUF file and the steps that make its tensors.
pub(super) type KeysAndSteps = (Vec<(String, GgufValue)>, Vec<Step>);

/// One tensor of the converted file.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::convert) struct Step {
    /// llama.cpp's name.
    pub(in crate::convert) name: String,
    /// Its shape in ggml's order.
    pub(in crate::convert) shape: Vec<usize>,
    /// Where its values come from.
    pub(in crate::convert) origin: Origin,
}

/// Where the values of a tensor come from.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::convert) enum Origin {
    /// A tensor of the checkpoint, with this shape there (the slowest dimension first).
    Tensor {
        name: String,
        shape: Vec<usize>,
        change: Change,
    },
    /// Computed from the configuration.
    Computed(Vec<f32>),
}

impl Step {
    /// The tensor of the checkpoint that it is made from.
    pub(in crate::convert) fn source(&self) -> Option<&str> {
        match &self.origin {
            Origin::Tensor { name, .. } => Some(name),
            Origin::Computed(_) => None,
        }
    }
}

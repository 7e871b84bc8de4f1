//! A norm whose weight does not learn.

use burn::tensor::Tensor;

use crate::train::model::layers::rms_norm;

/// Root mean square norm with the weight of a checkpoint.
#[derive(Debug, Clone)]
pub(super) struct RmsNorm {
    pub(super) weight: Tensor<1>,
    pub(super) epsilon: f64,
}

impl RmsNorm {
    /// [positions, width] → the same.
    pub(super) fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        rms_norm(x, &self.weight, self.epsilon)
    }
}

//! The gradients of the adapters, one layer at a time.
//!
//! The first pass computes all layers without a record and keeps the input of each. Then each layer, from the last to the
//! first, is computed again from its input, with a record, and carries the gradient of its output to its input and its
//! adapters. So one layer's intermediate results and one layer's dequantised weights are in memory, for one more forward pass
//! (activation checkpointing, Chen and others, 2016).

use burn::tensor::{Gradients, Int, Tensor};

use super::Decoder;
use super::layer::Layer;

impl Decoder {
    /// The gradients of a loss, in the order of the parameters; `None` for a parameter that the loss does not depend on.
    ///
    /// `hidden_gradient` gets the hidden states after the last norm, [batch, length, width], without a record, and answers with
    /// the gradient of the loss for them.
    pub(super) fn layer_gradients<E>(
        &self,
        tokens: Tensor<2, Int>,
        hidden_gradient: impl FnOnce(Tensor<3>) -> Result<Tensor<3>, E>,
    ) -> Result<Vec<Option<Tensor<2>>>, E> {
        let [batch, length] = tokens.dims();
        let (mut x, pass) = self.begin(&tokens);
        let mut inputs = Vec::with_capacity(self.layers.len());
        for layer in &self.layers {
            inputs.push(x.clone());
            x = layer.frozen().forward(x, &pass);
        }

        let x = leaf(x);
        let hidden = self.norm.forward(x.clone());
        let shape = [batch, length, self.config.width];
        let gradient = hidden_gradient(hidden.clone().inner().reshape(shape))?;
        let mut gradient = gradient.reshape([batch * length, self.config.width]);
        let mut record = backward(hidden, gradient);
        gradient = match x.grad_remove(&mut record) {
            Some(gradient) => gradient,
            None => x.inner().zeros_like(),
        };
        drop(record);

        let first = self.first_adapted();
        let mut all = Vec::new();
        for (index, (layer, input)) in self.layers.iter().zip(inputs).enumerate().rev() {
            if index < first {
                break;
            }
            let mut layer = layer.learning();
            let input = leaf(input);
            let mut record = backward(layer.forward(input.clone(), &pass), gradient);
            let matrices = layer.adapters().flat_map(|adapter| [&adapter.down, &adapter.up]);
            let gradients: Vec<_> = matrices.map(|matrix| matrix.grad_remove(&mut record)).collect();
            all.push(gradients);
            gradient = match input.grad_remove(&mut record) {
                Some(gradient) => gradient,
                None => input.inner().zeros_like(),
            };
        }
        Ok(all.into_iter().rev().flatten().collect())
    }

    /// The first layer with an adapter; the number of layers if none has one.
    fn first_adapted(&self) -> usize {
        let mut layers = self.layers.iter();
        layers
            .position(|layer| layer.clone().adapters().next().is_some())
            .unwrap_or(self.layers.len())
    }
}

impl Layer {
    /// The layer with adapters that leave no record.
    fn frozen(&self) -> Self {
        let mut layer = self.clone();
        for adapter in layer.adapters() {
            adapter.down = adapter.down.clone().inner();
            adapter.up = adapter.up.clone().inner();
        }
        layer
    }

    /// The layer with adapters that are leaves of a new record.
    fn learning(&self) -> Self {
        let mut layer = self.clone();
        for adapter in layer.adapters() {
            adapter.down = leaf(adapter.down.clone());
            adapter.up = leaf(adapter.up.clone());
        }
        layer
    }
}

/// The tensor as the start of a new record.
fn leaf(x: Tensor<2>) -> Tensor<2> {
    x.inner().autodiff().require_grad()
}

/// Carries the gradient of `y` back to the leaves.
fn backward(y: Tensor<2>, gradient: Tensor<2>) -> Gradients {
    (y * gradient).sum().backward()
}

//! Models that can be trained. Token ids go in, logits come out; parameters carry the names and layouts of Hugging Face's
//! checkpoints. A model knows nothing of losses and optimisers.

pub mod decoder;
#[cfg(test)]
pub(crate) mod finite_differences;
pub mod layers;
pub mod llama;

use burn::Tensor;
use burn::tensor::{Int, TensorData};

use super::error::TrainError;

/// A causal language model, as the training loop sees it.
pub trait Model {
    /// The number of tokens in the vocabulary: the last dimension of the logits.
    fn vocabulary(&self) -> usize;

    /// The longest sequence that the model takes, in tokens.
    fn context(&self) -> usize;

    /// The hidden states after the last norm, `[batch, length, width]`, of tokens `[batch, length]`. A position sees itself and
    /// those before it.
    fn hidden(&self, tokens: Tensor<2, Int>) -> Tensor<3>;

    /// The logits `[positions, vocabulary]` of hidden states `[positions, width]`. Separate from [`Self::hidden`], so that a loss
    /// on a few positions does not compute the others.
    fn logits(&self, hidden: Tensor<2>) -> Tensor<2>;

    /// The trainable parameters, always in the same order. Frozen ones are not among them.
    fn parameters(&mut self) -> Vec<Parameter<'_>>;

    /// The gradients of the parameters, in their order, by the scalar that `root` makes of the hidden states of tokens; `None` for
    /// a parameter that it does not depend on. A model that records nothing across its layers does this in a way of its own.
    ///
    /// # Errors
    ///
    /// Those of `root`, and a root without a gradient.
    fn gradients<R>(&mut self, tokens: Tensor<2, Int>, root: R) -> Result<Vec<Option<TensorData>>, TrainError>
    where
        Self: Sized,
        R: FnOnce(&Self, Tensor<3>) -> Result<Tensor<1>, TrainError>,
    {
        let root = root(self, self.hidden(tokens))?;
        if !root.is_tracked() {
            let reason = "no trainable parameter has a part in the loss; the choice of what trains is wrong";
            return Err(TrainError::Loss(reason.into()));
        }
        let mut found = root.backward();
        let parameters = self.parameters().into_iter();
        let gradients = parameters.map(|parameter| match parameter.tensor {
            ParameterTensor::Vector(tensor) => tensor.grad_remove(&mut found).map(Tensor::into_data),
            ParameterTensor::Matrix(tensor) => tensor.grad_remove(&mut found).map(Tensor::into_data),
        });
        Ok(gradients.collect())
    }

    /// Told before each forward pass what it is for. Models without dropout do nothing.
    fn enter(&mut self, _mode: Mode) {}

    /// The logits `[batch, length, vocabulary]` of tokens `[batch, length]`.
    fn forward(&self, tokens: Tensor<2, Int>) -> Tensor<3> {
        let hidden = self.hidden(tokens);
        let [batch, length, width] = hidden.dims();
        self.logits(hidden.reshape([batch * length, width]))
            .reshape([batch, length, self.vocabulary()])
    }
}

/// What a forward pass is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Training: dropout is on, and draws from this seed.
    Training {
        /// Differs for every pass, and is the same again in a resumed run.
        seed: u64,
    },
    /// Evaluation: dropout is off.
    Evaluation,
}

/// A trainable parameter.
pub struct Parameter<'a> {
    /// Its name in a Hugging Face checkpoint.
    pub name: String,
    /// Its place in the model: the loop reads the first values there, and puts new ones there before each pass.
    pub tensor: ParameterTensor<'a>,
    /// True if weight decay applies: to the matrices of linear layers, not to norms, biases and embeddings.
    pub decays: bool,
}

/// The tensor of a parameter, by its rank.
pub enum ParameterTensor<'a> {
    /// A norm's weight or a bias.
    Vector(&'a mut Tensor<1>),
    /// A linear layer's weight `[out, in]`, or an embedding `[vocabulary, width]`.
    Matrix(&'a mut Tensor<2>),
}

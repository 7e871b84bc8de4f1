//! The layers that the models share, made of operations that all have a gradient. Tensors go in and come out; nothing here owns
//! a parameter.

use burn::Tensor;
use burn::tensor::activation::{sigmoid, softmax};
use burn::tensor::{Device, TensorData};

/// A linear layer: `x Wᵀ`, for `x` of `[positions, in]` and a weight of `[out, in]`.
pub fn linear(x: Tensor<2>, weight: &Tensor<2>) -> Tensor<2> {
    x.matmul(weight.clone().transpose())
}

/// Root mean square norm (Zhang and Sennrich, 2019) over the last dimension of `[positions, width]`.
pub fn rms_norm(x: Tensor<2>, weight: &Tensor<1>, epsilon: f64) -> Tensor<2> {
    let scale = (x.clone().square().mean_dim(1) + epsilon).sqrt().recip();
    x * scale * weight.clone().unsqueeze::<2>()
}

/// The gated feed-forward layer of llama (SwiGLU, Shazeer, 2020): `down(silu(gate(x)) · up(x))`.
pub fn swiglu(x: Tensor<2>, gate: &Tensor<2>, up: &Tensor<2>, down: &Tensor<2>) -> Tensor<2> {
    let gated = linear(x.clone(), gate);
    let silu = gated.clone() * sigmoid(gated);
    linear(silu * linear(x, up), down)
}

/// Rotary position embedding (Su et al., 2021) in Hugging Face's form: dimension `i` turns together with dimension `i + half`.
#[derive(Debug, Clone)]
pub struct Rope {
    /// `[1, 1, length, head]`; the second half repeats the first.
    cos: Tensor<4>,
    sin: Tensor<4>,
}

impl Rope {
    /// The rotations of the positions 0 to `length - 1` for heads of this size; `like` gives the device and the number type.
    pub fn new(length: usize, head: usize, theta: f64, like: &Tensor<2>) -> Self {
        let half = head / 2;
        let table = |of: fn(f64) -> f64| {
            let values = (0..length)
                .flat_map(|position| {
                    (0..head).map(move |dimension| {
                        let exponent = (dimension % half) as f64 * 2.0 / head as f64;
                        of(position as f64 / theta.powf(exponent))
                    })
                })
                .collect();
            constant(values, [1, 1, length, head], like)
        };
        Rope {
            cos: table(f64::cos),
            sin: table(f64::sin),
        }
    }

    /// Turns queries or keys `[batch, heads, length, head]`.
    pub fn apply(&self, x: Tensor<4>) -> Tensor<4> {
        let [batch, heads, length, head] = x.dims();
        let half = head / 2;
        let first = x.clone().slice([0..batch, 0..heads, 0..length, 0..half]);
        let second = x.clone().slice([0..batch, 0..heads, 0..length, half..head]);
        let turned = Tensor::cat(vec![second.neg(), first], 3);
        x * self.cos.clone() + turned * self.sin.clone()
    }
}

/// What is added to the scores of attention: 0 where a position may look, a very low number where it would see the future.
/// `[1, 1, length, length]`.
pub fn causal_mask(length: usize, like: &Tensor<2>) -> Tensor<4> {
    let values = (0..length)
        .flat_map(|from| (0..length).map(move |to| if to > from { -1e9 } else { 0.0 }))
        .collect();
    constant(values, [1, 1, length, length], like)
}

/// Attention (Vaswani et al., 2017): `softmax(scale · q kᵀ + mask) v`, all of `[batch, heads, length, head]`. Fewer heads of keys
/// and values than of queries are shared by neighbouring queries (grouped-query attention, Ainslie et al., 2023).
pub fn attention(q: Tensor<4>, k: Tensor<4>, v: Tensor<4>, mask: &Tensor<4>, scale: f64) -> Tensor<4> {
    let groups = q.dims()[1] / k.dims()[1];
    let (k, v) = (repeat_heads(k, groups), repeat_heads(v, groups));
    let scores = (q * scale).matmul(k.transpose()) + mask.clone();
    softmax(scores, 3).matmul(v)
}

fn repeat_heads(x: Tensor<4>, groups: usize) -> Tensor<4> {
    if groups == 1 {
        return x;
    }
    let [batch, heads, length, head] = x.dims();
    x.unsqueeze_dim::<5>(2)
        .repeat_dim(2, groups)
        .reshape([batch, heads * groups, length, head])
}

/// A tensor without a gradient, on the device and in the number type of `like`.
fn constant<const D: usize>(values: Vec<f64>, shape: [usize; D], like: &Tensor<2>) -> Tensor<D> {
    let device: Device = like.device();
    Tensor::from_data(TensorData::new(values, shape), (&device, like.dtype()))
}

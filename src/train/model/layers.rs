//! The layers that the models share, made of operations that all have a gradient. Tensors go in and come out; nothing here owns
//! a parameter.

use burn::Tensor;
use burn::tensor::activation::sigmoid;
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
    // The softmax, divided by its sum after the values are mixed: each operation on the scores costs as much as a product. The
    // highest score drops out of the quotient, so it needs no gradient.
    let highest = scores.clone().without_autodiff().max_dim(3);
    let weights = (scores - highest).exp();
    let sums = weights.clone().sum_dim(3);
    weights.matmul(v) / sums
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

#[cfg(test)]
mod tests {
    use super::super::finite_differences::check_function;
    use super::*;

    /// Rows of one row each as a matrix.
    fn matrix(x: &Tensor<4>) -> Tensor<2> {
        let [a, b, c, d] = x.dims();
        x.clone().reshape([a * b * c, d])
    }

    fn vector(x: &Tensor<4>) -> Tensor<1> {
        let [a, b, c, d] = x.dims();
        x.clone().reshape([a * b * c * d])
    }

    #[test]
    fn the_gradients_of_a_linear_layer_are_its_slopes() {
        check_function(&[[1, 1, 5, 4], [1, 1, 3, 4]], |x| {
            linear(matrix(&x[0]), &matrix(&x[1])).unsqueeze()
        });
    }

    #[test]
    fn the_gradients_of_the_norm_are_its_slopes() {
        check_function(&[[1, 1, 5, 4], [1, 1, 1, 4]], |x| {
            rms_norm(matrix(&x[0]), &vector(&x[1]), 1e-5).unsqueeze()
        });
    }

    #[test]
    fn the_gradients_of_the_gated_layer_are_its_slopes() {
        check_function(&[[1, 1, 5, 4], [1, 1, 6, 4], [1, 1, 6, 4], [1, 1, 4, 6]], |x| {
            swiglu(matrix(&x[0]), &matrix(&x[1]), &matrix(&x[2]), &matrix(&x[3])).unsqueeze()
        });
    }

    #[test]
    fn the_gradients_of_the_rotation_are_its_slopes() {
        check_function(&[[2, 3, 5, 4]], |x| {
            Rope::new(5, 4, 100.0, &matrix(&x[0])).apply(x[0].clone())
        });
    }

    #[test]
    fn the_gradients_of_attention_are_its_slopes_also_with_shared_heads() {
        for kv_heads in [4, 2] {
            let shared = [2, kv_heads, 5, 3];
            check_function(&[[2, 4, 5, 3], shared, shared], |x| {
                let mask = causal_mask(5, &matrix(&x[0]));
                attention(x[0].clone(), x[1].clone(), x[2].clone(), &mask, 0.6)
            });
        }
    }

    #[test]
    fn attention_is_a_weighted_mean_of_what_came_before() {
        let device = Device::flex();
        let tensor = |values: Vec<f32>| Tensor::<4>::from_data(TensorData::new(values, [1, 1, 3, 2]), &device);
        let (q, k) = (
            vec![0.3, -1.0, 2.0, 0.5, -0.7, 1.1],
            vec![1.0, 0.2, -0.4, 0.9, 0.8, -1.5],
        );
        let v = vec![1.0, 10.0, 2.0, 20.0, 4.0, 40.0];
        let mask = causal_mask(3, &Tensor::<2>::zeros([1, 1], &device));
        let out = attention(tensor(q.clone()), tensor(k.clone()), tensor(v.clone()), &mask, 0.5);
        let out: Vec<f32> = out.into_data().convert::<f32>().try_into_vec().unwrap_or_default();
        for row in 0..3 {
            let score = |to: usize| (0.5 * (q[2 * row] * k[2 * to] + q[2 * row + 1] * k[2 * to + 1])).exp();
            let sum: f32 = (0..=row).map(score).sum();
            for column in 0..2 {
                let expected: f32 = (0..=row).map(|to| score(to) / sum * v[2 * to + column]).sum();
                assert!((out[2 * row + column] - expected).abs() < 1e-4, "{row} {column}");
            }
        }
    }

    #[test]
    fn scores_of_any_size_give_finite_weights() {
        let device = Device::flex();
        let large = Tensor::<4>::full([1, 1, 3, 2], 1e4, &device);
        let v = Tensor::<4>::ones([1, 1, 3, 2], &device);
        let mask = causal_mask(3, &Tensor::<2>::zeros([1, 1], &device));
        let out = attention(large.clone(), large.neg(), v, &mask, 1.0);
        let out: Vec<f32> = out.into_data().convert::<f32>().try_into_vec().unwrap_or_default();
        assert!(out.iter().all(|value| (value - 1.0).abs() < 1e-6), "{out:?}");
    }

    #[test]
    fn the_rotation_keeps_lengths_and_turns_by_the_position() {
        let like = Tensor::<2>::zeros([1, 1], &Device::flex());
        let x = Tensor::<4>::from_data(
            TensorData::new([1.0f32, 0.0, 0.0, 0.0].repeat(3), [1, 1, 3, 4]),
            &like.device(),
        );
        let out = Rope::new(3, 4, 10_000.0, &like).apply(x);
        let out: Vec<f32> = out.into_data().convert::<f32>().try_into_vec().unwrap_or_default();
        for position in 0..3 {
            // The first dimension turns with the third, by one radian a position.
            let angle = position as f32;
            assert!((out[4 * position] - angle.cos()).abs() < 1e-6);
            assert!((out[4 * position + 2] - angle.sin()).abs() < 1e-6);
        }
    }
}

//! The layers of the ziggurat for the normal distribution (Marsaglia and Tsang, 2000): 256 strips of equal area that cover the
//! bell curve. Computed once a process; draws nothing.

use std::sync::LazyLock;

/// Number of layers.
pub const LAYERS: usize = 256;

/// Where the tail begins, which closes the layers at the top of the curve: the value of Marsaglia and Tsang for 256 layers.
pub const TAIL: f64 = 3.654_152_885_361_009;

/// The layers, from the widest, which holds the tail, to the top.
#[derive(Debug)]
pub struct Ziggurat {
    /// Right edge of each layer. The first is wider than `TAIL`, by the area of the tail; the last is the top, 0.
    pub edge: [f64; LAYERS + 1],
    /// The curve, exp(−x²/2), at each edge.
    pub height: [f64; LAYERS + 1],
}

impl Ziggurat {
    /// The layers, computed on the first call.
    pub fn get() -> &'static Self {
        static LAYERS_OF_NORMAL: LazyLock<Ziggurat> = LazyLock::new(Ziggurat::compute);
        &LAYERS_OF_NORMAL
    }

    fn compute() -> Self {
        let curve = |x: f64| libm::exp(-0.5 * x * x);
        let tail_area = (std::f64::consts::PI / 2.0).sqrt() * libm::erfc(TAIL / 2.0_f64.sqrt());
        let area = TAIL * curve(TAIL) + tail_area;
        let mut edge = [0.0; LAYERS + 1];
        edge[0] = area / curve(TAIL);
        edge[1] = TAIL;
        for layer in 2..LAYERS {
            let x: f64 = edge[layer - 1];
            edge[layer] = (-2.0 * libm::log(area / x + curve(x))).sqrt();
        }
        Self {
            edge,
            height: edge.map(curve),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_layers_have_the_same_area_and_end_at_the_top_of_the_curve() {
        let Ziggurat { edge, height } = Ziggurat::get();
        let area = edge[1] * (height[2] - height[1]);
        for layer in 1..LAYERS {
            let of_layer = edge[layer] * (height[layer + 1] - height[layer]);
            assert!((of_layer / area - 1.0).abs() < 1e-9, "layer {layer}: {of_layer} {area}");
        }
        assert!(edge.windows(2).all(|pair| pair[0] > pair[1]));
    }
}

//! How the weights of a converted file are stored.

use crate::models::spelled;

spelled! {
    /// How weights are stored. Norms and biases always have 32 bits.
    Quantity {
        /// 8 bits in blocks of 32 (Q8_0): a quarter of 32 bits, and hardly a difference.
        Q8_0 = "q8_0",
        /// About 4.8 bits (Q4_K_M): for large models.
        Q4KM = "q4_k_m",
        /// 16 bits.
        F16 = "f16",
        /// 32 bits.
        F32 = "f32",
    }
}

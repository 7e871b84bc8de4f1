//! A matrix that does not learn: in come the values of a checkpoint, out come the rows as a tensor, each time anew. Between
//! two uses only the stored form is in memory: as in the file, or in 8 or 4 bits. It has no gradient.

use std::sync::Arc;

use burn::tensor::{Tensor, TensorData};
use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};

use super::place::Place;

/// How a frozen matrix is kept in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// 32-bit floats.
    F32,
    /// IEEE half precision.
    F16,
    /// The upper half of a 32-bit float.
    Bf16,
    /// A signed byte a value, and a scale for each block of a row.
    Eight,
    /// Four bits a value by the quantiles of a normal distribution (NF4, Dettmers and others, 2023), and a scale for each
    /// block of a row.
    Four,
}

/// A matrix that does not learn. A clone shares the values.
#[derive(Clone)]
pub struct FrozenMatrix {
    rows: usize,
    columns: usize,
    values: Arc<Values>,
}

enum Values {
    F32(Vec<f32>),
    F16(Vec<f16>),
    Bf16(Vec<bf16>),
    Eight { codes: Vec<i8>, scales: Vec<f32> },
    Four { codes: Vec<u8>, scales: Vec<f32> },
}

/// Values that share a scale.
const BLOCK: usize = 64;

/// The sixteen values of NF4: quantiles of a normal distribution, scaled to ±1 (Dettmers and others, 2023).
const NF4: [f32; 16] = [
    -1.0,
    -0.696_192_8,
    -0.525_073_05,
    -0.394_917_5,
    -0.284_441_38,
    -0.184_773_43,
    -0.091_050_036,
    0.0,
    0.079_580_3,
    0.160_930_2,
    0.246_112_3,
    0.337_915_24,
    0.440_709_83,
    0.562_617,
    0.722_956_84,
    1.0,
];

impl FrozenMatrix {
    /// Keeps `values` (row by row, `rows` × `columns`) in the given form. [`Storage::Bf16`] and [`Storage::F16`] are exact for
    /// values that came from such a file.
    pub fn new(rows: usize, columns: usize, values: Vec<f32>, storage: Storage) -> Self {
        debug_assert_eq!(values.len(), rows * columns);
        let values = match storage {
            Storage::F32 => Values::F32(values),
            Storage::F16 => Values::F16(values.iter().map(|value| f16::from_f32(*value)).collect()),
            Storage::Bf16 => Values::Bf16(values.iter().map(|value| bf16::from_f32(*value)).collect()),
            Storage::Eight => eight(&values, columns),
            Storage::Four => four(&values, columns),
        };
        Self {
            rows,
            columns,
            values: Arc::new(values),
        }
    }

    /// Rows and columns.
    pub fn shape(&self) -> [usize; 2] {
        [self.rows, self.columns]
    }

    /// Bytes of the stored form.
    pub fn bytes(&self) -> usize {
        match &*self.values {
            Values::F32(values) => values.len() * 4,
            Values::F16(values) => values.len() * 2,
            Values::Bf16(values) => values.len() * 2,
            Values::Eight { codes, scales } => codes.len() + scales.len() * 4,
            Values::Four { codes, scales } => codes.len() + scales.len() * 4,
        }
    }

    /// The whole matrix, [rows, columns].
    pub(crate) fn tensor(&self, place: &Place) -> Tensor<2> {
        let mut values = vec![0.0; self.rows * self.columns];
        match &*self.values {
            Values::F32(stored) => values.copy_from_slice(stored),
            Values::F16(stored) => stored.convert_to_f32_slice(&mut values),
            Values::Bf16(stored) => stored.convert_to_f32_slice(&mut values),
            Values::Eight { .. } | Values::Four { .. } => {
                for (row, values) in values.chunks_exact_mut(self.columns.max(1)).enumerate() {
                    self.fill(row, values);
                }
            }
        }
        place.tensor(TensorData::new(values, [self.rows, self.columns]))
    }

    /// The named rows in their order, [ids, columns]. An id must be below the number of rows.
    pub(crate) fn select(&self, ids: &[u32], place: &Place) -> Tensor<2> {
        let mut values = vec![0.0; ids.len() * self.columns];
        for (id, values) in ids.iter().zip(values.chunks_exact_mut(self.columns.max(1))) {
            self.fill(*id as usize, values);
        }
        place.tensor(TensorData::new(values, [ids.len(), self.columns]))
    }

    /// Writes one row.
    fn fill(&self, row: usize, out: &mut [f32]) {
        let from = row * self.columns;
        let blocks = self.columns.div_ceil(BLOCK);
        match &*self.values {
            Values::F32(stored) => out.copy_from_slice(&stored[from..from + self.columns]),
            Values::F16(stored) => stored[from..from + self.columns].convert_to_f32_slice(out),
            Values::Bf16(stored) => stored[from..from + self.columns].convert_to_f32_slice(out),
            Values::Eight { codes, scales } => {
                let codes = codes[from..from + self.columns].chunks(BLOCK);
                let scales = &scales[row * blocks..(row + 1) * blocks];
                for ((codes, scale), out) in codes.zip(scales).zip(out.chunks_mut(BLOCK)) {
                    for (code, out) in codes.iter().zip(out) {
                        *out = f32::from(*code) * scale;
                    }
                }
            }
            Values::Four { codes, scales } => {
                let width = self.columns.div_ceil(2);
                let codes = codes[row * width..(row + 1) * width].chunks(BLOCK / 2);
                let scales = &scales[row * blocks..(row + 1) * blocks];
                for ((codes, scale), out) in codes.zip(scales).zip(out.chunks_mut(BLOCK)) {
                    for (code, pair) in codes.iter().zip(out.chunks_mut(2)) {
                        for (place, out) in pair.iter_mut().enumerate() {
                            *out = NF4[usize::from(code >> (4 * place) & 15)] * scale;
                        }
                    }
                }
            }
        }
    }
}

impl std::fmt::Debug for FrozenMatrix {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "FrozenMatrix({} x {})", self.rows, self.columns)
    }
}

/// The largest magnitude of a block.
fn magnitude(block: &[f32]) -> f32 {
    block.iter().fold(0.0, |largest, value| largest.max(value.abs()))
}

fn eight(values: &[f32], columns: usize) -> Values {
    let mut codes = Vec::with_capacity(values.len());
    let mut scales = Vec::with_capacity(values.len().div_ceil(BLOCK));
    for block in values.chunks(columns.max(1)).flat_map(|row| row.chunks(BLOCK)) {
        let scale = magnitude(block) / 127.0;
        let inverse = if scale > 0.0 { scale.recip() } else { 0.0 };
        // The quotient lies within ±127, so the cast loses nothing.
        codes.extend(block.iter().map(|value| (value * inverse).round() as i8));
        scales.push(scale);
    }
    Values::Eight { codes, scales }
}

fn four(values: &[f32], columns: usize) -> Values {
    let mut codes = Vec::with_capacity(values.len().div_ceil(2));
    let mut scales = Vec::with_capacity(values.len().div_ceil(BLOCK));
    for block in values.chunks(columns.max(1)).flat_map(|row| row.chunks(BLOCK)) {
        let scale = magnitude(block);
        let inverse = if scale > 0.0 { scale.recip() } else { 0.0 };
        codes.extend(block.chunks(2).map(|pair| {
            pair.iter()
                .enumerate()
                .fold(0, |code, (place, value)| code | nearest(value * inverse) << (4 * place))
        }));
        scales.push(scale);
    }
    Values::Four { codes, scales }
}

/// The index of the nearest of the sixteen values.
fn nearest(value: f32) -> u8 {
    let above = NF4.partition_point(|level| *level < value);
    let index = match above {
        0 => 0,
        16 => 15,
        above if value - NF4[above - 1] < NF4[above] - value => above - 1,
        above => above,
    };
    // An index below 16.
    index as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn back(storage: Storage, columns: usize) -> (Vec<f32>, Vec<f32>) {
        let values: Vec<f32> = (0..3 * columns)
            .map(|index| ((index * 37 % 101) as f32 - 50.0) / 64.0)
            .collect();
        let matrix = FrozenMatrix::new(3, columns, values.clone(), storage);
        let tensor = matrix.tensor(&Place::default());
        (values, tensor.into_data().iter::<f32>().collect())
    }

    #[test]
    fn values_of_a_half_precision_file_come_back_exactly() {
        for storage in [Storage::F32, Storage::F16, Storage::Bf16] {
            let (values, back) = back(storage, 70);
            assert_eq!(values, back);
        }
    }

    #[test]
    fn eight_and_four_bits_stay_within_their_step() {
        for columns in [7, 64, 70, 129] {
            let (values, eight) = back(Storage::Eight, columns);
            assert!(
                values
                    .iter()
                    .zip(&eight)
                    .all(|(value, back)| (value - back).abs() <= 0.79 / 254.0 + 1e-6)
            );
            let (values, four) = back(Storage::Four, columns);
            // The widest gap between two neighbours of NF4 is 0.304, at the lower end.
            assert!(
                values
                    .iter()
                    .zip(&four)
                    .all(|(value, back)| (value - back).abs() <= 0.79 * 0.153)
            );
        }
    }

    #[test]
    fn selected_rows_are_those_of_the_whole() {
        for storage in [Storage::F32, Storage::F16, Storage::Bf16, Storage::Eight, Storage::Four] {
            let values: Vec<f32> = (0..5 * 67).map(|index| (index as f32 * 0.37).sin()).collect();
            let matrix = FrozenMatrix::new(5, 67, values, storage);
            let place = Place::default();
            let whole: Vec<f32> = matrix.tensor(&place).into_data().iter::<f32>().collect();
            let rows: Vec<f32> = matrix.select(&[4, 0], &place).into_data().iter::<f32>().collect();
            assert_eq!(rows[..67], whole[4 * 67..]);
            assert_eq!(rows[67..], whole[..67]);
        }
    }
}

//! The product of matrices in 32-bit floats. Each element is summed in the order of its terms, whatever the number of rows.

use multiversion::multiversion;
use multiversion::target::target_cfg_f;

/// Columns of a panel. Four rows of them fill half of the vector registers of a processor with AVX-512, and one row those of a
/// processor without.
pub(crate) const BLOCK: usize = 32;

/// Rows computed together. Measured on 60 rows of 96 by 256: 64 GFLOP/s with one, 97 with two, 111 with four to six.
const ROWS: usize = 4;

/// Rows of one panel: the values of `BLOCK` neighbouring columns.
pub(crate) type Line = [f32; BLOCK];

/// The size of a row of `columns` values, in whole panels.
pub(crate) fn padded(columns: usize) -> usize {
    columns.next_multiple_of(BLOCK)
}

/// A matrix of `depth` rows, stored in panels of `BLOCK` columns.
#[derive(Debug)]
pub(crate) struct Matrix {
    depth: usize,
    lines: Vec<Line>,
}

impl Matrix {
    /// The transpose of a matrix of `columns` rows, each with `depth` values. Missing columns of the last panel are zero.
    pub(crate) fn transposed(values: &[f32], depth: usize) -> Self {
        let columns = values.len() / depth.max(1);
        let mut lines = vec![[0.0; BLOCK]; columns.div_ceil(BLOCK) * depth];
        for (column, row) in values.chunks_exact(depth.max(1)).enumerate() {
            let panel = column / BLOCK * depth;
            for (line, &value) in lines[panel..].iter_mut().zip(row) {
                line[column % BLOCK] = value;
            }
        }
        Matrix { depth, lines }
    }

    /// The panels of a product with this matrix.
    pub(crate) fn panels(&self) -> Panels<'_> {
        Panels {
            depth: self.depth,
            stride: self.depth,
            lines: &self.lines,
        }
    }
}

/// Panels of which only the first `depth` lines are used. The panels begin `stride` lines apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Panels<'a> {
    pub(crate) depth: usize,
    pub(crate) stride: usize,
    pub(crate) lines: &'a [Line],
}

/// Rows within a buffer: each begins `stride` values after the one before, the first at `from`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows {
    pub(crate) from: usize,
    pub(crate) stride: usize,
}

/// What to do with the elements of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Into {
    /// Replace those of the target.
    Set,
    /// Add to those of the target.
    Add,
}

/// Multiplies `count` rows by panels into a target, whose rows hold whole panels.
pub(crate) fn multiply(
    count: usize,
    (source, from): (&[f32], Rows),
    panels: Panels<'_>,
    (target, to): (&mut [f32], Rows),
    into: Into,
) {
    let row = |index: usize| &source[from.from + index * from.stride..][..panels.depth];
    for (number, panel) in panels.lines.chunks(panels.stride.max(1)).enumerate() {
        let panel = &panel[..panels.depth];
        let mut put = |index: usize, sums: &Line| {
            let place = &mut target[to.from + index * to.stride + number * BLOCK..][..BLOCK];
            match into {
                Into::Set => place.copy_from_slice(sums),
                Into::Add => place.iter_mut().zip(sums).for_each(|(value, sum)| *value += sum),
            }
        };
        let whole = count - count % ROWS;
        for first in (0..whole).step_by(ROWS) {
            let sums = block::<ROWS>(std::array::from_fn(|offset| row(first + offset)), panel);
            sums.iter()
                .enumerate()
                .for_each(|(offset, sums)| put(first + offset, sums));
        }
        for index in whole..count {
            put(index, &line(row(index), panel));
        }
    }
}

/// The product of one row and one panel.
pub(crate) fn line(row: &[f32], panel: &[Line]) -> Line {
    let [sums] = block::<1>([row], panel);
    sums
}

/// The product of some rows and one panel. The sums stay in registers.
#[multiversion(targets("x86_64+avx512vl+fma", "x86_64+avx2+fma"), attrs(inline(never)))]
fn block<const R: usize>(rows: [&[f32]; R], panel: &[Line]) -> [Line; R] {
    const FUSED: bool = target_cfg_f!(any(target_feature = "fma", target_arch = "aarch64"));
    let rows = rows.map(|row| &row[..panel.len()]);
    let mut sums = [[0.0; BLOCK]; R];
    for (index, line) in panel.iter().enumerate() {
        for (row, sums) in rows.iter().zip(&mut sums) {
            for (sum, &value) in sums.iter_mut().zip(line) {
                *sum = fused::<FUSED>(row[index], value, *sum);
            }
        }
    }
    sums
}

/// a · b + c, rounded once if FUSED, which is for processors that do so in one instruction.
#[inline(always)]
pub(crate) fn fused<const FUSED: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(index: usize) -> f32 {
        ((index * 37 + 11) % 23) as f32 - 11.0
    }

    #[test]
    fn a_product_is_the_sum_of_products_for_any_number_of_rows_and_columns() {
        for (rows, depth, columns) in [(1, 1, 1), (3, 7, 33), (4, 96, 32), (9, 5, 70)] {
            let left: Vec<f32> = (0..rows * depth).map(value).collect();
            let right: Vec<f32> = (0..columns * depth).map(|index| value(index + 3)).collect();
            let matrix = Matrix::transposed(&right, depth);
            let stride = padded(columns);
            let mut product = vec![1.0; rows * stride];
            let at = |stride| Rows { from: 0, stride };
            let source = (left.as_slice(), at(depth));
            multiply(rows, source, matrix.panels(), (&mut product, at(stride)), Into::Set);
            multiply(rows, source, matrix.panels(), (&mut product, at(stride)), Into::Add);
            for row in 0..rows {
                for column in 0..columns {
                    let terms = (0..depth).map(|k| left[row * depth + k] * right[column * depth + k]);
                    assert_eq!(product[row * stride + column], 2.0 * terms.sum::<f32>());
                }
            }
        }
    }
}

//! The changes of a matrix between a checkpoint and llama.cpp. All move whole values; none changes one.

/// A change of a matrix, or of a bias (one column).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::convert) enum Change {
    /// As it is.
    None,
    /// In each block of rows, after some that stay, row i of the first half and row i of the second become neighbours.
    Neighbours {
        /// How many blocks: the heads.
        blocks: usize,
        /// Rows of a block.
        rows: usize,
        /// Rows at its beginning that stay.
        skip: usize,
    },
    /// Of each head's rows those of the keys, transposed: [heads, columns, keys].
    KeyHalf {
        /// Rows of a head's key.
        keys: usize,
        /// Rows of a head's value.
        values: usize,
    },
    /// Of each head's rows those of the values: [heads, values, columns].
    ValueHalf {
        /// Rows of a head's key.
        keys: usize,
        /// Rows of a head's value.
        values: usize,
    },
}

impl Change {
    /// The shape of the result in ggml's order, the fastest dimension first.
    pub(super) fn shape(self, rows: usize, columns: usize) -> Vec<usize> {
        match self {
            Change::None | Change::Neighbours { .. } => vec![columns, rows],
            Change::KeyHalf { keys, values } => vec![keys, columns, rows / (keys + values)],
            Change::ValueHalf { keys, values } => vec![columns, values, rows / (keys + values)],
        }
    }

    /// Applies it to a matrix of this many columns, stored by rows.
    pub(in crate::convert) fn apply(self, matrix: Vec<f32>, columns: usize) -> Vec<f32> {
        match self {
            Change::None => matrix,
            Change::Neighbours { blocks, rows, skip } => {
                let half = (rows - skip) / 2;
                let mut changed = Vec::with_capacity(matrix.len());
                for block in 0..blocks {
                    let mut row = |index: usize| {
                        let start = (block * rows + index) * columns;
                        changed.extend_from_slice(&matrix[start..start + columns]);
                    };
                    (0..skip).for_each(&mut row);
                    for pair in 0..half {
                        row(skip + pair);
                        row(skip + half + pair);
                    }
                }
                changed
            }
            Change::KeyHalf { keys, values } => {
                let mut changed = Vec::new();
                for head in matrix.chunks_exact((keys + values) * columns) {
                    for column in 0..columns {
                        changed.extend((0..keys).map(|key| head[key * columns + column]));
                    }
                }
                changed
            }
            Change::ValueHalf { keys, values } => {
                let mut changed = Vec::new();
                for head in matrix.chunks_exact((keys + values) * columns) {
                    changed.extend_from_slice(&head[keys * columns..]);
                }
                changed
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotated_halves_become_neighbours_within_each_head() {
        let change = Change::Neighbours {
            blocks: 2,
            rows: 4,
            skip: 0,
        };
        // Two heads of four rows, one column.
        let rows: Vec<f32> = (0..8u8).map(f32::from).collect();
        assert_eq!(change.apply(rows, 1), [0.0, 2.0, 1.0, 3.0, 4.0, 6.0, 5.0, 7.0]);
        let change = Change::Neighbours {
            blocks: 1,
            rows: 6,
            skip: 2,
        };
        let rows: Vec<f32> = (0..12u8).map(f32::from).collect();
        let expected = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 8.0, 9.0, 6.0, 7.0, 10.0, 11.0];
        assert_eq!(change.apply(rows, 2), expected);
    }

    #[test]
    fn the_keys_of_the_latent_projection_are_transposed_and_the_values_are_not() {
        let (keys, values) = (1, 2);
        // Two heads of three rows, two columns.
        let matrix: Vec<f32> = (0..12u8).map(f32::from).collect();
        let change = Change::KeyHalf { keys, values };
        assert_eq!(change.shape(6, 2), [1, 2, 2]);
        assert_eq!(change.apply(matrix.clone(), 2), [0.0, 1.0, 6.0, 7.0]);
        let change = Change::ValueHalf { keys, values };
        assert_eq!(change.shape(6, 2), [2, 2, 2]);
        assert_eq!(change.apply(matrix, 2), [2.0, 3.0, 4.0, 5.0, 8.0, 9.0, 10.0, 11.0]);
        let matrix: Vec<f32> = (0..6u8).map(f32::from).collect();
        assert_eq!(
            Change::KeyHalf { keys: 2, values: 1 }.apply(matrix, 2),
            [0.0, 2.0, 1.0, 3.0]
        );
    }
}

//! A share of a data set, so that several machines can write one together.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::recipe::Recipe;

/// One of a number of shards of about equal size. All of them, one after the other, are the whole data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// From 1.
    pub number: u32,
    /// How many shards there are.
    pub of: u32,
}

impl Shard {
    /// The share of so many blocks.
    pub(super) fn blocks(self, blocks: u64) -> Range<u64> {
        let until = |number: u32| (u128::from(blocks) * u128::from(number) / u128::from(self.of)) as u64;
        until(self.number - 1)..until(self.number)
    }

    /// The file of a shard of `whole`: its name tells the shard and the recipe, so that files of equal name have equal content.
    /// The name is known before the content is.
    pub fn file(self, whole: &Path, recipe: &Recipe) -> PathBuf {
        let name = whole.file_name().unwrap_or_default().to_string_lossy();
        let (stem, ending) = name
            .split_once('.')
            .map_or((&*name, String::new()), |(stem, ending)| (stem, format!(".{ending}")));
        let hash = recipe.sha256();
        let name = format!("{stem}-{:05}-of-{:05}-{}{ending}", self.number, self.of, &hash[..16]);
        whole.with_file_name(name)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let (number, of) = text.split_once('/')?;
            let shard = Shard {
                number: number.parse().ok()?,
                of: of.parse().ok()?,
            };
            (1..=shard.of).contains(&shard.number).then_some(shard)
        };
        read().ok_or_else(|| format!("`{text}` is no shard: write its number and how many there are, such as 3/64"))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_shards_of_any_number_of_blocks_are_all_of_them_in_order() {
        for blocks in [0, 1, 63, 64, 65, 977] {
            let mut next = 0;
            for number in 1..=64 {
                let range = Shard { number, of: 64 }.blocks(blocks);
                assert_eq!(range.start, next);
                next = range.end;
            }
            assert_eq!(next, blocks);
        }
    }

    #[test]
    fn a_shard_is_a_number_of_a_number() {
        assert_eq!("3/64".parse(), Ok(Shard { number: 3, of: 64 }));
        for wrong in ["", "3", "0/4", "5/4", "a/b", "1/0"] {
            assert!(wrong.parse::<Shard>().unwrap_err().contains("3/64"), "{wrong}");
        }
    }
}

//! Which examples stand where in a data set. A recipe's prompts come in visits: each takes some windows of one series, and visits
//! come in blocks, which are shuffled. Any block can be written alone, because windows are drawn by permutations that are
//! computed place by place; so threads and machines share the work without talking, and no window is drawn twice.

use std::ops::Range;

use chrono::NaiveDate;

use super::draw::Windows;
use super::error::DatasetError;
use super::lines::Lines;
use super::pack::SeriesPack;
use super::part::Part;
use super::recipe::Recipe;
use super::record::Record;
use super::shard::Shard;
use crate::formats::{ExampleWindow, Examples, FormatError};
use crate::market::Bar;
use crate::market::simulate;
use crate::market::simulate::{Permutation, hash, mix};

/// Prompts of a visit: enough that reading and writing a series once costs little for each of them.
const VISIT: u64 = 64;

/// Visits of a block; a block is what a thread writes at a time.
const VISITS: u64 = 64;

/// Windows that a visit may look at for each prompt, at most: a format refuses some.
const SPARE: [u64; 3] = [4, 2, 1];

/// Simulated series that a visit may use: a format refuses some as a whole, such as those below a dollar.
const SIMULATED_A_VISIT: u64 = 8;

/// The first day of every simulated series, a Monday.
const FIRST_DAY: NaiveDate = match NaiveDate::from_ymd_opt(2000, 1, 3) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

/// What the tickers of simulated series begin with; their number follows.
const SIMULATED: &str = "SIM";

/// The examples of a recipe.
pub struct Plan<'a> {
    recipe: &'a Recipe,
    pack: Option<&'a SeriesPack>,
    mix: simulate::Mix,
    /// Windows that a visit may look at.
    looks: u64,
    /// How many visits the series have, up to and including each.
    cumulative: Vec<u64>,
    order: Permutation,
}

/// The bars of one series that belong to a part.
#[derive(Debug, Clone, PartialEq)]
pub struct Days {
    /// The series' symbol.
    pub ticker: String,
    /// Oldest first.
    pub bars: Vec<Bar>,
}

/// The prompts of one block, and how many windows the format refused meanwhile.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) lines: Lines,
    pub(super) refused: u64,
}

impl<'a> Plan<'a> {
    /// The plan of a recipe for its series.
    ///
    /// # Errors
    /// [`DatasetError::TooFewWindows`], and when a series cannot be read.
    pub fn new(recipe: &'a Recipe, pack: Option<&'a SeriesPack>) -> Result<Self, DatasetError> {
        let mut plan = Self {
            recipe,
            pack: pack.filter(|_| recipe.mixture.has_real()),
            mix: simulate::Mix::default(),
            looks: VISIT,
            cumulative: Vec::new(),
            order: Permutation::new(1, 0),
        };
        let wanted = recipe.mixture.real_among(plan.visits());
        let mut counts = Vec::new();
        for number in 0..plan.pack.map_or(0, SeriesPack::len) {
            let days = plan.real(number)?.bars.len();
            counts.push(Windows::new(&recipe.draw, days).count());
        }
        let visits = |looks: u64| counts.iter().map(move |count| count / looks);
        let looks = SPARE.map(|spare| VISIT * spare);
        let Some(looks) = looks.into_iter().find(|&looks| visits(looks).sum::<u64>() >= wanted) else {
            return Err(DatasetError::TooFewWindows {
                wanted: recipe.count,
                part: recipe.part.to_string(),
                there: counts.iter().map(|count| count / VISIT * VISIT).sum(),
            });
        };
        plan.looks = looks;
        plan.cumulative = visits(looks)
            .scan(0, |total, visits| {
                *total += visits;
                Some(*total)
            })
            .collect();
        plan.order = Permutation::new(plan.cumulative.last().copied().unwrap_or(1), recipe.seed);
        Ok(plan)
    }

    /// The recipe.
    pub fn recipe(&self) -> &Recipe {
        self.recipe
    }

    /// The blocks of a shard, or of the whole data set.
    pub(super) fn blocks_of(&self, shard: Option<Shard>) -> Range<u64> {
        let blocks = self.visits().div_ceil(VISITS);
        shard.map_or(0..blocks, |shard| shard.blocks(blocks))
    }

    /// Prompts of a shard, or of the whole data set, if the format refuses no series.
    pub fn prompts_of(&self, shard: Option<Shard>) -> u64 {
        let blocks = self.blocks_of(shard);
        let until = |block: u64| (block * VISITS * VISIT).min(self.recipe.count);
        until(blocks.end) - until(blocks.start)
    }

    fn visits(&self) -> u64 {
        self.recipe.count.div_ceil(VISIT)
    }

    /// Writes one block.
    ///
    /// # Errors
    /// When a series cannot be read or a prompt cannot be rendered.
    pub(super) fn block(&self, block: u64) -> Result<Block, DatasetError> {
        let mut written = Block {
            lines: Lines::default(),
            refused: 0,
        };
        for visit in block * VISITS..((block + 1) * VISITS).min(self.visits()) {
            let wanted = VISIT.min(self.recipe.count - visit * VISIT);
            self.visit(visit, wanted, &mut written)?;
        }
        written.lines.shuffle(mix(self.recipe.seed, block));
        Ok(written)
    }

    fn visit(&self, visit: u64, wanted: u64, written: &mut Block) -> Result<(), DatasetError> {
        let real = self.recipe.mixture.real_among(visit);
        if self.recipe.mixture.real_among(visit + 1) > real {
            let place = self.order.at(real);
            let number = self.cumulative.partition_point(|until| *until <= place);
            let before = number.checked_sub(1).map_or(0, |before| self.cumulative[before]);
            let first = (place - before) * self.looks;
            self.take(&self.real(number)?, first..first + self.looks, wanted, written)?;
            return Ok(());
        }
        let mut found = 0;
        for series in 0..SIMULATED_A_VISIT {
            let days = self.simulated((visit - real) * SIMULATED_A_VISIT + series);
            found += self.take(&days, 0..VISIT * SPARE[0], wanted - found, written)?;
            if found == wanted {
                break;
            }
        }
        Ok(())
    }

    /// Appends up to `wanted` examples of a series: the first that its format accepts of these places in the order of its
    /// windows. Returns how many.
    fn take(&self, days: &Days, places: Range<u64>, wanted: u64, written: &mut Block) -> Result<u64, DatasetError> {
        let windows = Windows::new(&self.recipe.draw, days.bars.len());
        let order = Permutation::new(windows.count(), mix(self.recipe.seed, hash(&days.ticker)));
        let mut examples = self.recipe.format.format().examples(&days.ticker, &days.bars)?;
        let mut found = 0;
        for place in places.start..places.end.min(windows.count()) {
            if found == wanted {
                break;
            }
            let window = windows.at(days.bars.len(), order.at(place));
            if self.write(days, window, examples.as_mut(), &mut written.lines)? {
                found += 1;
            } else {
                written.refused += 1;
            }
        }
        Ok(found)
    }

    /// Appends one example; false where the format refuses it.
    pub(super) fn write(
        &self,
        days: &Days,
        window: ExampleWindow,
        examples: &mut dyn Examples,
        lines: &mut Lines,
    ) -> Result<bool, DatasetError> {
        if is_still(&days.bars[window.start..window.split()]) {
            return Ok(false);
        }
        let (prompt, completion) = lines.texts();
        match examples.write(window, prompt, completion) {
            Ok(()) => {}
            Err(FormatError::Blurred { .. } | FormatError::Unwritable { .. }) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        lines.push(|prompt, completion| Record {
            prompt: prompt.into(),
            completion: completion.into(),
            ticker: days.ticker.as_str().into(),
            from: days.bars[window.start].date,
            split_day: days.bars[window.split() - 1].date,
            // Both are drawn from ranges of u16.
            horizon: window.horizon as u16,
            context: window.context as u16,
        });
        Ok(true)
    }

    /// The series of a ticker as far as it belongs to the recipe's part; `None` for a ticker that the recipe does not know.
    ///
    /// # Errors
    /// When the series cannot be read.
    pub fn days(&self, ticker: &str) -> Result<Option<Days>, DatasetError> {
        if let Some(number) = self.pack.and_then(|pack| pack.find(ticker)) {
            return self.real(number).map(Some);
        }
        let number = ticker
            .strip_prefix(SIMULATED)
            .and_then(|number| number.parse::<u64>().ok());
        let known = number.filter(|number| self.recipe.mixture.has_simulated() && number % 2 == self.parity());
        Ok(known.map(|number| self.simulated(number / 2)))
    }

    /// A series for a draw; one with more windows is drawn more often.
    pub(super) fn any_real(&self, draw: u64) -> Result<Days, DatasetError> {
        let visits = self.cumulative.last().copied().unwrap_or(0);
        if visits == 0 {
            return Err(DatasetError::NoSeries {
                reason: "no series has enough days for the windows".to_owned(),
            });
        }
        let number = self.cumulative.partition_point(|until| *until <= draw % visits);
        self.real(number)
    }

    fn real(&self, number: usize) -> Result<Days, DatasetError> {
        let Some(pack) = self.pack else {
            return Err(DatasetError::NoSeries {
                reason: "the recipe has real prompts and no source".to_owned(),
            });
        };
        let mut bars = pack.bars(number)?;
        let days: Vec<NaiveDate> = bars.iter().map(|bar| bar.date).collect();
        let part = self.recipe.split.days(self.recipe.part, pack.ticker(number), &days);
        bars.truncate(part.end);
        bars.drain(..part.start);
        Ok(Days {
            ticker: pack.ticker(number).to_owned(),
            bars,
        })
    }

    /// A simulated series. Those of the test part have odd numbers and those of the training part even ones; each belongs to its
    /// part whole.
    pub(super) fn simulated(&self, place: u64) -> Days {
        let number = place * 2 + self.parity();
        let mut closes = Vec::new();
        simulate::draw(
            &self.mix,
            mix(self.recipe.seed, number),
            self.recipe.simulated_days(),
            &mut closes,
        );
        let bar = |(date, close): (NaiveDate, f64)| Bar {
            date,
            open: None,
            high: None,
            low: None,
            close,
            volume: None,
        };
        let dates = simulate::trading_days(FIRST_DAY, closes.len());
        Days {
            ticker: format!("{SIMULATED}{number}"),
            bars: dates.zip(closes).map(bar).collect(),
        }
    }

    fn parity(&self) -> u64 {
        u64::from(self.recipe.part == Part::Test)
    }
}

/// Whether the closes never move: such a window teaches nothing, and two of them can be equal.
fn is_still(bars: &[Bar]) -> bool {
    bars.iter().all(|bar| bar.close == bars[0].close)
}

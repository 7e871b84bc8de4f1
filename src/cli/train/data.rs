//! The examples that are drawn anew for a training run: arguments in, recipes of the data factory out.

use super::args::TrainingData;
use crate::dataset::{Collected, Draw, Mixture, Part, Recipe, SeriesOrigin, Split};

impl TrainingData {
    /// The source of real prices, if there is one.
    pub(super) fn origin(&self) -> Option<SeriesOrigin> {
        let csv = self.csv.clone().map(|folder| SeriesOrigin::Csv { folder });
        let parquet = self.parquet.clone().map(|folder| SeriesOrigin::Parquet { folder });
        let demo = self.demo.then(|| SeriesOrigin::Demo { tickers: Vec::new() });
        csv.or(parquet).or(demo)
    }

    /// The recipe of the training examples.
    pub(super) fn recipe(&self, seed: u64, collected: Option<&Collected>) -> anyhow::Result<Recipe> {
        let usual = if collected.is_some() {
            Mixture::REAL
        } else {
            Mixture::SIMULATED
        };
        let mixture = self.mix.unwrap_or(usual);
        anyhow::ensure!(
            collected.is_some() || !mixture.has_real(),
            "the mixture has real examples and there is no source; give --csv DIR, --parquet DIR or --demo"
        );
        let draw = Draw::uniform(self.context.clone(), self.horizon.clone());
        let pack = collected.map(|collected| &collected.pack);
        let day = match (self.split_day, pack) {
            (None, Some(pack)) => Split::usual_day(pack)?,
            (day, _) => day.unwrap_or_default(),
        };
        Ok(Recipe {
            version: Recipe::VERSION,
            format: self.format,
            seed,
            // Each example draws a series of its own; a plan of one prompt is enough to draw from.
            count: 1,
            part: Part::Train,
            split: Split {
                day,
                gap: draw.longest_horizon(),
                test_tickers: pack.map_or(Vec::new(), |pack| Split::held_out(pack, self.test_tickers, seed)),
            },
            draw,
            mixture,
            series: pack.map(|pack| pack.sha256().to_owned()),
        })
    }

    /// The recipe of the validation examples: what training leaves out.
    pub(super) fn held_out(&self, training: &Recipe) -> anyhow::Result<Recipe> {
        let has_tickers = !training.split.test_tickers.is_empty();
        anyhow::ensure!(
            has_tickers || training.mixture.has_simulated(),
            "no ticker is held out for validation; raise --test-tickers, or give simulated examples a share by --mix"
        );
        let mixture = if has_tickers {
            training.mixture
        } else {
            Mixture::SIMULATED
        };
        Ok(Recipe {
            part: Part::Test,
            mixture,
            ..training.clone()
        })
    }
}

/// What a recipe draws, in a few words.
pub(super) fn describe(recipe: &Recipe, origin: Option<&SeriesOrigin>) -> String {
    let real = match origin {
        Some(SeriesOrigin::Demo { .. }) => "the bundled prices",
        Some(_) => "daily prices",
        None => "",
    };
    let before = recipe.split.day;
    match (recipe.mixture.has_real(), recipe.mixture.has_simulated()) {
        (true, true) => format!("{real} before {before} and simulated ones"),
        (true, false) => format!("{real} before {before}"),
        _ => "simulated prices".to_owned(),
    }
}

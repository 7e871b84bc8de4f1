//! What a phrase speaks of: the close, the median, the 50-day average, the return of a month. A topic in, the facts
//! that a figure beside it may be, out.

/// What a figure beside a phrase is a figure of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Topic {
    Close,
    TrueClose,
    Median,
    Forecast,
    Low,
    High,
    Band,
    /// The quantile of this level.
    Level(u32),
    /// The band that holds so many per cent.
    BandOf(u32),
    Support,
    Resistance,
    /// The moving average of so many days; 0 where the text does not say.
    Average(u32),
    Rsi,
    Volatility,
    Drawdown,
    /// The change over so many trading days that have passed.
    Window(u32),
    Momentum,
    TrueReturn,
    /// What lies above or below the last close in the forecast.
    Upside,
    Downside,
    NetScore,
    Headlines,
    Positive,
    Negative,
    Neutral,
    Paths,
    PathsKept,
    Horizon,
    Turns,
    Mae,
    Rmse,
    Mape,
    Naive,
    RightDirection,
    LargestError,
    InsideBand,
    Cross,
    /// What buying and selling once costs.
    Costs,
    /// The price or the company without a further word.
    Stock,
}

/// How a figure is written, which decides what it can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// With a currency.
    Price,
    /// With a percent sign.
    Percent,
    /// Without a unit: a price, an index, a score.
    Bare,
}

impl Topic {
    /// The ids of the facts that a figure of `class` beside this topic may be; levels of quantiles are looked up by the table.
    pub(super) fn ids(self, class: Class) -> &'static [&'static str] {
        use Topic::*;
        let percent = class == Class::Percent;
        match self {
            Close | Stock if !percent => &["last_close"],
            TrueClose if !percent => &["actual"],
            Median | Forecast if !percent => &["median", "predicted"],
            Upside if !percent => &["high", "median", "resistance"],
            Downside if !percent => &["low", "median", "support"],
            Upside | Downside if percent => &["expected_return"],
            Low if !percent => &["low"],
            High if !percent => &["high"],
            Band if !percent => &["low", "high"],
            Support if !percent => &["support"],
            Resistance if !percent => &["resistance"],
            Average(50) if !percent => &["sma_50"],
            Average(200) if !percent => &["sma_200"],
            Average(0) if !percent => &["sma_50", "sma_200"],
            Mae if !percent => &["mae"],
            Naive if !percent => &["naive_mae"],
            Rmse if !percent => &["rmse"],
            LargestError if !percent => &["largest_error"],
            Rsi if class == Class::Bare => &["rsi"],
            NetScore if class == Class::Bare => &["net_score"],
            Forecast | Median if percent => &["expected_return"],
            TrueReturn | TrueClose if percent => &["actual_return"],
            Volatility if percent => &["volatility"],
            Drawdown if percent => &["drawdown"],
            Costs if percent => &["costs"],
            Window(1) if percent => &["return_1d"],
            Window(5) if percent => &["return_5d"],
            Window(21) if percent => &["return_21d"],
            Momentum if percent => &["momentum"],
            Mape | Mae if percent => &["mape"],
            Naive if percent => &["naive_mape"],
            RightDirection if percent => &["direction"],
            _ => &[],
        }
    }

    /// The id of a fact that this topic cannot do without: of these, only the review of a test speaks.
    pub(super) fn needs(self) -> Option<&'static str> {
        use Topic::*;
        Some(match self {
            TrueClose => "actual",
            TrueReturn => "actual_return",
            RightDirection => "direction",
            LargestError => "largest_error",
            InsideBand => "inside_band",
            _ => return None,
        })
    }

    /// Whether a figure of `class` can be a figure of this topic, whatever the table holds.
    pub(super) fn takes(self, class: Class) -> bool {
        use Topic::*;
        match class {
            Class::Percent => {
                !self.ids(class).is_empty()
                    || matches!(
                        self,
                        Window(_)
                            | Positive
                            | Negative
                            | Neutral
                            | Headlines
                            | Rsi
                            | Support
                            | Resistance
                            | Average(_)
                            | BandOf(_)
                            | Level(_)
                            | NetScore
                    )
            }
            Class::Price => {
                !self.ids(class).is_empty()
                    || matches!(
                        self,
                        Average(_) | Level(_) | BandOf(_) | Rsi | NetScore | Drawdown | Volatility
                    )
            }
            Class::Bare => {
                !self.ids(class).is_empty()
                    || matches!(
                        self,
                        Average(_) | Level(_) | BandOf(_) | Volatility | Window(_) | Momentum
                    )
            }
        }
    }
}

//! The things that an analysis holds, and the words by which people ask for them. Words are as [`Question`] reads them: lower case,
//! singular, without hyphens.

use super::question::{FORECAST, Places, Question};

/// One thing that a question may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Topic {
    LastClose,
    LastDay,
    Company,
    Ticker,
    Currency,
    Call,
    Rsi,
    Cross,
    AverageOrder,
    Volatility,
    DailyVolatility,
    Drawdown,
    Momentum,
    Trend,
    MeanClose,
    Deviation,
    Support,
    SupportTouches,
    Resistance,
    ResistanceTouches,
    Gap,
    Gaps,
    Volume,
    Median,
    ExpectedReturn,
    Direction,
    Band,
    Low,
    High,
    LastForecastDay,
    Horizon,
    Paths,
    Rejected,
    Reliable,
    Headlines,
    Positive,
    Negative,
    Neutral,
    NetScore,
    Models,
    TrainedUntil,
    Warnings,
    Context,
}

use Topic::*;

const PRICE: &str = "close, closed, closing, price, priced, trade, trading, traded, quote, worth, cost, value, kurs, schlusskurs, \
    level, stand, end, finish, settle";
const EDGE: &str = "quantile, percentile, band, bound, end, case, scenario, edge, limit, side, range, interval, border, %, \
    percent";
const TURNS: &str = "touch, touche, touched, many, often, time, turn, turned, bounce, bounced, test, tested, held, hit";
const MANY: &str = "many, number, count, wie viele, amount, total";
const NEWS: &str = "headline, article, news, story, schlagzeile, item, piece";

/// Each row: a topic, and lists of words of each of which one must occur.
const ROWS: &[(Topic, &[&str])] = &[
    (
        Rsi,
        &["rsi, relative strength, relative strength index, overbought, oversold"],
    ),
    (Cross, &["golden cross, death cross, crossing"]),
    (Cross, &["cross, crossed, crossover"]),
    (
        AverageOrder,
        &[
            "average, ma, sma",
            "above, below, order, compare",
            "long, 200, longer, slow",
        ],
    ),
    (
        DailyVolatility,
        &["daily, a day, per day", "volatility, vola, standard deviation"],
    ),
    (
        Volatility,
        &["volatility, volatile, vola, swing, swinging, fluctuate, fluctuation, choppy, schwankung, jumpy, calm"],
    ),
    (
        Volatility,
        &[
            "annualised, annualized, yearly, annual",
            "volatility, standard deviation, risk",
        ],
    ),
    (
        Drawdown,
        &[
            "drawdown, below peak, from peak, off peak, below its peak, from its peak, off its peak, below the peak, from \
         the peak, from its high, from the high, below its high, below the high, off its high, off the high, below \
         the highest, from the highest, below the top, from the top",
        ],
    ),
    (Momentum, &["momentum"]),
    (Trend, &["trend, trending"]),
    (
        MeanClose,
        &[
            "mean, average",
            "close, price, closing",
            "window, context, whole, period, history",
        ],
    ),
    (
        Deviation,
        &["standard deviation, std dev, stddev", "close, price, window, context"],
    ),
    (SupportTouches, &["support", TURNS]),
    (Support, &["support, floor, unterstützung"]),
    (ResistanceTouches, &["resistance, ceiling", TURNS]),
    (Resistance, &["resistance, ceiling, widerstand"]),
    (Gaps, &["gap", "many, number, count, up, down"]),
    (Gap, &["gap, gapped"]),
    (Volume, &["volume, handelsvolumen"]),
    (ExpectedReturn, &["upside, downside potential"]),
    (
        ExpectedReturn,
        &[
            FORECAST,
            "return, change, move, gain, percent, %, rise, fall, drop, increase, decrease, rendite, performance",
        ],
    ),
    (
        ExpectedReturn,
        &[
            "will, going to",
            "return, change, move, gain, rise, fall, drop, increase, decrease, climb",
        ],
    ),
    (Direction, &["direction, bullish, bearish, up or down, sideway"]),
    (Direction, &["point, head, heading", "forecast, model, prediction, it"]),
    (Low, &["worst case, pessimistic, worst, lowest forecast, bear case"]),
    (Low, &["10, tenth, lower, low, bottom, downside, 10th", EDGE]),
    (High, &["best case, optimistic, best, highest forecast, bull case"]),
    (High, &["90, ninety, upper, high, top, 90th", EDGE]),
    (Band, &["band, range, interval, spread, uncertainty, uncertain, cone"]),
    (Median, &["median"]),
    (Median, &["price target, target price, target, kursziel"]),
    (Median, &[FORECAST, PRICE]),
    (
        Median,
        &[
            "will, going to, in, ahead",
            "forecast, predicted, expected, price, close, trade, be",
            "day, week, month, horizon, end",
        ],
    ),
    (
        LastForecastDay,
        &[
            "when, date, day, until, how far, last, end, till, wann",
            "forecast, prediction, projection, horizon, prognose",
        ],
    ),
    (
        Horizon,
        &["horizon, how many day, how many trading day, how far ahead, how far out, how far does the forecast"],
    ),
    (
        Horizon,
        &[
            "how long, how many",
            "day, long",
            "forecast, ahead, predicted, prediction",
        ],
    ),
    (Rejected, &["rejected, thrown, discarded, dropped, refused, reject"]),
    (
        Paths,
        &[
            "path, sample, simulation, scenario, draw, run, trajectory",
            "many, number, count, how",
        ],
    ),
    (
        Reliable,
        &["reliable, reliability, trust, trustworthy, accurate, accuracy, confident, verlässlich"],
    ),
    (Headlines, &[MANY, NEWS]),
    (Positive, &["positive, good, bullish, favourable, favorable", NEWS]),
    (Negative, &["negative, bad, bearish, unfavourable, unfavorable", NEWS]),
    (Neutral, &["neutral, mixed", NEWS]),
    (NetScore, &["sentiment, mood, tone, net score, stimmung"]),
    (NetScore, &["score", "news, headline, net, sentiment"]),
    (
        Call,
        &["recommendation, recommend, recommended, rating, verdict, stance, call, empfehlung"],
    ),
    (Call, &["buy, sell, hold, buying, selling"]),
    (
        LastDay,
        &[
            "when, date, day, recent, old, fresh, as of, up to date, wann",
            "close, data, last, latest, price, analysis, report, recent, as of",
        ],
    ),
    (Currency, &["currency, dollar or, euro or, währung, denominated"]),
    (Ticker, &["ticker, symbol, kürzel"]),
    (
        Company,
        &[
            "company, firm, security, unternehmen, stock",
            "which, what, name, who, about",
        ],
    ),
    (
        Models,
        &["which model, what model, name of the model, model used, model ran, model wrote, model made"],
    ),
    (
        TrainedUntil,
        &[
            "trained, training, seen",
            "until, when, till, date, last, day, cutoff, cut",
        ],
    ),
    (Warnings, &["warning, caveat, remark, caution"]),
    (
        Context,
        &["context, window, history", "day, long, close, many, length, used"],
    ),
    (LastClose, &[PRICE]),
    (LastClose, &["last, latest, current", "close, price"]),
];

/// The topics of a question, each with the places of its words. A topic whose words all belong to a larger one is left out: "the
/// support level" does not ask for the close.
pub(super) fn topics(question: &Question, taken: &Places) -> Vec<Topic> {
    let found: Vec<(Topic, Places)> = ROWS
        .iter()
        .filter_map(|(topic, groups)| Some((*topic, question.takes(groups)?)))
        .filter(|(_, places)| !places.is_subset(taken))
        .collect();
    let mut topics = Vec::new();
    for (at, (topic, places)) in found.iter().enumerate() {
        let is_covered = found.iter().enumerate().any(|(other, (name, larger))| {
            name != topic && places.is_subset(larger) && (larger.len() > places.len() || other < at)
        });
        if !is_covered && !topics.contains(topic) {
            topics.push(*topic);
        }
    }
    // A price word beside anything else names what that is a price of.
    if topics.len() > 1
        && !question.has("last close, last price, current price, latest close, latest price, closing price")
    {
        topics.retain(|topic| *topic != LastClose);
    }
    topics
}

//! The phrases that name a topic, and how clearly each does. The only list of these words.

use super::topics::Topic;

/// Topics, how much worse their phrases are than a phrase that names its topic, and the phrases.
pub(super) const PHRASES: &[(Topic, f64, &str)] = &[
    (
        Topic::Close,
        0.0,
        "last close, latest close, most recent close, final close, closing price, closing level, closing value, \
         close, closed, closes, closing, last price, latest price, current price, share price, stock price, \
         market price, spot price, price of the stock, price per share, per share, trades at, trading at, \
         traded at, last traded, last trade, changed hands, changes hands, settled, settles, finished at, \
         finished, ended at, ended the day, ended the session, ended, last print, prints at, last tick, quoted at, priced at, last quote, current \
         level, today's price, current quote, last value, price tag, present price",
    ),
    (
        Topic::TrueClose,
        0.0,
        "true close, actual close, realised close, realized close, close came to, came to, actual price, true \
         price, actually closed, outcome, actual",
    ),
    (
        Topic::Median,
        0.0,
        "median, median forecast, forecast median, median path, midpoint, central forecast, central estimate, \
         central path, central value, central projection, point forecast, base case, middle path, middle of the \
         forecast, most likely price, middle of the distribution, fiftieth percentile, typical path, price \
         target, target price, target, projected path, forecast path, expected path, predicted path",
    ),
    (
        Topic::Forecast,
        0.3,
        "forecast, forecasts, forecasted, forecasting, forecaster, predict, predicts, predicted, prediction, \
         predictions, project, projects, projected, projection, projections, expect, expects, expected, \
         expectation, expected return, expected change, expected gain, expected move, expected loss, expected \
         decline, anticipates, anticipated, model, models, model's, outlook, foresees, sees, we see, envisages, points \
         to, implies, implied, simulation, simulations, simulated, seen reaching, seen at, is seen, \
         estimate, estimates, estimated, will reach, by the end of the horizon, end of the horizon, horizon, \
         reckons, calls for, looks for, pencils in, from the last close, on the last close, over the last \
         close, from the latest close, against the last close, relative to the last close, versus the last \
         close, from here, from today's level, from current levels, from the current price, from its last close",
    ),
    (
        Topic::Low,
        0.0,
        "lower bound, lower end, lower edge, lower limit, lower band, lower quantile, low quantile, lower \
         boundary, bottom of the band, bottom of the range, bottom end, bottom edge, low end, floor of the \
         band, downside case, worst case, bear case, pessimistic case, lower line, pessimistic scenario, \
         bearish case, bearish scenario, downside scenario, lower case, lowest decile, lowest tenth, bottom tenth, bottom decile, as low \
         as, low case, bottom, lower border, lower side, lower rim, first decile, lower one, lower half",
    ),
    (
        Topic::High,
        0.0,
        "upper bound, upper end, upper edge, upper limit, upper band, upper quantile, high quantile, upper \
         boundary, top of the band, top of the range, top end, top edge, high end, ceiling of the band, upside \
         case, best case, bull case, optimistic case, upper line, optimistic scenario, bullish case, bullish \
         scenario, upside scenario, upper case, highest decile, highest tenth, top tenth, top decile, as high as, high case, top, upper \
         border, upper side, upper rim, ninth decile, upper one, upper half",
    ),
    (
        Topic::Band,
        0.2,
        "band, range, interval, quantiles, corridor, cone, fan, bounds, percentiles, deciles, spread of \
         outcomes, spread, outcomes, scenarios, limits, paths lie, paths for, paths range, paths end, paths \
         run, envelope, bracket",
    ),
    (
        Topic::BandOf(50),
        0.0,
        "interquartile range, interquartile band, interquartile interval, middle half, central half, inner half, inner \
         band, inner range",
    ),
    (Topic::Upside, 0.3, "upside, upside potential, upside target"),
    (Topic::Downside, 0.3, "downside, downside risk, downside target"),
    (
        Topic::Support,
        0.0,
        "support, support level, support line, support zone, floor, supports, safety net, cushion",
    ),
    (
        Topic::Resistance,
        0.0,
        "resistance, resistance level, resistance line, resistance zone, ceiling, overhead barrier, barrier, hurdle, \
         lid",
    ),
    (
        Topic::Average(50),
        0.0,
        "short moving average, shorter moving average, short average, shorter average, short term average, \
         short term moving average, faster average, sma50, sma 50, ma50, short one, shorter one, medium term \
         average",
    ),
    (
        Topic::Average(200),
        0.0,
        "long moving average, longer moving average, long average, longer average, long term average, long term \
         moving average, slower average, sma200, sma 200, ma200, long one, longer one, long run average",
    ),
    (
        Topic::Average(0),
        0.5,
        "moving average, moving averages, average, averages, sma, smas",
    ),
    (
        Topic::Rsi,
        0.0,
        "rsi, relative strength index, relative strength, strength index, relative strength reading, \
         oscillator, momentum gauge, momentum oscillator, momentum indicator",
    ),
    (
        Topic::Volatility,
        0.0,
        "volatility, annualised volatility, annualized volatility, annual volatility, yearly volatility, \
         volatile, vol, annualised, annualized, price swings, swings, standard deviation",
    ),
    (
        Topic::Drawdown,
        0.0,
        "drawdown, highest close, highest closing price, highest price, high of the window, its high, the high, \
         recent high, its peak, the peak, peak, record high, all time high, its top, the top, window high, window's \
         high, previous high, earlier high, their high, their peak, highs, high water mark, period high, \
         highest level, highest point, drawn down, its highs",
    ),
    (
        Topic::Momentum,
        0.0,
        "12 month return without the last month, return without the last month, without the last month, \
         excluding the last month, excluding the most recent month, leaving out the last month, leave out the last month, strip out the last month, stripping out the last month, \
         setting aside the last month, leaving aside the last month, leaving the \
         last month out, skipping the last month, before the last month, before the last one, before the most \
         recent one, without the latest month, without the most recent month, excluding the latest month, last \
         month excluded, last month left out, the last month aside, not counting the last month, ignoring the \
         last month, apart from the last month, minus the last month, less the last month, momentum, 12 1 \
         month, twelve one month, eleven months, 12 1, most recent month excluded, latest month excluded",
    ),
    (
        Topic::Window(1),
        0.0,
        "in a day, over the day, last day of the month, last day of the week, final day of the month, final day of the week, \
         last session of the week, last session of the month, previous close, prior close, preceding close, on the day, single day, in one session, last day, past day, latest day, final day, daily, \
         last session, latest session, final session, most recent session, today, day before, previous session, \
         previous day, single session, session, day on day, since yesterday, from yesterday, yesterday, \
         overnight, last trading day, most recent day, most recent trading day, final trading day, latest \
         trading day, day over day",
    ),
    (Topic::Window(5), 0.0, "week, weekly, trading week"),
    (Topic::Window(21), 0.0, "month, monthly, trading month"),
    (Topic::Window(63), 0.0, "quarter, quarterly"),
    (
        Topic::Window(252),
        0.0,
        "year, yearly, annual, annually, twelvemonth, year to date, ytd",
    ),
    (
        Topic::TrueReturn,
        0.0,
        "true return, actual return, realised return, realized return, actual change, true change, actual move",
    ),
    (
        Topic::NetScore,
        0.0,
        "net score, net sentiment score, net sentiment, sentiment score, sentiment, mood, score, tone, news \
         score, sentiment index, sentiment reading",
    ),
    (
        Topic::Headlines,
        0.0,
        "headline, headlines, article, articles, stories, story, news items, news item, pieces of news, news \
         stories, titles, news reports, press reports",
    ),
    (
        Topic::Positive,
        0.0,
        "positive, positives, favourable, favorable, upbeat, optimistic, bullish, good, encouraging, positively",
    ),
    (
        Topic::Negative,
        0.0,
        "negative, negatives, unfavourable, unfavorable, downbeat, pessimistic, bearish, bad, critical, \
         discouraging, adverse, negatively",
    ),
    (
        Topic::Neutral,
        0.0,
        "neutral, neutrals, balanced, indifferent, neutrally, neither good nor bad, neither positive nor negative",
    ),
    (
        Topic::Paths,
        0.0,
        "path, paths, sample paths, samples, trajectories, draws, trajectory, simulated paths, runs",
    ),
    (
        Topic::Horizon,
        0.0,
        "trading days forecast, days forecast, forecast days, number of trading days, number of days, length of \
         the forecast",
    ),
    (
        Topic::PathsKept,
        0.0,
        "paths used, usable paths, paths kept, valid paths, accepted paths, kept, paths were used, paths were \
         kept, usable",
    ),
    (
        Topic::Turns,
        0.0,
        "touches, turns, turned, touched, tested, bounced, rebounded, tests, times, turn, touch, occasion, occasions, attempt, attempts",
    ),
    (
        Topic::Mae,
        0.0,
        "mean absolute error, mae, average absolute error, average error, mean error, typical error",
    ),
    (
        Topic::Rmse,
        0.0,
        "root mean squared error, root mean square error, rmse",
    ),
    (
        Topic::Mape,
        0.0,
        "mean absolute percentage error, mape, percentage error, average percentage error, mean percentage \
         error",
    ),
    (
        Topic::Naive,
        0.0,
        "naive forecast, naive one, naive, naive model, mean absolute error of the naive forecast, mean \
         absolute percentage error of the naive forecast, naive baseline, no change forecast, baseline, mae of \
         the naive forecast, mape of the naive forecast, naive mae, naive mape, naive error",
    ),
    (
        Topic::RightDirection,
        0.0,
        "right direction, directional accuracy, direction of the daily move was right, direction was right, \
         correct direction, got the direction right, direction right, direction of the day",
    ),
    (
        Topic::LargestError,
        0.0,
        "largest error, biggest error, worst error, largest miss, biggest miss, greatest error, maximum error",
    ),
    (
        Topic::InsideBand,
        0.0,
        "closes lay between, closes between, inside the band, within the band, between the quantiles, closes \
         lay, closes fell inside, closes stayed",
    ),
    (
        Topic::Cross,
        0.0,
        "crossed above, crossed below, golden cross, death cross, crossed over, crossed under, crossed, \
         crossover, crossing, cross",
    ),
    (
        Topic::Costs,
        0.0,
        "costs, cost, costs of a trade, costs of trading, trading costs, transaction costs, costs of buying and selling once, round \
         trip, commission, commissions",
    ),
    (
        Topic::Stock,
        4.0,
        "stock, shares, share, quote, price, prices, company, security, equity, it, ticker, they",
    ),
];

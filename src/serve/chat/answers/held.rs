//! What an analysis never holds, and how a question that asks for a fact begins.

use super::question::Question;
use crate::analysis::Analysis;

/// Things that people ask an analyst for and that no analysis here holds, with the words they are asked by.
const NEVER: &[(&str, &str)] = &[
    (
        "valuation ratios",
        "p/e, pe ratio, price to earning, price earning, p/b, price to book, p/s, price to sale, peg, ev/ebitda, \
         multiple, valuation, fair value, intrinsic value, kgv",
    ),
    (
        "earnings",
        "eps, earning, earning per share, net income, profit, ebitda, ebit, margin, gewinn",
    ),
    ("dividends", "dividend, payout, yield, ex date, dividende"),
    ("revenue", "revenue, turnover, umsatz, sale, sold, shipment"),
    (
        "the market's value of the company",
        "market cap, market capitalisation, market capitalization, enterprise value, capitalisation, capitalization",
    ),
    (
        "people of the company",
        "ceo, cfo, coo, chairman, chairwoman, founder, founded, director, board, management, boss, who run, who lead",
    ),
    (
        "staff and places of the company",
        "employee, headquarter, headquartered, located, workforce, staff, office",
    ),
    ("competitors", "competitor, rival, peer, competition, konkurrent"),
    ("the sector", "sector, industry, branche"),
    (
        "balance sheet figures",
        "debt, cash flow, cash, balance sheet, book value, asset, liability, equity ratio, leverage, free cash",
    ),
    (
        "risk measures of other kinds",
        "beta, sharpe, sortino, alpha, value at risk, correlation, var",
    ),
    (
        "shares and owners",
        "share outstanding, float, shareholder, insider, institutional, short interest, short ratio, ownership, own \
         the most, buyback, split",
    ),
    (
        "other analysts' views",
        "analyst consensus, consensus, wall street, morningstar, moody, analyst rating, other analyst, street target, \
         credit rating",
    ),
    (
        "options data",
        "implied volatility, option chain, call option, put option, put call, open interest, strike, gamma",
    ),
    (
        "that indicator",
        "macd, bollinger, stochastic, fibonacci, ichimoku, adx, atr, obv, vwap, cci, williams, parabolic",
    ),
    (
        "prices within a day",
        "intraday, open price, opening price, open at, opened, after hour, pre market, premarket, bid, ask price, \
         high of the day, day high, day low, vwap",
    ),
    (
        "the 52-week range",
        "52 week, fifty two week, all time high, all time low, record high, ath",
    ),
    (
        "the economy",
        "interest rate, inflation, fed, gdp, unemployment, treasury, bond yield, oil price, gold, bitcoin, exchange \
         rate, weather",
    ),
    (
        "company news to come",
        "guidance, next earning, earning date, earning call, quarterly result, annual report, fiscal year, product \
         launch, ipo, acquisition, merger",
    ),
    (
        "other companies and indices",
        "s&p, nasdaq, dow jone, dax, index level, market index",
    ),
];

/// Words by which a question asks for a reason, an opinion or a text.
const OPEN: &str = "why, explain, explanation, meaning, think, opinion, summarise, summarize, summary, argue, reason, reasoning, \
    what if, how come, tell me more, elaborate, advise, convince, pro and con, rewrite, translate, warum, \
    erkläre, because";

/// Words of courtesy and of form.
const ASIDE: &str = "thank, hello, hi, help, shorter, simple word, danke";

/// Words by which a question asks for a fact.
const FACT: &str = "what, how much, how many, how high, how low, how far, how big, how large, how often, how long, how old, \
    when, which, who, where, give me, tell me, show me, show, state, list, name, is, was, did, does, has, value, \
    wie, wann, welche, welcher, wo, wer, nenne";

/// The thing that a question asks for and that no analysis holds.
pub(super) fn never_held(question: &Question) -> Option<&'static str> {
    NEVER
        .iter()
        .find(|(_, words)| question.has(words))
        .map(|(thing, _)| *thing)
}

/// Whether a question asks for a reason, an opinion or a text.
pub(super) fn asks_for_words(question: &Question) -> bool {
    let is_mean = question.takes(&["mean", "close, price"]).is_some();
    question.has(OPEN) || (question.has("mean") && !is_mean)
}

/// Whether a question asks for a fact rather than for a reason, an opinion or a text.
pub(super) fn asks_for_a_fact(question: &Question) -> bool {
    !question.has(ASIDE) && (question.has(FACT) || question.words().len() <= 3)
}

/// Says that the analysis does not hold a thing, and what it holds.
pub(super) fn not_held(thing: &str, analysis: &Analysis) -> String {
    let company = analysis
        .company
        .as_deref()
        .unwrap_or(&analysis.ticker)
        .trim_end_matches('.');
    let mut holds = vec![
        "closes",
        "returns",
        "averages",
        "volatility",
        "RSI",
        "support and resistance",
    ];
    if analysis.forecast.is_some() {
        holds.push("a forecast");
    }
    if analysis
        .sentiment
        .as_ref()
        .is_some_and(|news| !news.headlines.is_empty())
    {
        holds.push("labelled headlines");
    }
    let last = holds.pop().unwrap_or_default();
    let what = if thing == "that" {
        "The answer is".to_owned()
    } else {
        format!("It says nothing of {thing}: that is")
    };
    format!(
        "{what} not in this analysis of {company}. It holds {} and {last}, as of {}.",
        holds.join(", "),
        analysis.as_of
    )
}

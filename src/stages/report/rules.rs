//! What code says in a report: a job and its facts come in, the five sections with true sentences go out. They open the sections of
//! a report that a model writes, and are the whole of one that no model writes.

use super::frame::Section;
use super::locales::wording;
use super::phrasing::Phrasing;
use super::readings::{FLAT, mood};
use super::wording::{Among, CompanyData, Counted, Indicators, Move, Strength, Wording};
use crate::analysis::{Counts, ScoredHeadline, Sentiment};
use crate::grounding::{Call, Fact, Locale, Stance};
use crate::stages::in_flight::InFlight;

/// The sections of a job's report, in the job's language.
pub(super) fn sections(job: &InFlight, facts: &[Fact], stance: &Stance) -> Vec<Section> {
    let locale = job.job.options.language;
    let words = wording(locale);
    let facts = &locale.facts(facts);
    let said = Said {
        job,
        facts,
        stance,
        words,
        phrasing: Phrasing::of(job),
    };
    let section = |title, lead: Option<String>, more: Vec<Option<String>>, asked| Section {
        title,
        lead: lead.unwrap_or_default(),
        more: more.into_iter().flatten().collect(),
        asked,
    };
    let context = said.context();
    let has_context = context.is_some();
    let [summary, market, risks, recommendation, conclusion] = words.titles();
    vec![
        section(
            summary,
            said.close(),
            vec![said.month(), said.outlook(), Some(said.call())],
            true,
        ),
        section(
            market,
            context.or_else(|| Some(words.too_short().to_owned())),
            vec![said.averages(), said.strength(), said.liveliness(), said.company_data()],
            has_context,
        ),
        section(
            risks,
            Some(said.range()),
            vec![said.reliability(), said.swings(), said.levels()],
            true,
        ),
        section(
            recommendation,
            Some(format!(
                "**{}.** {}",
                words.call_printed(stance.call),
                stance.because.join(" ")
            )),
            vec![Some(said.basis())],
            // There is nothing to phrase around a call that is not made.
            stance.call != Call::None,
        ),
        section(
            conclusion,
            Some(said.news()),
            vec![said.mood(), Some(said.next())],
            true,
        ),
    ]
}

/// A summary of the headlines without a word of theirs: how many there are of each label, and which stand out, by number.
pub(super) fn summary(sentiment: &Sentiment, locale: Locale) -> String {
    let words = wording(locale);
    let lean = |headline: &ScoredHeadline| headline.probabilities.positive - headline.probabilities.negative;
    let extreme = |sign: f64| {
        let leans = sentiment.headlines.iter().map(|headline| sign * lean(headline));
        let most = leans
            .enumerate()
            .max_by(|one, other| one.1.total_cmp(&other.1).then(other.0.cmp(&one.0)));
        most.filter(|(_, lean)| *lean > 0.0).map(|(index, _)| index + 1)
    };
    let mut sentences = vec![words.counted(counted(sentiment)), words.mood(mood(sentiment))];
    let (best, worst) = (extreme(1.0), extreme(-1.0));
    if best.is_some() || worst.is_some() {
        sentences.push(words.standing_out(best, worst));
    }
    sentences.join(" ")
}

fn counted(sentiment: &Sentiment) -> Counted {
    let Counts {
        positive,
        negative,
        neutral,
    } = sentiment.counts;
    Counted {
        all: sentiment.headlines.len(),
        positive,
        negative,
        neutral,
    }
}

struct Said<'a> {
    job: &'a InFlight,
    /// The facts in the notation of the language.
    facts: &'a [Fact],
    stance: &'a Stance,
    words: &'static dyn Wording,
    phrasing: Phrasing,
}

/// Each sentence, or `None` where a fact it needs is missing.
impl Said<'_> {
    fn value(&self, key: &str) -> Option<&str> {
        let fact = self.facts.iter().find(|fact| fact.id == key);
        fact.map(|fact| fact.value.as_str())
    }

    fn close(&self) -> Option<String> {
        let (close, day) = (self.value("last_close")?, self.value("as_of")?);
        Some(self.words.close(self.job.company(), close, day))
    }

    fn month(&self) -> Option<String> {
        let (change, printed) = (self.job.stats.return_21d?, self.value("return_21d")?);
        let moved = match change {
            change if change > FLAT => Move::Up,
            change if change < -FLAT => Move::Down,
            _ => Move::Flat,
        };
        Some(self.phrasing.pick(1, self.words.month(moved, printed)))
    }

    fn outlook(&self) -> Option<String> {
        let Some(day) = self.value("forecast_date") else {
            return Some(self.words.no_forecast().to_owned());
        };
        let (median, expected) = (self.value("median")?, self.value("expected_return")?);
        Some(self.phrasing.pick(2, self.words.outlook(day, median, expected)))
    }

    fn call(&self) -> String {
        self.phrasing.pick(3, self.words.call(self.stance.call))
    }

    fn context(&self) -> Option<String> {
        let indicators = Indicators {
            return_5d: self.value("return_5d"),
            return_21d: self.value("return_21d"),
            volatility: self.value("volatility"),
            rsi: self.value("rsi"),
        };
        let some = [
            indicators.return_5d,
            indicators.return_21d,
            indicators.volatility,
            indicators.rsi,
        ];
        some.iter().any(Option::is_some).then(|| self.words.context(indicators))
    }

    fn averages(&self) -> Option<String> {
        let (short, long) = (self.value("sma_50")?, self.value("sma_200")?);
        let close = self.job.last_close();
        let at = match (close > self.job.stats.sma_50?, close > self.job.stats.sma_200?) {
            (true, true) => Among::Above,
            (false, false) => Among::Below,
            _ => Among::Between,
        };
        let above = self.job.stats.sma_50_above_200?;
        Some(self.phrasing.pick(4, self.words.averages(short, long, above, at)))
    }

    fn strength(&self) -> Option<String> {
        Some(self.words.strength(match self.job.stats.rsi_14? {
            index if index >= 70.0 => Strength::Overbought,
            index if index <= 30.0 => Strength::Oversold,
            _ => Strength::Neither,
        }))
    }

    fn liveliness(&self) -> Option<String> {
        Some(self.words.liveliness(self.job.stats.volatility_class?))
    }

    fn company_data(&self) -> Option<String> {
        let data = CompanyData {
            sector: self.value("sector"),
            industry: self.value("industry"),
            market_cap: self.value("market_cap"),
            price_earnings: self.value("price_earnings"),
            dividend_yield: self.value("dividend_yield"),
            next_earnings: self.value("next_earnings"),
        };
        let sentences = self.words.company_data(self.job.company(), data);
        (!sentences.is_empty()).then(|| sentences.join(" "))
    }

    fn range(&self) -> String {
        let range = || {
            let (day, low, high) = (self.value("forecast_date")?, self.value("low")?, self.value("high")?);
            Some(self.words.range(day, low, high))
        };
        range().unwrap_or_else(|| self.words.no_range().to_owned())
    }

    fn reliability(&self) -> Option<String> {
        let forecast = self.job.forecast.as_ref()?;
        let horizon = self.value("horizon")?;
        Some(if forecast.reliable {
            self.phrasing.pick(5, self.words.reliable())
        } else {
            self.phrasing.pick(6, self.words.not_reliable(horizon))
        })
    }

    fn swings(&self) -> Option<String> {
        let volatility = self.value("volatility")?;
        match self.value("drawdown") {
            Some(drawdown) if self.job.stats.drawdown.is_some_and(|depth| depth < 0.0) => {
                Some(self.phrasing.pick(7, self.words.drawdown(volatility, drawdown)))
            }
            _ => Some(self.words.swings(volatility)),
        }
    }

    fn levels(&self) -> Option<String> {
        let (support, resistance) = (self.value("support"), self.value("resistance"));
        (support.is_some() || resistance.is_some()).then(|| self.words.levels(support, resistance))
    }

    fn basis(&self) -> String {
        match (self.stance.call, self.value("as_of")) {
            (Call::None, _) | (_, None) => self.words.no_basis().to_owned(),
            (_, Some(day)) => self.words.basis(day),
        }
    }

    fn news(&self) -> String {
        match &self.job.sentiment {
            None => self.words.news_not_read().to_owned(),
            Some(sentiment) if sentiment.headlines.is_empty() && !sentiment.unread.is_empty() => {
                self.words.news_not_read().to_owned()
            }
            Some(sentiment) if sentiment.headlines.is_empty() => self.words.no_headlines().to_owned(),
            Some(sentiment) => self.words.counted(counted(sentiment)),
        }
    }

    fn mood(&self) -> Option<String> {
        let sentiment = self.job.sentiment.as_ref()?;
        let score = self.value("net_score").filter(|_| !sentiment.headlines.is_empty())?;
        Some(self.phrasing.pick(8, self.words.mood_scored(mood(sentiment), score)))
    }

    fn next(&self) -> String {
        let watch = || {
            let (low, high) = (self.value("middle_low")?, self.value("middle_high")?);
            let day = self.value("forecast_date")?;
            Some(self.phrasing.pick(9, self.words.next(day, low, high)))
        };
        watch().unwrap_or_else(|| self.words.nothing_next().to_owned())
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;

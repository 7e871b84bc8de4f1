//! A random table of facts with its headlines, and the figures in it written in many notations.

use chrono::{Datelike, Days, NaiveDate};
use tripod::grounding::{Call, Fact, Unit};

use crate::random::Random;

pub struct World {
    pub facts: Vec<Fact>,
    pub headlines: Vec<String>,
    pub company: String,
    pub ticker: String,
    /// The company without its legal form.
    pub short: String,
    pub call: Call,
}

/// Companies, their tickers and a headline subject.
const COMPANIES: &str = "Apple Inc.:AAPL|Microsoft Corporation:MSFT|International Business Machines:IBM|Nordwind AG:NWD|Harbor Foods Co.:HFC|Kestrel Energy plc:KSTL|Lumen & Daughters Ltd.:LUMD|Vantor Systems:VTR";

const TITLES: &str = "{C} shares edge higher as investors weigh a larger dividend|Supplier cuts output of {C} parts after weak orders|Regulators open an inquiry into {C} contracts|{C} names Clara Osei as chief financial officer|Brokers raise targets for {C} after strong subscriptions|Strike at Rotterdam port delays {C} shipments|{C} unveils the Meridian 4 tablet in Lisbon|Court dismisses patent claim against {C}|{C} to repurchase stock worth billions|Rival Tessaract Labs gains ground on {C}";

impl World {
    pub fn new(random: &mut Random) -> World {
        let (company, ticker) = random.pick(COMPANIES).split_once(':').unwrap();
        let short = company
            .trim_end_matches(" Inc.")
            .trim_end_matches(" Corporation")
            .trim_end_matches(" AG")
            .trim_end_matches(" Co.")
            .trim_end_matches(" plc")
            .trim_end_matches(" Ltd.")
            .to_owned();
        let close = random.within(12.0, 480.0);
        let change = |random: &mut Random, most: f64| {
            let size = random.within(0.6, most);
            if random.coin() { size } else { -size }
        };
        let expected = change(random, 9.0);
        let (negative, positive, neutral) = (1 + random.below(6), 1 + random.below(6), 1 + random.below(5));
        let as_of = NaiveDate::from_ymd_opt(
            2009 + random.below(12) as i32,
            1 + random.below(12) as u32,
            1 + random.below(28) as u32,
        )
        .unwrap();
        let horizon = [10, 15, 20, 30, 40][random.below(5)];
        let forecast_date = as_of + Days::new(horizon as u64 * 7 / 5 + 1);
        let cross = as_of - Days::new(40 + random.below(120) as u64);
        let golden = random.coin();
        let median = close * (1.0 + expected / 100.0);
        let paths = [64, 128, 200, 256][random.below(4)];
        let mut facts = Facts(Vec::new());
        facts.date("as_of", "Date of the last close", as_of);
        facts.price("last_close", "Last close", close);
        facts.date("forecast_date", "Last day of the forecast", forecast_date);
        facts.count("horizon", "Trading days forecast", horizon);
        facts.price("median", "Median forecast on that day", median);
        facts.price("low", "10% quantile on that day", median * random.within(0.75, 0.93));
        facts.price("high", "90% quantile on that day", median * random.within(1.08, 1.3));
        facts.change("expected_return", "Expected return to that day", expected);
        facts.count("paths_kept", "Sample paths used", paths - random.below(9));
        facts.count("paths", "Sample paths drawn", paths);
        for (id, label, most) in [
            ("return_1d", "1-day return", 4.0),
            ("return_5d", "5-day return", 9.0),
            ("return_21d", "21-day return", 16.0),
            ("momentum", "12-month return without the last month", 45.0),
        ] {
            let value = change(random, most);
            facts.change(id, label, value);
        }
        facts.change(
            "drawdown",
            "Below the highest close of the window",
            -random.within(2.0, 50.0),
        );
        facts.push(
            "volatility",
            "Volatility a year",
            |value| format!("{value:.1}%"),
            random.within(12.0, 70.0),
            Unit::Percent,
        );
        facts.push(
            "rsi",
            "Relative strength index (14-day RSI)",
            |value| format!("{value:.1}"),
            random.within(15.0, 85.0),
            Unit::Index,
        );
        facts.price("sma_50", "50-day moving average", close * random.within(0.8, 1.25));
        facts.price("sma_200", "200-day moving average", close * random.within(0.7, 1.4));
        let label = if golden {
            "Day the 50-day average crossed above the 200-day one"
        } else {
            "Day the 50-day average crossed below the 200-day one"
        };
        facts.date("sma_cross", label, cross);
        facts.price("support", "Support", close * random.within(0.78, 0.97));
        facts.count("support_touches", "Turns at the support", 2 + random.below(4));
        facts.price("resistance", "Resistance", close * random.within(1.03, 1.3));
        facts.count("resistance_touches", "Turns at the resistance", 2 + random.below(4));
        facts.count("headlines", "Headlines", positive + negative + neutral);
        facts.count("positive", "Positive headlines", positive);
        facts.count("negative", "Negative headlines", negative);
        facts.count("neutral", "Neutral headlines", neutral);
        let score = random.within(-0.6, 0.6);
        facts.push(
            "net_score",
            "Net sentiment score (-1 to 1)",
            |value| format!("{value:+.2}"),
            score,
            Unit::Score,
        );
        let mut titles: Vec<&str> = TITLES.split('|').collect();
        let headlines = (0..5)
            .map(|_| titles.remove(random.below(titles.len())).replace("{C}", &short))
            .collect();
        World {
            facts: facts.0,
            headlines,
            company: company.to_owned(),
            ticker: ticker.to_owned(),
            short,
            call: [Call::Buy, Call::Hold, Call::Sell][random.below(3)],
        }
    }

    pub fn fact(&self, id: &str) -> &Fact {
        self.facts
            .iter()
            .find(|fact| fact.id == id)
            .unwrap_or_else(|| panic!("no fact {id}"))
    }

    pub fn number(&self, id: &str) -> f64 {
        self.fact(id).number
    }

    pub fn day(&self, id: &str) -> NaiveDate {
        self.fact(id).value.parse().unwrap()
    }
}

struct Facts(Vec<Fact>);

impl Facts {
    fn push(&mut self, id: &'static str, label: &str, print: impl Fn(f64) -> String, number: f64, unit: Unit) {
        self.0.push(Fact::new(id, label, print(number), number, unit));
    }

    fn price(&mut self, id: &'static str, label: &str, number: f64) {
        self.push(id, label, |value| format!("${value:.2}"), number, Unit::Price);
    }

    fn change(&mut self, id: &'static str, label: &str, number: f64) {
        self.push(id, label, |value| format!("{value:+.1}%"), number, Unit::Change);
    }

    fn count(&mut self, id: &'static str, label: &str, number: usize) {
        self.push(id, label, |value| format!("{value}"), number as f64, Unit::Count);
    }

    fn date(&mut self, id: &'static str, label: &str, date: NaiveDate) {
        self.push(
            id,
            label,
            |_| date.to_string(),
            f64::from(date.num_days_from_ce()),
            Unit::Date,
        );
    }
}

/// The table of the demo, with four headlines; the call is to hold.
pub fn demo() -> World {
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let mut facts = Facts(Vec::new());
    facts.date("as_of", "Date of the last close", day("2013-03-01"));
    facts.price("last_close", "Last close", 56.14);
    facts.date("forecast_date", "Last day of the forecast", day("2013-04-15"));
    facts.count("horizon", "Trading days forecast", 30);
    facts.price("median", "Median forecast on that day", 57.69);
    facts.price("low", "10% quantile on that day", 49.46);
    facts.price("high", "90% quantile on that day", 66.60);
    facts.change("expected_return", "Expected return to that day", 2.76);
    facts.count("paths_kept", "Sample paths used", 256);
    facts.count("paths", "Sample paths drawn", 256);
    facts.change("return_1d", "1-day return", -2.48);
    facts.change("return_5d", "5-day return", -4.5);
    facts.change("return_21d", "21-day return", -5.2);
    facts.change("momentum", "12-month return without the last month", -13.9);
    facts.change("drawdown", "Below the highest close of the window", -38.0);
    facts.push(
        "volatility",
        "Volatility a year",
        |value| format!("{value:.1}%"),
        26.9,
        Unit::Percent,
    );
    facts.push(
        "rsi",
        "Relative strength index (14-day RSI)",
        |value| format!("{value:.1}"),
        33.3,
        Unit::Index,
    );
    facts.price("sma_50", "50-day moving average", 63.01);
    facts.price("sma_200", "200-day moving average", 74.31);
    facts.date(
        "sma_cross",
        "Day the 50-day average crossed below the 200-day one",
        day("2012-12-10"),
    );
    facts.price("resistance", "Resistance", 79.37);
    facts.count("resistance_touches", "Turns at the resistance", 2);
    facts.count("headlines", "Headlines", 11);
    facts.count("positive", "Positive headlines", 4);
    facts.count("negative", "Negative headlines", 3);
    facts.count("neutral", "Neutral headlines", 4);
    facts.push(
        "net_score",
        "Net sentiment score (-1 to 1)",
        |value| format!("{value:+.2}"),
        0.08,
        Unit::Score,
    );
    let headlines = [
        "Apple shares edge higher as investors weigh the case for a larger dividend",
        "Supplier reports weaker orders for iPhone 5 screens",
        "Tim Cook defends cash pile at shareholder meeting",
        "Samsung gains ground in smartphones",
    ];
    World {
        facts: facts.0,
        headlines: headlines.iter().map(|title| (*title).to_owned()).collect(),
        company: "Apple Inc.".to_owned(),
        ticker: "AAPL".to_owned(),
        short: "Apple".to_owned(),
        call: Call::Hold,
    }
}

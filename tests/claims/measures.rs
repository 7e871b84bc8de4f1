//! Statements about what can be measured: figures, dates, directions, comparisons, counts; each with an error planted in it.

use chrono::{Datelike, Days};

use crate::measured::Pair;
use crate::random::Random;
use crate::statements::{count as count_in_words, day, joined, price, sentence, size, words};
use crate::world::World;

/// The facts that are prices, and what they are called.
const PRICES: [(&str, &str); 8] = [
    (
        "last_close",
        "the last close|the closing price|the latest close|the most recent close|the share price|the stock's last price",
    ),
    (
        "median",
        "the median forecast|the model's median|the midpoint of the forecast|the central path|the median target",
    ),
    (
        "low",
        "the 10% quantile|the lower end of the band|the lower bound of the forecast|the 10th percentile",
    ),
    (
        "high",
        "the 90% quantile|the upper end of the band|the upper bound of the forecast|the 90th percentile",
    ),
    (
        "sma_50",
        "the 50-day moving average|the 50-day average|the SMA50|its 50-day SMA|the 50 DMA",
    ),
    (
        "sma_200",
        "the 200-day moving average|the 200-day average|the SMA 200|its 200-day line average|the long-term average",
    ),
    ("support", "support|the support level|the nearest support|the floor"),
    (
        "resistance",
        "resistance|the resistance level|the nearest resistance|the ceiling",
    ),
];

/// The returns that have passed, and their windows in words.
const WINDOWS: [(&str, &str); 4] = [
    (
        "return_1d",
        "on the day|in a single session|over one day|in the last session",
    ),
    (
        "return_5d",
        "over five days|in the past week|over the last 5 trading days|in a week|during the last five sessions",
    ),
    (
        "return_21d",
        "over the last month|in a month|over 21 trading days|during the past month",
    ),
    (
        "momentum",
        "over the twelve months before the last one|over 12 months without the last month|in the year excluding the most recent month",
    ),
];

const FALLS: &str = "fell|dropped|declined|slipped|slumped|lost|shed|retreated|slid|tumbled|sank|eased|went down";
const RISES: &str = "rose|gained|climbed|advanced|added|rallied|jumped|increased|went up|appreciated|picked up";

fn is(random: &mut Random) -> &'static str {
    random.pick("is|stands at|comes to|sits at|is at|lies at|was|amounts to")
}

fn named_price(random: &mut Random, id: usize, written: &str) -> String {
    let name = random.pick(PRICES[id].1);
    match random.below(4) {
        0 => format!("{name} of {written} matters to chartists"),
        1 if !name.contains("its") => format!("at {written}, {name} is worth a look"),
        _ => format!("{name} {} {written}", is(random)),
    }
}

fn moved(random: &mut Random, world: &World, change: f64) -> String {
    let who = random
        .pick("the stock|the price|the shares|it|{C}")
        .replace("{C}", &world.short);
    let verb = random.pick(if change < 0.0 { FALLS } else { RISES });
    format!("{who} {verb}")
}

fn change(random: &mut Random, world: &World, place: usize, value: f64) -> String {
    let (window, written) = (random.pick(WINDOWS[place].1), size(random, value));
    let noun = if value < 0.0 {
        random.pick("decline|drop|loss|fall")
    } else {
        random.pick("gain|rise|increase|advance")
    };
    match random.below(4) {
        0 => format!("{window}, {} {written}", moved(random, world, value)),
        1 => format!("{} by {written} {window}", moved(random, world, value)),
        2 => format!("there was a {noun} of {written} {window}"),
        _ => format!("{} {written} {window}", moved(random, world, value)),
    }
}

/// A value that no rounding brings back.
fn wrong(random: &mut Random, value: f64) -> f64 {
    let off = random.within(0.06, 0.4);
    let other = if random.coin() {
        value * (1.0 + off)
    } else {
        value * (1.0 - off)
    };
    if (other - value).abs() < 0.25 {
        value + 1.7 * value.signum()
    } else {
        other
    }
}

/// A figure with a wrong value, beside a right one in half of the sentences.
pub fn number(random: &mut Random, world: &World) -> Pair {
    let kind = random.below(8);
    let (value, id) = match kind {
        0..3 => {
            let place = random.below(PRICES.len());
            (world.number(PRICES[place].0), place)
        }
        3..5 => {
            let place = random.below(WINDOWS.len());
            (world.number(WINDOWS[place].0), place)
        }
        5 => (world.number("rsi"), 0),
        6 => (world.number("volatility"), 0),
        _ => (world.number("drawdown"), 0),
    };
    let other = wrong(random, value);
    let mut same = Random::new(&format!("{value}"));
    let mut again = Random::new(&format!("{value}"));
    let say = |random: &mut Random, value: f64| match kind {
        0..3 => {
            let written = price(random, value);
            named_price(random, id, &written)
        }
        3..5 => change(random, world, id, value),
        5 => {
            let written = match random.below(3) {
                0 => format!("{value:.0}"),
                1 => format!("{value:.1}").replace('.', ","),
                _ => format!("{value:.1}"),
            };
            let name = random.pick("the RSI|the 14-day RSI|RSI(14)|the relative strength index");
            format!("{name} {} {written}", is(random))
        }
        6 => {
            let written = size(random, value);
            random.pick("volatility is {V} a year|annualised volatility stands at {V}|the yearly volatility comes to {V}|at {V} a year, volatility deserves respect").replace("{V}", &written)
        }
        _ => {
            let written = size(random, value);
            random.pick("the price is {V} below its high|the drawdown is {V}|the stock trades {V} under its highest close|the shares are {V} off their peak").replace("{V}", &written)
        }
    };
    let (clean, planted) = (say(&mut same, value), say(&mut again, other));
    beside(random, world, clean, planted)
}

/// Both statements alone, or both beside the same true one.
fn beside(random: &mut Random, world: &World, clean: String, planted: String) -> Pair {
    if random.coin() {
        return Pair {
            clean: sentence(&clean),
            planted: sentence(&planted),
        };
    }
    let place = random.below(PRICES.len());
    let written = price(random, world.number(PRICES[place].0));
    let beside = format!("{} {} {written}", random.pick(PRICES[place].1), is(random));
    let seed = format!("{}", random.below(1_000_000));
    Pair {
        clean: joined(&mut Random::new(&seed), &clean, &beside),
        planted: joined(&mut Random::new(&seed), &planted, &beside),
    }
}

/// A figure of one fact said of another.
pub fn swap(random: &mut Random, world: &World) -> Pair {
    if random.coin() {
        let one = random.below(PRICES.len());
        let mut other = random.below(PRICES.len());
        while other == one || (world.number(PRICES[one].0) / world.number(PRICES[other].0) - 1.0).abs() < 0.02 {
            other = (other + 1) % PRICES.len();
            if other == one {
                other = (one + 1) % PRICES.len();
                break;
            }
        }
        let (right, taken) = (world.number(PRICES[one].0), world.number(PRICES[other].0));
        let (a, b) = (format!("${right:.2}"), format!("${taken:.2}"));
        let name = random.pick(PRICES[one].1);
        let say = |written: &str, form: usize| match form {
            0 => sentence(&format!("{name} stands at {written}")),
            1 => sentence(&format!("with {name} at {written}, the picture is not clear")),
            2 => sentence(&format!("watch {written}, {name}")),
            _ => sentence(&format!("{name} ({written}) is the level to watch")),
        };
        let form = random.below(4);
        return Pair {
            clean: say(&a, form),
            planted: say(&b, form),
        };
    }
    let one = random.below(WINDOWS.len());
    let mut other = (one + 1 + random.below(WINDOWS.len() - 1)) % WINDOWS.len();
    while (world.number(WINDOWS[one].0) - world.number(WINDOWS[other].0)).abs() < 0.3 && other != one {
        other = (other + 1) % WINDOWS.len();
    }
    if other == one {
        other = (one + 1) % WINDOWS.len();
    }
    let window = random.pick(WINDOWS[one].1);
    let say = |random: &mut Random, value: f64| {
        let figure = format!("{:.1}%", value.abs());
        let verb = moved(random, world, value);
        sentence(&format!("{verb} {figure} {window}"))
    };
    Pair {
        clean: say(random, world.number(WINDOWS[one].0)),
        planted: say(random, world.number(WINDOWS[other].0)),
    }
}

/// A wrong day, in the wrong role, or a wrong span.
pub fn date(random: &mut Random, world: &World) -> Pair {
    let (as_of, end, horizon) = (
        world.day("as_of"),
        world.day("forecast_date"),
        world.number("horizon") as usize,
    );
    match random.below(5) {
        0 | 1 => {
            let form = random.pick("{C} closed at {P} on {D}|the last close, on {D}, was {P}|as of {D}, the last close is {P}|prices up to {D} were used, and the close is {P}");
            let form = form
                .replace("{C}", &world.short)
                .replace("{P}", &world.fact("last_close").value);
            let wrong = match random.below(3) {
                0 => end,
                1 => as_of - Days::new(3 + random.below(60) as u64),
                _ => as_of.with_year(as_of.year() - 1).unwrap_or(as_of - Days::new(366)),
            };
            let seed = format!("{}", random.below(99_999));
            let say = |date| sentence(&form.replace("{D}", &whole_day(&mut Random::new(&seed), date)));
            Pair {
                clean: say(as_of),
                planted: say(wrong),
            }
        }
        2 | 3 => {
            let form = random.pick("the median forecast for {D} is {P}|by {D} the model expects {P}|the forecast ends on {D} with a median of {P}|on {D}, the median path reaches {P}|the model's projection for {D} is {P}");
            let form = form.replace("{P}", &world.fact("median").value);
            let wrong = if random.coin() {
                as_of
            } else {
                end + Days::new(2 + random.below(80) as u64)
            };
            let seed = format!("{}", random.below(99_999));
            let say = |date| sentence(&form.replace("{D}", &whole_day(&mut Random::new(&seed), date)));
            Pair {
                clean: say(end),
                planted: say(wrong),
            }
        }
        _ => {
            let form = random.pick("the forecast covers the next {N} trading days|over the coming {N} trading days, the outlook is uncertain|the model looks {N} trading days ahead|the {N}-day forecast is uncertain|the horizon is {N} trading days");
            let other = [5, 7, 25, 45, 60, 90][random.below(6)];
            let seed = format!("{}", random.below(99_999));
            let say = |days: usize| {
                let mut random = Random::new(&seed);
                sentence(&form.replace(
                    "{N}",
                    &if form.contains("-day") {
                        days.to_string()
                    } else {
                        count_in_words(&mut random, days)
                    },
                ))
            };
            Pair {
                clean: say(horizon),
                planted: say(other),
            }
        }
    }
}

/// A day with its year, so that a wrong year shows.
fn whole_day(random: &mut Random, date: chrono::NaiveDate) -> String {
    for _ in 0..20 {
        let written = day(random, date);
        if written.contains(&date.year().to_string()) {
            return written;
        }
    }
    date.to_string()
}

/// A rise for a fall.
pub fn direction(random: &mut Random, world: &World) -> Pair {
    let forecast = random.below(3) == 0;
    let (value, form) = if forecast {
        (world.number("expected_return"), "the forecast points {W}|the model expects the price to {V}|the median path heads {W}|the price is expected to {V}|the forecast is {B}|the model's outlook is {B}".to_owned())
    } else {
        let place = random.below(WINDOWS.len());
        let window = random.pick(WINDOWS[place].1);
        (
            world.number(WINDOWS[place].0),
            format!(
                "{{C}} {{M}} {window}|the stock {{M}} {window}|{window}, the shares {{M}}|the price {{M}} {window}|{window}, {{C}} {{M}}|the stock has {{P}} {window}|the {{N}} {window} is notable"
            ),
        )
    };
    let form = random.pick(&form).replace("{C}", &world.short);
    let mut say = |up: bool| {
        let pick =
            |random: &mut Random, rises: &str, falls: &str| random.pick(if up { rises } else { falls }).to_owned();
        sentence(
            &form
                .replace("{W}", &pick(random, "up|higher|upwards", "down|lower|downwards"))
                .replace(
                    "{V}",
                    &pick(
                        random,
                        "rise|climb|gain|move higher|increase",
                        "fall|decline|drop|move lower|slip",
                    ),
                )
                .replace("{B}", &pick(random, "bullish", "bearish"))
                .replace("{M}", &pick(random, RISES, FALLS))
                .replace(
                    "{P}",
                    &pick(
                        random,
                        "risen|gained|climbed|advanced|rallied",
                        "fallen|lost ground|declined|dropped|slipped",
                    ),
                )
                .replace(
                    "{N}",
                    &pick(random, "rise|gain|advance|climb", "decline|fall|drop|slide"),
                ),
        )
    };
    Pair {
        clean: say(value > 0.0),
        planted: say(value < 0.0),
    }
}

/// Above for below, overbought for oversold, the wrong cross.
pub fn comparison(random: &mut Random, world: &World) -> Pair {
    let close = world.number("last_close");
    let text = |form: &str, word: &str| sentence(&form.replace("{R}", word).replace("{C}", &world.short));
    match random.below(7) {
        0..4 => {
            let (id, names) = PRICES[1 + random.below(PRICES.len() - 1)];
            let name = random.pick(names).replace("its ", "the ");
            let form = random.pick("the last close is {R} X|the stock trades {R} X|{C} closed {R} X|the price lies {R} X|the shares are {R} X|{C} is {R} X|the close remains {R} X").replace('X', &name);
            let (yes, no) = if close > world.number(id) {
                ("above", "below")
            } else {
                ("below", "above")
            };
            let (yes, no) = match random.below(4) {
                0 => (
                    yes.replace("above", "higher than").replace("below", "lower than"),
                    no.replace("above", "higher than").replace("below", "lower than"),
                ),
                1 => (
                    yes.replace("above", "over").replace("below", "under"),
                    no.replace("above", "over").replace("below", "under"),
                ),
                _ => (yes.to_owned(), no.to_owned()),
            };
            Pair {
                clean: text(&form, &yes),
                planted: text(&form, &no),
            }
        }
        4 => {
            let (yes, no) = if world.number("median") > close {
                ("above", "below")
            } else {
                ("below", "above")
            };
            let form = random.pick("the median forecast lies {R} the last close|the model's median is {R} the latest close|the central path ends {R} the last close");
            Pair {
                clean: text(form, yes),
                planted: text(form, no),
            }
        }
        5 => {
            let (yes, no) = if world.number("sma_50") > world.number("sma_200") {
                ("above", "below")
            } else {
                ("below", "above")
            };
            let form = random.pick("the 50-day average is {R} the 200-day average|the short moving average lies {R} the long one|the 50-day moving average sits {R} its 200-day counterpart, the longer average");
            Pair {
                clean: text(form, yes),
                planted: text(form, no),
            }
        }
        _ => {
            let rsi = world.number("rsi");
            let form = random.pick("by its RSI, the stock is {R}|the relative strength index says {R}|the RSI is {R}|the RSI puts the stock at {R}");
            let state = |rsi: f64| {
                if rsi >= 70.0 {
                    "overbought"
                } else if rsi <= 30.0 {
                    "oversold"
                } else {
                    "neither overbought nor oversold"
                }
            };
            let no = match state(rsi) {
                "overbought" => "oversold",
                "oversold" => "overbought",
                _ if random.coin() => "overbought",
                _ => "oversold",
            };
            Pair {
                clean: text(form, state(rsi)),
                planted: text(form, no),
            }
        }
    }
}

/// A wrong number of headlines, paths or turns, or a wrong share.
pub fn count(random: &mut Random, world: &World) -> Pair {
    let number = |id: &str| world.number(id) as usize;
    let label = random.pick("positive|negative|neutral").to_owned();
    let (all, some) = (number("headlines"), number(&label));
    let seed = format!("{}", random.below(999_999));
    let off = |random: &mut Random, value: usize| {
        if random.coin() || value < 3 {
            value + 1 + random.below(3)
        } else {
            value - 1 - random.below(2)
        }
    };
    let say = |form: &str, values: &[usize]| {
        let mut random = Random::new(&seed);
        let mut text = form.replace("{L}", &label);
        for (place, value) in values.iter().enumerate() {
            text = text.replace(&format!("{{{place}}}"), &count_in_words(&mut random, *value));
        }
        sentence(&text)
    };
    match random.below(6) {
        0 | 1 => {
            let form = random.pick("{0} of the {1} headlines are {L}|{0} of {1} headlines were {L}|of {1} headlines, {0} are {L}|the classifier found {0} {L} headlines|there are {0} {L} headlines among {1}|{L} headlines number {0}|{0} headlines are {L}|{0} out of {1} articles were rated {L}").to_owned();
            let wrong = off(random, some);
            Pair {
                clean: say(&form, &[some, all]),
                planted: say(&form, &[wrong, all]),
            }
        }
        2 => {
            let form = "of {0} headlines, {1} are positive, {2} negative and {3} neutral";
            let values = [all, number("positive"), number("negative"), number("neutral")];
            let mut wrong = values;
            let place = random.below(4);
            wrong[place] = off(random, wrong[place]);
            Pair {
                clean: say(form, &values),
                planted: say(form, &wrong),
            }
        }
        3 => {
            let (kept, drawn) = (number("paths_kept"), number("paths"));
            let form = random.pick("{0} of {1} sample paths were used|the forecast rests on {0} of {1} paths|the model kept {0} of its {1} paths").to_owned();
            let wrong = kept - 11 - random.below(20);
            Pair {
                clean: say(&form, &[kept, drawn]),
                planted: say(&form, &[wrong, drawn]),
            }
        }
        4 => {
            let side = random.pick("support|resistance");
            let turns = number(&format!("{side}_touches"));
            let form = random
                .pick("the price turned {0} times at {S}|{S} was tested {0} times|there were {0} turns at {S}")
                .replace("{S}", side);
            let wrong = off(random, turns);
            Pair {
                clean: say(&form, &[turns]),
                planted: say(&form, &[wrong]),
            }
        }
        _ => {
            let (positive, negative) = (number("positive"), number("negative"));
            let yes = match positive.cmp(&negative) {
                std::cmp::Ordering::Greater => {
                    "positive headlines outnumber negative ones|there are more positive than negative headlines"
                }
                std::cmp::Ordering::Less => {
                    "negative headlines outnumber positive ones|there are fewer positive than negative headlines"
                }
                std::cmp::Ordering::Equal => "there are as many positive as negative headlines",
            };
            let no = if positive > negative {
                "negative headlines outnumber the positive ones|more headlines are negative than positive"
            } else {
                "positive headlines outnumber the negative ones|more headlines are positive than negative"
            };
            let (yes, no) = (random.pick(yes), random.pick(no));
            let share = 2 * some > all;
            if random.coin() && share {
                return Pair {
                    clean: sentence(&format!("most of the headlines are {label}")),
                    planted: sentence(&format!("none of the {} headlines is {label}", words(all))),
                };
            }
            Pair {
                clean: sentence(yes),
                planted: sentence(no),
            }
        }
    }
}

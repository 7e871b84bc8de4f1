//! German statements about what can be measured: figures, dates, directions, comparisons, counts; each with an error planted in it.

use std::cmp::Ordering;

use chrono::{Datelike, Days, NaiveDate};

use crate::german_statements::{comma, day, price, size, words};
use crate::measured::Pair;
use crate::random::Random;
use crate::statements::sentence;
use crate::world::World;

/// The facts that are prices, and what they are called in the nominative.
const PRICES: [(&str, &str); 8] = [
    (
        "last_close",
        "der letzte Schlusskurs|der Schlusskurs|der jüngste Schlusskurs|die letzte Schlussnotierung",
    ),
    (
        "median",
        "die Medianprognose|der Median der Prognose|der Median des Modells|die mittlere Prognose",
    ),
    (
        "low",
        "das 10-%-Quantil|die Untergrenze des Prognosebands|das untere Ende der Spanne|das 10. Perzentil|das 10-Prozent-Quantil",
    ),
    (
        "high",
        "das 90-%-Quantil|die Obergrenze des Prognosebands|das obere Ende der Spanne|das 90. Perzentil|das 90%-Quantil",
    ),
    (
        "sma_50",
        "der 50-Tage-Durchschnitt|die 50-Tage-Linie|der gleitende Durchschnitt der letzten 50 Tage|das 50-Tage-Mittel",
    ),
    (
        "sma_200",
        "der 200-Tage-Durchschnitt|die 200-Tage-Linie|der gleitende 200-Tage-Durchschnitt|der langfristige Durchschnitt",
    ),
    (
        "support",
        "die Unterstützung|die nächste Unterstützung|die Unterstützungsmarke",
    ),
    (
        "resistance",
        "der Widerstand|der nächste Widerstand|die Widerstandsmarke",
    ),
];

/// The returns that have passed, and their windows in words.
const WINDOWS: [(&str, &str); 4] = [
    (
        "return_1d",
        "am letzten Handelstag|gegenüber dem Vortag|an einem einzigen Tag",
    ),
    (
        "return_5d",
        "in den letzten fünf Tagen|in der letzten Woche|auf Wochensicht|innerhalb einer Woche|in der vergangenen Woche|binnen fünf Handelstagen|über fünf Tage",
    ),
    (
        "return_21d",
        "im letzten Monat|auf Monatssicht|in den vergangenen 21 Handelstagen|innerhalb eines Monats|im vergangenen Monat",
    ),
    (
        "momentum",
        "in zwölf Monaten ohne den letzten Monat|in den zwölf Monaten vor dem letzten Monat",
    ),
];

/// Another value that no rounding brings back.
fn other(random: &mut Random, value: f64) -> f64 {
    let off = random.within(0.08, 0.4);
    let other = if random.coin() {
        value * (1.0 + off)
    } else {
        value * (1.0 - off)
    };
    if (other - value).abs() < 0.3 {
        value + 1.7 * value.signum()
    } else {
        other
    }
}

/// Both statements alone, or with the same true one.
fn beside(random: &mut Random, world: &World, clean: &str, planted: &str) -> Pair {
    if random.coin() {
        return Pair {
            clean: sentence(clean),
            planted: sentence(planted),
        };
    }
    let (id, names) = PRICES[random.below(PRICES.len())];
    let also = format!("{} liegt bei {}", random.pick(names), price(random, world.number(id)));
    let form = random.below(3);
    let join = |one: &str| {
        sentence(&match form {
            0 => format!("{one}, und {also}"),
            1 => format!("{also}; {one}"),
            _ => format!("{one}, {also}"),
        })
    };
    Pair {
        clean: join(clean),
        planted: join(planted),
    }
}

fn moved(random: &mut Random, world: &World, change: f64, window: &str, size: &str) -> String {
    let who = random
        .pick("die Aktie|der Kurs|das Papier|{C}")
        .replace("{C}", &world.short);
    let up = change > 0.0;
    let form = random.below(6);
    let past = random.pick(if up {
        "stieg|kletterte|gewann"
    } else {
        "fiel|sank|verlor"
    });
    let done = random.pick(if up {
        "gestiegen|geklettert"
    } else {
        "gefallen|gesunken"
    });
    let by = |verb: &str| if matches!(verb, "gewann" | "verlor") { "" } else { "um " };
    match form {
        0 => format!("{who} {past} {window} {}{size}", by(past)),
        1 => format!("{who} ist {window} um {size} {done}"),
        2 if up => format!("{who} legte {window} um {size} zu"),
        2 => format!("{who} gab {window} um {size} nach"),
        3 => format!("{window} {past} {who} {}{size}", by(past)),
        4 => format!("{window} steht ein {} von {size}", if up { "Plus" } else { "Minus" }),
        _ => format!(
            "{window} gab es einen {} von {size}",
            random.pick(if up {
                "Anstieg|Kurszuwachs"
            } else {
                "Rückgang|Kursverlust"
            })
        ),
    }
}

pub fn number(random: &mut Random, world: &World) -> Pair {
    let kind = random.below(8);
    let place = random.below(PRICES.len());
    let window = random.below(WINDOWS.len());
    let value = match kind {
        0..3 => world.number(PRICES[place].0),
        3..5 => world.number(WINDOWS[window].0),
        5 => world.number("rsi"),
        6 => world.number("volatility"),
        _ => world.number("drawdown"),
    };
    let wrong = other(random, value);
    let seed = format!("{value}");
    let say = |value: f64| {
        let random = &mut Random::new(&seed);
        match kind {
            0..3 => {
                let (name, written) = (random.pick(PRICES[place].1), price(random, value));
                random
                    .pick("{N} liegt bei {P}|{N} beträgt {P}|bei {P} liegt {N}|{N} steht bei {P}|mit {P} ist {N} einen Blick wert|{N} lag zuletzt bei {P}")
                    .replace("{N}", name)
                    .replace("{P}", &written)
            }
            3..5 => {
                let (when, written) = (random.pick(WINDOWS[window].1), size(random, value));
                moved(random, world, value, when, &written)
            }
            5 => random
                .pick("der RSI liegt bei {V}|der 14-Tage-RSI beträgt {V}|der RSI(14) steht bei {V}|der Relative-Stärke-Index liegt bei {V}")
                .replace("{V}", &comma(&format!("{value:.1}"))),
            6 => {
                let written = size(random, value);
                random
                    .pick("die Volatilität beträgt {V} im Jahr|die annualisierte Volatilität liegt bei {V}|bei {V} pro Jahr ist die Volatilität zu beachten|die Jahresvolatilität liegt bei {V}")
                    .replace("{V}", &written)
            }
            _ => {
                let written = size(random, value);
                random
                    .pick("der Kurs liegt {V} unter seinem Hoch|die Aktie notiert {V} unter ihrem Höchststand|vom höchsten Schlusskurs ist das Papier {V} entfernt")
                    .replace("{V}", &written)
            }
        }
    };
    beside(random, world, &say(value), &say(wrong))
}

pub fn swap(random: &mut Random, world: &World) -> Pair {
    let one = random.below(PRICES.len());
    let apart = |other: &usize| {
        *other != one && (world.number(PRICES[one].0) / world.number(PRICES[*other].0) - 1.0).abs() > 0.03
    };
    let others: Vec<usize> = (0..PRICES.len()).filter(apart).collect();
    let taken = others[random.below(others.len())];
    let name = random.pick(PRICES[one].1);
    let form = random.pick("{N} liegt bei {P}|{N} steht bei {P}|{N} ({P}) ist zu beachten|{P} beträgt {N}|laut den Daten liegt {N} bei {P}");
    let say = |id: &str| {
        form.replace("{N}", name)
            .replace("{P}", &format!("{} $", comma(&format!("{:.2}", world.number(id)))))
    };
    beside(random, world, &say(PRICES[one].0), &say(PRICES[taken].0))
}

pub fn date(random: &mut Random, world: &World) -> Pair {
    let kind = random.below(6);
    let horizon = world.number("horizon") as usize;
    let seed = format!("{}", random.below(1_000_000));
    let say = |right: bool| {
        let random = &mut Random::new(&seed);
        let shift = Days::new(3 + random.below(80) as u64);
        let at = |id: &str, random: &mut Random| {
            let date = world.day(id);
            day(random, if right { date } else { date + shift })
        };
        match kind {
            0 => {
                let written = at("as_of", random);
                random
                    .pick("der letzte Schlusskurs stammt vom {D}|am {D} schloss die Aktie bei {P}|{C} schloss am {D} bei {P}|die Kurse enden am {D}")
                    .replace("{D}", &written)
            }
            1 => {
                let written = at("forecast_date", random);
                random
                    .pick("die Prognose reicht bis zum {D}|die Medianprognose gilt für den {D}|für den {D} erwartet das Modell {M}|das Prognoseband endet am {D}")
                    .replace("{D}", &written)
            }
            2 => {
                let days = if right { horizon } else { horizon + 7 };
                let days = if random.coin() { days.to_string() } else { words(days) };
                random
                    .pick("die Prognose umfasst {N} Handelstage|die Prognose reicht {N} Handelstage voraus|in den nächsten {N} Handelstagen könnte der Kurs schwanken|über {N} Handelstage ist die Prognose unsicher")
                    .replace("{N}", &days)
            }
            3 => {
                let (right_window, wrong_window) = ("in den letzten fünf Tagen|auf Wochensicht", "in den letzten drei Monaten|in den letzten acht Tagen|in den vergangenen zwei Wochen");
                let window = random.pick(if right { right_window } else { wrong_window });
                moved(random, world, world.number("return_5d"), window, &format!("{} %", comma(&format!("{:.1}", world.number("return_5d").abs()))))
            }
            4 => {
                let average = if right { "50" } else { "90" };
                random
                    .pick("der {A}-Tage-Durchschnitt ist zu beachten|die {A}-Tage-Linie ist ein Maßstab|der gleitende {A}-Tage-Durchschnitt gibt Halt")
                    .replace("{A}", average)
            }
            _ => {
                let month = |date: NaiveDate| {
                    let months = "Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember";
                    format!("{} {}", months.split('|').nth(date.month0() as usize).unwrap(), date.year())
                };
                let date = world.day("as_of");
                let written = month(if right { date } else { date + Days::new(200) });
                random.pick("im {D} lag der Schlusskurs bei {P}|der letzte Schlusskurs vom {D} beträgt {P}").replace("{D}", &written)
            }
        }
        .replace("{P}", &format!("{} $", comma(&format!("{:.2}", world.number("last_close")))))
        .replace("{M}", &format!("{} $", comma(&format!("{:.2}", world.number("median")))))
        .replace("{C}", &world.short)
    };
    Pair {
        clean: sentence(&say(true)),
        planted: sentence(&say(false)),
    }
}

pub fn direction(random: &mut Random, world: &World) -> Pair {
    let seed = format!("{}", random.below(1_000_000));
    let forecast = random.below(3) == 0;
    let place = random.below(3);
    let change = if forecast {
        world.number("expected_return")
    } else {
        world.number(WINDOWS[place].0)
    };
    let say = |change: f64| {
        let random = &mut Random::new(&seed);
        let up = change > 0.0;
        if forecast {
            return random
                .pick(if up {
                    "die Prognose deutet nach oben|das Modell erwartet einen Anstieg|laut Prognose wird der Kurs steigen|die Prognose zeigt aufwärts"
                } else {
                    "die Prognose deutet nach unten|das Modell erwartet einen Rückgang|laut Prognose wird der Kurs fallen|die Prognose zeigt abwärts"
                })
                .to_owned();
        }
        let window = random.pick(WINDOWS[place].1);
        let who = random
            .pick("die Aktie|der Kurs|das Papier|{C}")
            .replace("{C}", &world.short);
        random
            .pick(if up {
                "{W} ist {S} gestiegen|{S} legte {W} zu|{S} zog {W} an|{W} ging es aufwärts|{S} hat {W} gewonnen|{S} ist {W} geklettert|{W} stieg {S}|{S} verteuerte sich {W}"
            } else {
                "{W} ist {S} gefallen|{S} gab {W} nach|{S} ging {W} zurück|{W} ging es abwärts|{S} hat {W} verloren|{S} ist {W} gesunken|{W} fiel {S}|{S} verbilligte sich {W}"
            })
            .replace("{W}", window)
            .replace("{S}", &who)
    };
    beside(random, world, &say(change), &say(-change))
}

/// What can be compared: the fact, its name, and the name in the dative.
const SIDES: [(&str, &str, &str); 6] = [
    (
        "last_close",
        "der letzte Schlusskurs|die Aktie|der Kurs",
        "dem letzten Schlusskurs",
    ),
    (
        "median",
        "die Medianprognose|der Median der Prognose",
        "der Medianprognose",
    ),
    (
        "sma_50",
        "der 50-Tage-Durchschnitt|die 50-Tage-Linie",
        "dem 50-Tage-Durchschnitt|der 50-Tage-Linie|ihrem 50-Tage-Durchschnitt",
    ),
    (
        "sma_200",
        "der 200-Tage-Durchschnitt|die 200-Tage-Linie",
        "dem 200-Tage-Durchschnitt|der 200-Tage-Linie",
    ),
    ("support", "die Unterstützung", "der Unterstützung"),
    ("resistance", "der Widerstand", "dem Widerstand"),
];

pub fn comparison(random: &mut Random, world: &World) -> Pair {
    if random.below(4) == 0 {
        let rsi = world.number("rsi");
        let (right, wrong) = match rsi {
            rsi if rsi >= 70.0 => ("überkauft", "überverkauft|weder überkauft noch überverkauft"),
            rsi if rsi <= 30.0 => ("überverkauft", "überkauft|weder überkauft noch überverkauft"),
            _ => (
                "weder überkauft noch überverkauft|nicht überkauft|nicht überverkauft",
                "überkauft|überverkauft",
            ),
        };
        let form = random.pick(
            "die Aktie ist {X}|gemessen am RSI ist die Aktie {X}|nach dem Relative-Stärke-Index ist das Papier {X}",
        );
        let (right, wrong) = (random.pick(right), random.pick(wrong));
        return Pair {
            clean: sentence(&form.replace("{X}", right)),
            planted: sentence(&form.replace("{X}", wrong)),
        };
    }
    let (mut one, mut two);
    loop {
        (one, two) = (random.below(SIDES.len()), 1 + random.below(SIDES.len() - 1));
        if one != two && (world.number(SIDES[one].0) / world.number(SIDES[two].0) - 1.0).abs() > 0.005 {
            break;
        }
    }
    let above = world.number(SIDES[one].0) > world.number(SIDES[two].0);
    let (name, base) = (random.pick(SIDES[one].1), random.pick(SIDES[two].2));
    let form = random.pick(
        "{N} liegt {S} {B}|{N} notiert {S} {B}|{S} {B} liegt {N}|{N} befindet sich {S} {B}|{N} steht derzeit {S} {B}",
    );
    let say = |above: bool| {
        form.replace("{N}", name)
            .replace("{B}", base)
            .replace("{S}", if above { "über" } else { "unter" })
    };
    beside(random, world, &say(above), &say(!above))
}

pub fn count(random: &mut Random, world: &World) -> Pair {
    let number = |id: &str| world.number(id) as usize;
    let (all, positive, negative, neutral) = (
        number("headlines"),
        number("positive"),
        number("negative"),
        number("neutral"),
    );
    let seed = format!("{}", random.below(1_000_000));
    let label = random.below(3);
    let (count, adjective) = [(positive, "positiv"), (negative, "negativ"), (neutral, "neutral")][label];
    let say = |right: bool| {
        let random = &mut Random::new(&seed);
        let off = 1 + random.below(3);
        let value = |value: usize, random: &mut Random| {
            let value = if right { value } else { value + off };
            if random.coin() && value > 1 {
                words(value)
            } else {
                value.to_string()
            }
        };
        match random.below(6) {
            0 => format!("von {all} Schlagzeilen sind {} {adjective}", value(count, random)),
            1 => format!(
                "{} Schlagzeilen wurden als {adjective} eingestuft",
                value(count, random)
            ),
            2 => format!("es gibt {} {adjective}e Schlagzeilen", value(count, random)),
            3 => format!("insgesamt wurden {} Schlagzeilen gelesen", value(all, random)),
            4 => format!(
                "das Modell zog {} Pfade",
                if right { number("paths") } else { number("paths") + 100 }
            ),
            _ => {
                let relations = [
                    "mehr positive als negative",
                    "mehr negative als positive",
                    "ebenso viele positive wie negative",
                ];
                let true_one = match positive.cmp(&negative) {
                    Ordering::Greater => 0,
                    Ordering::Less => 1,
                    Ordering::Equal => 2,
                };
                let said = if right { true_one } else { (true_one + 1) % 3 };
                format!("es gibt {} Schlagzeilen", relations[said])
            }
        }
    };
    Pair {
        clean: sentence(&say(true)),
        planted: sentence(&say(false)),
    }
}

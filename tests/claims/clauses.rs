//! Sentences of two or three clauses, as a journalist joins them: each clause says one thing of a random table, in English or German.
//! In the planted sentence one clause is false. A table in, pairs of sentences out.

use chrono::Days;
use tripod::grounding::Call;

use crate::measured::Pair;
use crate::random::Random;
use crate::world::World;

/// The numbers of the clauses, by what they tell of.
const MEASURES: &[usize] = &[0, 2, 3, 4, 5, 8, 10, 11];
const MOVES: &[usize] = &[1, 6, 7, 9, 12, 13];

/// Measures: figures, levels, chances, counts and dates.
pub fn measures(random: &mut Random, world: &World) -> Pair {
    joined(
        random,
        world,
        MEASURES,
        english,
        &["; ", ", and ", ", while ", " – and "],
    )
}

/// Directions, sides and the call.
pub fn moves(random: &mut Random, world: &World) -> Pair {
    joined(random, world, MOVES, english, &["; ", ", and ", ", but "])
}

/// The same in German.
pub fn german_measures(random: &mut Random, world: &World) -> Pair {
    joined(random, world, MEASURES, german, &["; ", ", und ", ", doch "])
}

/// The same in German.
pub fn german_moves(random: &mut Random, world: &World) -> Pair {
    joined(random, world, MOVES, german, &["; ", ", und ", ", doch "])
}

type Say = fn(&mut Random, &World, usize) -> [String; 2];

/// Two or three different clauses in any order; one of them is false in the planted sentence.
fn joined(random: &mut Random, world: &World, kinds: &[usize], say: Say, joints: &[&str]) -> Pair {
    let mut left = kinds.to_vec();
    let clauses: Vec<[String; 2]> = (0..2 + random.below(2))
        .map(|_| {
            let kind = left.remove(random.below(left.len()));
            say(random, world, kind)
        })
        .collect();
    let false_one = random.below(clauses.len());
    let joints: Vec<&str> = clauses.iter().map(|_| joints[random.below(joints.len())]).collect();
    let sentence = |planted: bool| {
        let mut text = String::new();
        for (at, [right, wrong]) in clauses.iter().enumerate() {
            text += if at > 0 { joints[at] } else { "" };
            text += if planted && at == false_one { wrong } else { right };
        }
        let mut letters = text.chars();
        let first = letters.next().map(|letter| letter.to_uppercase().to_string());
        format!("{}{}.", first.unwrap_or_default(), letters.as_str())
    };
    Pair {
        clean: sentence(false),
        planted: sentence(true),
    }
}

/// A number that is clearly another one.
fn off(random: &mut Random, value: f64) -> f64 {
    let share = random.within(0.08, 0.4);
    if random.coin() {
        value * (1.0 + share)
    } else {
        value * (1.0 - share)
    }
}

/// The figures of a clause: the right one and a wrong one.
fn two(random: &mut Random, value: f64, write: impl Fn(f64) -> String) -> [String; 2] {
    let (right, mut wrong) = (write(value), write(off(random, value)));
    if right == wrong {
        wrong = write(value * 1.5 + 1.0);
    }
    [right, wrong]
}

fn put(template: &str, [right, wrong]: [String; 2]) -> [String; 2] {
    [right, wrong].map(|figure| template.replace("{}", &figure))
}

/// A window: its fact and its names.
fn window(random: &mut Random) -> (&'static str, usize) {
    [("return_1d", 0), ("return_5d", 1), ("return_21d", 2)][random.below(3)]
}

fn call(call: Call, [buy, hold, sell]: [&str; 3]) -> [String; 2] {
    let (right, wrong) = match call {
        Call::Buy => (buy, sell),
        Call::Hold => (hold, buy),
        Call::Sell | Call::None => (sell, hold),
    };
    [right.to_owned(), wrong.to_owned()]
}

/// A quantile's fact, the share of the outcomes below it in percent, and whether the clause speaks of those below.
fn quantile(random: &mut Random) -> (&'static str, bool) {
    [("low", true), ("high", false)][random.below(2)]
}

fn english(random: &mut Random, world: &World, kind: usize) -> [String; 2] {
    let price = |value: f64| format!("${value:.2}");
    let percent = |value: f64| format!("{:.1}%", value.abs());
    match kind {
        0 => put(
            random.pick("the tape stopped at a close of {}|one share last changed hands at {}|the final price of the session was {}"),
            two(random, world.number("last_close"), price),
        ),
        1 => {
            let (id, at) = window(random);
            let change = world.number(id);
            let time = ["over the day", "over the week", "over the past month"][at];
            let [up, down] = [
                ["the price worked its way higher", "the price slipped"],
                ["holders made money", "holders lost money"],
                ["the shares finished in the black", "the shares finished in the red"],
            ][random.below(3)];
            let (right, wrong) = if change > 0.0 { (up, down) } else { (down, up) };
            [right, wrong].map(|verb| format!("{time} {verb}"))
        }
        2 => {
            let (id, at) = window(random);
            let time = ["the day", "the week", "the last month"][at];
            let verb = if world.number(id) > 0.0 { "added" } else { "cost" };
            put(
                &format!("{time} {verb} {{}}"),
                two(random, world.number(id), percent),
            )
        }
        3 => put(
            random.pick("the RSI has come to {}|a 14-day RSI of {} is on the screen"),
            two(random, world.number("rsi"), |value| format!("{value:.1}")),
        ),
        4 => {
            let (id, below) = quantile(random);
            let side = if below { "below" } else { "above" };
            let share = random.pick("one path in ten|a tenth of the paths|10% of the paths").to_owned();
            put(
                &format!("{share} {} {side} {{}}", if share.starts_with("10") { "end" } else { "ends" }),
                two(random, world.number(id), price),
            )
        }
        5 => {
            let (label, word) = [("positive", "upbeat"), ("negative", "downbeat"), ("neutral", "neutral")][random.below(3)];
            let (count, all) = (world.number(label), world.number("headlines"));
            [count, count + 1.0].map(|count| format!("of {all} headlines, {count} were {word}"))
        }
        6 => {
            let (id, name) = [("sma_50", "50-day average"), ("sma_200", "200-day average")][random.below(2)];
            let above = world.number("last_close") > world.number(id);
            let (right, wrong) = if above { ("over", "under") } else { ("under", "over") };
            [right, wrong].map(|side| format!("the quote is {side} its {name}"))
        }
        7 => {
            let (week, month) = (world.number("return_5d").abs(), world.number("return_21d").abs());
            let (right, wrong) = if month > week { ("larger", "smaller") } else { ("smaller", "larger") };
            [right, wrong].map(|size| format!("the move of the month is {size} than that of the week"))
        }
        8 => {
            let day = world.day("sma_cross");
            let kind = if world.fact("sma_cross").label.contains("above") { "golden" } else { "death" };
            let later = day + Days::new(5 + random.below(15) as u64);
            [day, later].map(|day| format!("the {kind} cross came on {}", day.format("%-d %B %Y")))
        }
        9 => call(world.call, ["the verdict is to buy", "the verdict is to hold", "the verdict is to sell"]),
        10 => put(
            random.pick("buyers stood ready at the support of {}|the nearest support is {}"),
            two(random, world.number("support"), price),
        ),
        11 => put(
            random.pick("the median of the paths finishes at {}|half of the paths finish above {}"),
            two(random, world.number("median"), price),
        ),
        12 => {
            let up = world.number("expected_return") > 0.0;
            let (right, wrong) = if up { ("upward", "downward") } else { ("downward", "upward") };
            [right, wrong].map(|way| format!("the forecast points {way}"))
        }
        _ => {
            let (positive, negative) = (world.number("positive"), world.number("negative"));
            let words = ["good news outnumbers bad", "bad news outnumbers good", "good and bad news balance each other"];
            let at = if positive > negative { 0 } else if positive < negative { 1 } else { 2 };
            [words[at].to_owned(), words[(at + 1) % 2].to_owned()]
        }
    }
}

fn german(random: &mut Random, world: &World, kind: usize) -> [String; 2] {
    let price = |value: f64| format!("{value:.2} $").replace('.', ",");
    let percent = |value: f64| format!("{:.1} %", value.abs()).replace('.', ",");
    match kind {
        0 => put(
            random.pick("der Handel endete bei {}|eine Aktie kostete zum Schluss {}|der letzte Kurs war {}"),
            two(random, world.number("last_close"), price),
        ),
        1 => {
            let (id, at) = window(random);
            let change = world.number(id);
            let time = ["am letzten Handelstag", "in der letzten Woche", "im vergangenen Monat"][at];
            let [up, down] = [
                ["arbeitete sich der Kurs nach oben", "bröckelte der Kurs ab"],
                ["ging es bergauf", "ging es bergab"],
                ["lag die Aktie im Plus", "lag die Aktie im Minus"],
            ][random.below(3)];
            let (right, wrong) = if change > 0.0 { (up, down) } else { (down, up) };
            [right, wrong].map(|verb| format!("{time} {verb}"))
        }
        2 => {
            let (id, at) = window(random);
            let time = ["Tages", "Wochen", "Monats"][at];
            let noun = if world.number(id) > 0.0 { "gewinn" } else { "verlust" };
            put(
                &format!("der {time}{noun} beträgt {{}}"),
                two(random, world.number(id), percent),
            )
        }
        3 => put(
            random.pick("der RSI kommt auf {}|der Relative-Stärke-Index zeigt {} an"),
            two(random, world.number("rsi"), |value| {
                format!("{value:.1}").replace('.', ",")
            }),
        ),
        4 => {
            let (id, below) = quantile(random);
            let side = if below { "unter" } else { "über" };
            let share = random
                .pick("jeder zehnte Pfad endet|ein Zehntel der Pfade endet|zehn Prozent der Pfade enden")
                .to_owned();
            put(&format!("{share} {side} {{}}"), two(random, world.number(id), price))
        }
        5 => {
            let (label, word) = [
                ("positive", "freundlich"),
                ("negative", "negativ"),
                ("neutral", "neutral"),
            ][random.below(3)];
            let (count, all) = (world.number(label), world.number("headlines"));
            [count, count + 1.0].map(|count| format!("von {all} Schlagzeilen waren {count} {word}"))
        }
        6 => {
            let (id, name) = [("sma_50", "50-Tage-Linie"), ("sma_200", "200-Tage-Linie")][random.below(2)];
            let above = world.number("last_close") > world.number(id);
            let (right, wrong) = if above {
                ("oberhalb", "unterhalb")
            } else {
                ("unterhalb", "oberhalb")
            };
            [right, wrong].map(|side| format!("der Kurs notiert {side} der {name}"))
        }
        7 => {
            let (week, month) = (world.number("return_5d").abs(), world.number("return_21d").abs());
            let (right, wrong) = if month > week {
                ("größer", "kleiner")
            } else {
                ("kleiner", "größer")
            };
            [right, wrong].map(|size| format!("die Bewegung des Monats ist {size} als die der Woche"))
        }
        8 => {
            let day = world.day("sma_cross");
            let kind = if world.fact("sma_cross").label.contains("above") {
                "Goldene Kreuz"
            } else {
                "Todeskreuz"
            };
            let later = day + Days::new(5 + random.below(15) as u64);
            [day, later].map(|day| format!("das {kind} entstand am {}", day.format("%d.%m.%Y")))
        }
        9 => call(
            world.call,
            [
                "das Urteil lautet Kaufen",
                "das Urteil lautet Halten",
                "das Urteil lautet Verkaufen",
            ],
        ),
        10 => put(
            random.pick("Käufer fanden sich an der Unterstützung von {}|die nächste Unterstützung ist {}"),
            two(random, world.number("support"), price),
        ),
        11 => put(
            random.pick("der Median der Pfade endet bei {}|die Hälfte der Pfade endet über {}"),
            two(random, world.number("median"), price),
        ),
        12 => {
            let up = world.number("expected_return") > 0.0;
            let (right, wrong) = if up { ("oben", "unten") } else { ("unten", "oben") };
            [right, wrong].map(|way| format!("die Prognose zeigt nach {way}"))
        }
        _ => {
            let (positive, negative) = (world.number("positive"), world.number("negative"));
            let words = [
                "die guten Nachrichten überwiegen",
                "die schlechten Nachrichten überwiegen",
                "gute und schlechte Nachrichten halten sich die Waage",
            ];
            let at = if positive > negative {
                0
            } else if positive < negative {
                1
            } else {
                2
            };
            [words[at].to_owned(), words[(at + 1) % 2].to_owned()]
        }
    }
}

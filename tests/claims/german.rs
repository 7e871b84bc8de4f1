//! The check of German claims, measured as the English one is: true sentences from random tables of facts and the same with an error
//! planted. Prints recall and precision by kind.

use tripod::grounding::{Claim, Evidence, Locale, Verdict, check};

use crate::random::Random;
use crate::world::World;
use crate::{Maker, Pair, german_by_hand, german_measures, german_things, world};

/// Sentences of each kind, planted and true.
const SENTENCES: usize = 400;

/// The kinds, with the recall and the precision that each must reach.
const KINDS: [(&str, Maker, f64, f64); 9] = [
    ("Zahlen", german_measures::number, 0.97, 0.95),
    ("vertauscht", german_measures::swap, 0.97, 0.95),
    ("Daten", german_measures::date, 0.97, 0.95),
    ("Richtungen", german_measures::direction, 0.97, 0.95),
    ("Vergleiche", german_measures::comparison, 0.97, 0.95),
    ("Anzahlen", german_measures::count, 0.97, 0.95),
    ("Namen", german_things::name, 0.95, 0.90),
    ("Ursachen", german_things::cause, 0.95, 0.90),
    ("Empfehlungen", german_things::recommendation, 0.95, 0.90),
];

/// The claims that do not hold.
fn wrong(text: &str, world: &World) -> Vec<Claim> {
    let headlines: Vec<&str> = world.headlines.iter().map(String::as_str).collect();
    let names = [world.company.as_str(), world.ticker.as_str()];
    let evidence = Evidence {
        facts: &world.facts,
        headlines: &headlines,
        names: &names,
        call: Some(world.call),
        locale: Locale::De,
    };
    let claims = check(text, &evidence).claims.into_iter();
    claims.filter(|claim| claim.verdict != Verdict::Supported).collect()
}

#[test]
fn planted_errors_in_german_are_found_and_true_sentences_stand() {
    let shown: usize = std::env::var("CLAIMS_SHOW")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(0);
    let mut short = Vec::new();
    println!(
        "{:<14} {:>7} {:>7} {:>7} {:>9}",
        "German", "planted", "clean", "recall", "precision"
    );
    for (kind, make, recall_goal, precision_goal) in KINDS {
        let mut random = Random::new(kind);
        let (mut found, mut alarms) = (0, 0);
        let mut examples = Vec::new();
        for _ in 0..SENTENCES {
            let world = in_german(World::new(&mut random));
            let Pair { clean, planted } = make(&mut random, &world);
            if wrong(&planted, &world).is_empty() {
                examples.push(format!("    missed: {planted}   [true: {clean}]"));
            } else {
                found += 1;
            }
            if let Some(claim) = wrong(&clean, &world).first() {
                examples.push(format!("    alarm:  {clean}   [{:?} {}]", claim.kind, claim.text));
                alarms += 1;
            }
        }
        let recall = f64::from(found) / SENTENCES as f64;
        let precision = f64::from(found) / f64::from(found + alarms);
        println!("{kind:<14} {SENTENCES:>7} {SENTENCES:>7} {recall:>7.3} {precision:>9.3}");
        examples.iter().take(shown).for_each(|example| println!("{example}"));
        if recall < recall_goal || precision < precision_goal {
            short.push(kind);
        }
    }
    assert!(short.is_empty(), "below their goals: {short:?}");
}

#[test]
fn german_sentences_written_by_hand_are_judged_like_a_reader_would() {
    let world = in_german(world::demo());
    let mut errors: Vec<String> = Vec::new();
    let lines = |text: &'static str| text.lines().map(str::trim).filter(|line| !line.is_empty());
    for sentence in lines(german_by_hand::TRUE) {
        if let Some(claim) = wrong(sentence, &world).first() {
            errors.push(format!(
                "struck, but true: {sentence}   [{:?} {}]",
                claim.kind, claim.text
            ));
        }
    }
    for sentence in lines(german_by_hand::FALSE) {
        if wrong(sentence, &world).is_empty() {
            errors.push(format!("stands, but false: {sentence}"));
        }
    }
    let all = lines(german_by_hand::TRUE).chain(lines(german_by_hand::FALSE)).count();
    println!("German by hand: {} of {all} judged right", all - errors.len());
    errors.iter().for_each(|error| println!("    {error}"));
    assert!(errors.len() * 20 <= all, "{errors:#?}");
}

/// The same table with German headlines.
fn in_german(world: World) -> World {
    const TITLES: [&str; 5] = [
        "{C} erhöht die Dividende",
        "Zulieferer kürzt Produktion nach schwachen Bestellungen von {C}",
        "Clara Osei wird Finanzchefin von {C}",
        "Streik im Hafen von Rotterdam verzögert Lieferungen",
        "Gericht weist Patentklage gegen {C} ab",
    ];
    World {
        headlines: TITLES.iter().map(|title| title.replace("{C}", &world.short)).collect(),
        ..world
    }
}

//! How the check does on sentences: worlds and sentences come in; recall and precision, or what was judged wrong, go out. Printed.

use tripod::grounding::{Claim, Evidence, Locale, Verdict, check};

use crate::random::Random;
use crate::world::World;

/// A sentence that is true, and the same with an error in it.
pub struct Pair {
    /// The true one.
    pub clean: String,
    /// The one with the error.
    pub planted: String,
}

/// A kind of claims: its name, what makes its pairs, and the recall and the precision that it must reach.
pub type Kind = (&'static str, fn(&mut Random, &World) -> Pair, f64, f64);

/// The claims of a text that do not hold in a world.
pub fn wrong(text: &str, world: &World, locale: Locale) -> Vec<Claim> {
    let claims = all(text, world, locale).into_iter();
    claims.filter(|claim| claim.verdict != Verdict::Supported).collect()
}

/// The claims of a text.
pub fn all(text: &str, world: &World, locale: Locale) -> Vec<Claim> {
    let headlines: Vec<&str> = world.headlines.iter().map(String::as_str).collect();
    let names = [world.company.as_str(), world.ticker.as_str()];
    let evidence = Evidence {
        facts: &world.facts,
        headlines: &headlines,
        names: &names,
        call: Some(world.call),
        locale,
    };
    check(text, &evidence).claims
}

/// Measures the kinds on `sentences` pairs each, made from random worlds. Prints a row a kind, and with CLAIMS_SHOW=20 that many of
/// its errors.
#[track_caller]
pub fn kinds(title: &str, kinds: &[Kind], sentences: usize, locale: Locale, world: impl Fn(World) -> World) {
    let shown = std::env::var("CLAIMS_SHOW").ok();
    let shown: usize = shown.and_then(|count| count.parse().ok()).unwrap_or(0);
    let mut short = Vec::new();
    println!(
        "{title:<18} {:>7} {:>7} {:>7} {:>9}",
        "planted", "clean", "recall", "precision"
    );
    for (kind, make, recall_goal, precision_goal) in kinds {
        let mut random = Random::new(kind);
        let (mut found, mut alarms) = (0, 0);
        let mut examples = Vec::new();
        for _ in 0..sentences {
            let world = world(World::new(&mut random));
            let Pair { clean, planted } = make(&mut random, &world);
            if wrong(&planted, &world, locale).is_empty() {
                examples.push(format!("    missed: {planted}   [true: {clean}]"));
            } else {
                found += 1;
            }
            if let Some(claim) = wrong(&clean, &world, locale).first() {
                examples.push(format!("    alarm:  {clean}   [{:?} {}]", claim.kind, claim.text));
                alarms += 1;
            }
        }
        let recall = f64::from(found) / sentences as f64;
        let precision = f64::from(found) / f64::from(found + alarms);
        println!("{kind:<18} {sentences:>7} {sentences:>7} {recall:>7.3} {precision:>9.3}");
        examples.iter().take(shown).for_each(|example| println!("{example}"));
        if recall < *recall_goal || precision < *precision_goal {
            short.push(kind);
        }
    }
    assert!(short.is_empty(), "below their goals: {short:?}");
}

/// Judges sentences, one a line: those of `truths` must stand and those of `errors` must not, but for one in `one_in`.
#[track_caller]
pub fn by_hand(title: &str, truths: &str, errors: &str, world: &World, locale: Locale, one_in: usize) {
    fn lines(text: &str) -> Vec<&str> {
        text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
    }
    let (truths, errors) = (lines(truths), lines(errors));
    let mut misjudged: Vec<String> = Vec::new();
    for sentence in &truths {
        if let Some(claim) = wrong(sentence, world, locale).first() {
            misjudged.push(format!(
                "struck, but true: {sentence}   [{:?} {}]",
                claim.kind, claim.text
            ));
        }
    }
    for sentence in &errors {
        if wrong(sentence, world, locale).is_empty() {
            misjudged.push(format!("stands, but false: {sentence}"));
        }
    }
    let all = truths.len() + errors.len();
    println!("{title}: {} of {all} judged right", all - misjudged.len());
    misjudged.iter().for_each(|sentence| println!("    {sentence}"));
    assert!(misjudged.len() * one_in <= all, "{misjudged:#?}");
}

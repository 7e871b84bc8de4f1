//! The check of German claims, measured as the English one is: true sentences from random tables of facts and the same with an error
//! planted. Prints recall and precision by kind.

use tripod::grounding::Locale;

use crate::measured::Kind;
use crate::world::World;
use crate::{german_by_hand, german_measures, german_things, measured, world};

/// Sentences of each kind, planted and true.
const SENTENCES: usize = 400;

/// The kinds, with the recall and the precision that each must reach.
const KINDS: [Kind; 9] = [
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

#[test]
fn planted_errors_in_german_are_found_and_true_sentences_stand() {
    measured::kinds("German", &KINDS, SENTENCES, Locale::De, in_german);
}

#[test]
fn german_sentences_written_by_hand_are_judged_like_a_reader_would() {
    let world = in_german(world::demo());
    let (truths, errors) = (german_by_hand::TRUE, german_by_hand::FALSE);
    measured::by_hand("German by hand", truths, errors, &world, Locale::De, 20);
}

/// The same table with German headlines.
pub fn in_german(world: World) -> World {
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

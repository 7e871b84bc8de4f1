//! German statements about names, causes, news and recommendations; each with an error planted in it.

use tripod::grounding::Locale;

use crate::german_statements::{comma, upper};
use crate::measured::Pair;
use crate::random::Random;
use crate::statements::sentence;
use crate::things::advice;
use crate::world::World;

const FOREIGN: &str = "Warren Buffett|Samsung|Goldman Sachs|Elena Petrova|Quantia Robotics|Morgan Stanley|Berkshire Hathaway|Ingrid Solberg|Foxconn|Zephyr Motors|Janet Yellen|BlackRock|Tesla|Huawei|Siemens|die Deutsche Bank";

pub fn name(random: &mut Random, world: &World) -> Pair {
    let close = format!("{} $", comma(&format!("{:.2}", world.number("last_close"))));
    let planted = random.pick("{N} hält eine Beteiligung an {C}|{C} schloss bei {P}, was {N} beachtet|Konkurrenten wie {N} belasten den Ausblick|laut {N} ist der Schlusskurs von {P} niedrig|{N} beobachtet {C}|anders als {N} schloss {C} bei {P}|der letzte Schlusskurs lag bei {P}, wie {N} feststellte");
    let clean = random.pick("{C} schloss bei {P}|der letzte Schlusskurs von {T} liegt bei {P}|{F} beendete den Tag bei {P}|die Volatilität von {C} beträgt {V} im Jahr|Anleger sahen bei {C} einen Schlusskurs von {P}|der Relative-Stärke-Index von {C} liegt bei {R}|die {C}-Aktie schloss zuletzt bei {P}|Händler an der Nasdaq oder der NYSE sahen einen Schlusskurs von {P}|Beobachter der Aktie kennen den Schlusskurs von {P}");
    let foreign = random.pick(FOREIGN);
    let fill = |text: &str| {
        sentence(
            &text
                .replace("{N}", foreign)
                .replace("{C}", &world.short)
                .replace("{F}", &world.company)
                .replace("{T}", &world.ticker)
                .replace("{P}", &close)
                .replace("{R}", &Locale::De.figure(&world.fact("rsi").value))
                .replace("{V}", &Locale::De.figure(&world.fact("volatility").value)),
        )
    };
    Pair {
        clean: fill(clean),
        planted: fill(planted),
    }
}

pub fn cause(random: &mut Random, world: &World) -> Pair {
    const CAUSES: &str = "schwache Nachfrage|steigende Zinsen|enttäuschende Quartalszahlen|ein starkes Weihnachtsgeschäft|die Sorge vor Inflation|Probleme in der Lieferkette|neue Produkte|härterer Wettbewerb|Handelskonflikte|Kostensenkungen|ein Wechsel im Vorstand|regulatorischen Druck";
    let change = world.number("return_5d");
    let up = change > 0.0;
    let (past, done, noun) = if up {
        ("stieg", "gestiegen", "Anstieg")
    } else {
        ("fiel", "gefallen", "Rückgang")
    };
    let planted = random.pick("die Aktie {M} in fünf Tagen wegen {X}|aufgrund von {X} {M} der Kurs in der letzten Woche|die Aktie ist in der letzten Woche durch {X} getrieben {D}|{X} trieben den Kurs|der {N} der letzten Woche ist auf {X} zurückzuführen|der Kurs {M} in fünf Tagen angesichts von {X}|dank {X} {M} die Aktie in der letzten Woche|der Kurs {M} in der letzten Woche, weil Anleger auf {X} reagierten|die Nachrichten berichten von {X}|die Schlagzeilen erwähnen {X}|Schlagzeile 9 meldet {X}|Schlagzeile 1 berichtet von {X}|Grund dafür ist {X}");
    let score = world.number("net_score");
    let mood = if score > 0.2 {
        "gut"
    } else if score < -0.2 {
        "schlecht"
    } else {
        "gemischt"
    };
    let clean = random.pick("die Aktie {M} in fünf Tagen|die 5-Tage-Rendite beträgt {S}|laut Schlagzeile 1 erhöht {C} die Dividende|Schlagzeile 3: „{T}“|die Stimmung der Nachrichten ist {G}|eine Prognose kann falsch sein, und frühere Ergebnisse garantieren keine künftigen|der {N} der letzten Woche mahnt zur Vorsicht|„{T}“ ist Schlagzeile 3|der Ausblick ist vorsichtig, weil der Kurs schwankt");
    let fill = |text: &str, random: &mut Random| {
        sentence(
            &text
                .replace("{M}", past)
                .replace("{D}", done)
                .replace("{N}", noun)
                .replace("{X}", random.pick(CAUSES))
                .replace("{S}", &Locale::De.figure(&world.fact("return_5d").value))
                .replace("{T}", &world.headlines[2])
                .replace("{C}", &world.short)
                .replace("{G}", mood),
        )
    };
    Pair {
        clean: fill(clean, random),
        planted: fill(planted, random),
    }
}

pub fn recommendation(random: &mut Random, world: &World) -> Pair {
    const BUY: &str = "Anleger sollten die Aktie kaufen|wir empfehlen, die Aktie zu kaufen|das ist eine Kaufgelegenheit|jetzt ist ein guter Zeitpunkt zum Kauf|kaufen|wir raten zum Kauf der Aktie|die Aktie ist ein klarer Kauf|Anleger sollten jetzt einsteigen|unsere Empfehlung lautet Kaufen|Positionen aufstocken ist ratsam|es ist ratsam, die Aktie zu kaufen";
    const SELL: &str = "Anleger sollten die Aktie verkaufen|wir empfehlen, die Aktie zu verkaufen|Finger weg von der Aktie|Anleger sollten Gewinne mitnehmen|verkaufen|wir raten zum Verkauf der Aktie|Anleger sollten jetzt aussteigen|unsere Empfehlung lautet Verkaufen|Anleger sollten ihre Positionen reduzieren|es ist ratsam, die Aktie zu verkaufen|Anleger sollten die Aktie meiden";
    const HOLD: &str = "Anleger sollten die Aktie halten|wir empfehlen, die Aktie zu halten|halten|unsere Empfehlung lautet Halten|wir raten, die Aktie zu halten|Anleger sollten abwarten|es ist ratsam, die Positionen zu halten|Anleger sollten an der Seitenlinie bleiben|die Einstufung lautet Halten";
    const OTHER: &str = "der Verkaufsdruck kann jederzeit zurückkehren|auf einen Ausverkauf kann eine Erholung folgen|Käufer und Verkäufer sind uneinig|überkauft und überverkauft sind Wörter der Techniker|dies ist keine Anlageberatung|Leser sollten sich eine eigene Meinung bilden|die Prognose kann falsch sein|Vorsicht ist angebracht|die Unsicherheit ist hoch, und Geduld hilft";
    let (clean, planted) = advice(random, world.call, [BUY, SELL, HOLD, OTHER]);
    Pair {
        clean: sentence(clean),
        planted: sentence(&upper(planted)),
    }
}

//! The sentences of code in German. Figures as printed in German come in, sentences go out.

use super::wording::{
    Among, CompanyData, Counted, Errors, Hindsaid, Indicators, Missed, Mood, Move, Strength, Wording, capitalised,
    listed, valued,
};
use crate::grounding::Call;
use crate::indicators::VolatilityClass;
use crate::scoring::WindowVerdict;

/// German.
pub(super) struct German;

/// What the price did, as a clause with its verb first.
fn moved(moved: Move) -> &'static str {
    match moved {
        Move::Up => "ist der Kurs gestiegen",
        Move::Flat => "hat sich der Kurs kaum bewegt",
        Move::Down => "ist der Kurs gefallen",
    }
}

fn pointed(way: Move) -> &'static str {
    match way {
        Move::Up => "nach oben",
        Move::Flat => "seitwärts",
        Move::Down => "nach unten",
    }
}

fn in_a_word(mood: Mood) -> &'static str {
    match mood {
        Mood::Good => "gut",
        Mood::Mixed => "gemischt",
        Mood::Bad => "schlecht",
    }
}

/// A span of trading days in the accusative.
fn trading_days(horizon: &str) -> String {
    match horizon {
        "1" => "einen Handelstag".to_owned(),
        _ => format!("{horizon} Handelstage"),
    }
}

impl Wording for German {
    fn titles(&self) -> [&'static str; 5] {
        [
            "Zusammenfassung",
            "Marktumfeld",
            "Risiken und Hinweise",
            "Empfehlung",
            "Fazit",
        ]
    }

    fn review_titles(&self) -> [&'static str; 3] {
        ["Genauigkeit", "Was die Prognose verfehlte", "Lehren"]
    }

    fn by_rules(&self) -> &'static str {
        "*Nach Regeln geschrieben: Jeder Satz wurde vom Programm aus den Zahlen gebildet, keiner von einem Sprachmodell.*"
    }

    fn call_printed(&self, call: Call) -> &'static str {
        match call {
            Call::Buy => "KAUFEN",
            Call::Hold => "HALTEN",
            Call::Sell => "VERKAUFEN",
            Call::None => "KEINE EINSTUFUNG",
        }
    }

    fn close(&self, company: &str, close: &str, day: &str) -> String {
        format!("{company} schloss am {day} bei {close}.")
    }

    fn month(&self, way: Move, change: &str) -> Vec<String> {
        let moved = moved(way);
        vec![
            format!("Im letzten Monat {moved}: Die 21-Tage-Rendite beträgt {change}."),
            format!("Die 21-Tage-Rendite beträgt {change}: Im letzten Monat {moved}."),
            format!("Im letzten Monat {moved}, bei einer 21-Tage-Rendite von {change}."),
        ]
    }

    fn no_forecast(&self) -> &'static str {
        "Es gibt keine Prognose."
    }

    fn outlook(&self, day: &str, median: &str, expected: &str) -> Vec<String> {
        vec![
            format!(
                "Die Medianprognose für den {day} liegt bei {median}, das sind {expected} gegenüber dem letzten Schlusskurs."
            ),
            format!("Für den {day} beträgt die Medianprognose {median}, die erwartete Rendite also {expected}."),
            format!(
                "Die Hälfte der Modellpfade endet am {day} unter {median}; die erwartete Rendite beträgt {expected}."
            ),
        ]
    }

    fn call(&self, call: Call) -> Vec<String> {
        let call = match call {
            Call::Buy => "lautet die Einstufung „Kaufen“",
            Call::Hold => "lautet die Einstufung „Halten“",
            Call::Sell => "lautet die Einstufung „Verkaufen“",
            Call::None => "gibt es keine Einstufung",
        };
        vec![
            format!("Nach diesen Zahlen {call}."),
            format!("Nach der Regel für solche Zahlen {call}."),
            format!("Alles in allem {call}."),
        ]
    }

    fn too_short(&self) -> &'static str {
        "Die Kursgeschichte ist zu kurz für Indikatoren."
    }

    fn context(&self, indicators: Indicators<'_>) -> String {
        let part = |figure: Option<&str>, words: &dyn Fn(&str) -> String| figure.map(words);
        let parts: Vec<String> = [
            part(indicators.return_5d, &|figure| {
                format!("die 5-Tage-Rendite beträgt {figure}")
            }),
            part(indicators.return_21d, &|figure| {
                format!("die 21-Tage-Rendite beträgt {figure}")
            }),
            part(indicators.volatility, &|figure| {
                format!("die Volatilität liegt bei {figure} im Jahr")
            }),
            part(indicators.rsi, &|figure| format!("der 14-Tage-RSI steht bei {figure}")),
        ]
        .into_iter()
        .flatten()
        .collect();
        format!("{}.", capitalised(&listed(&parts, "und")))
    }

    fn averages(&self, short: &str, long: &str, above: bool, close: Among) -> Vec<String> {
        let (side, sign) = if above {
            ("über", "Stärke")
        } else {
            ("unter", "Schwäche")
        };
        let at = match close {
            Among::Above => "über beiden",
            Among::Between => "zwischen beiden",
            Among::Below => "unter beiden",
        };
        vec![
            format!(
                "Der 50-Tage-Durchschnitt von {short} liegt {side} dem 200-Tage-Durchschnitt von {long}, ein Zeichen von {sign}; der letzte Schlusskurs liegt {at}."
            ),
            format!(
                "Ein Zeichen von {sign}: Der 50-Tage-Durchschnitt von {short} liegt {side} dem 200-Tage-Durchschnitt von {long}. Der letzte Schlusskurs liegt {at}."
            ),
        ]
    }

    fn strength(&self, strength: Strength) -> String {
        let words = match strength {
            Strength::Overbought => "überkauft",
            Strength::Neither => "weder überkauft noch überverkauft",
            Strength::Oversold => "überverkauft",
        };
        format!("Gemessen an ihrer relativen Stärke ist die Aktie {words}.")
    }

    fn liveliness(&self, class: VolatilityClass) -> String {
        let words = match class {
            VolatilityClass::Low => "weniger als üblich",
            VolatilityClass::Normal => "so stark wie üblich",
            VolatilityClass::High => "stärker als üblich",
        };
        format!("Der Kurs schwankt {words}.")
    }

    fn company_data(&self, company: &str, data: CompanyData<'_>) -> Vec<String> {
        let kind = match (data.sector, data.industry) {
            (Some(sector), Some(industry)) => {
                Some(format!("{company} gehört zum Sektor {sector}, Branche {industry}."))
            }
            (Some(sector), None) => Some(format!("{company} gehört zum Sektor {sector}.")),
            (None, Some(industry)) => Some(format!("{company} gehört zur Branche {industry}.")),
            (None, None) => None,
        };
        let figures = [
            ("die Marktkapitalisierung", data.market_cap),
            ("das Kurs-Gewinn-Verhältnis", data.price_earnings),
            ("die Dividendenrendite", data.dividend_yield),
        ];
        let figures = valued(&figures.map(|(name, value)| (name.to_owned(), value)), "beträgt", "und");
        let due = data
            .next_earnings
            .map(|day| format!("Die nächsten Quartalszahlen sind für den {day} angekündigt."));
        [kind, figures, due].into_iter().flatten().collect()
    }

    fn range(&self, day: &str, low: &str, high: &str) -> String {
        format!(
            "Die meisten Modellpfade enden am {day} zwischen {low} und {high}, dem 10-%-Quantil und dem 90-%-Quantil."
        )
    }

    fn no_range(&self) -> &'static str {
        "Es gibt keine Prognose; nichts hier sagt also, wohin sich der Kurs bewegen könnte."
    }

    fn reliable(&self) -> Vec<String> {
        vec![
            "Einige Pfade enden weiter außen; die Spanne ist so bemessen.".to_owned(),
            "Weiter entfernten Kursen gibt das Modell eine kleine Wahrscheinlichkeit, nicht gar keine.".to_owned(),
        ]
    }

    fn not_reliable(&self, horizon: &str) -> Vec<String> {
        let days = trading_days(horizon);
        vec![
            format!(
                "Über {days} ist diese Prognose nicht verlässlich: Ihre Zahlen zeigen, was das Modell sagt, und nicht, was zu erwarten ist."
            ),
            format!("Diese Prognose ist über {days} nicht verlässlich, und nichts sollte auf ihr aufbauen."),
        ]
    }

    fn drawdown(&self, volatility: &str, drawdown: &str) -> Vec<String> {
        vec![
            format!(
                "Bei einer Volatilität von {volatility} im Jahr schwankt der Kurs; gemessen am höchsten Schlusskurs des Zeitraums liegt er bei {drawdown}."
            ),
            format!(
                "Gemessen am höchsten Schlusskurs des Zeitraums liegt der Kurs bei {drawdown}, und die Volatilität beträgt {volatility} im Jahr."
            ),
        ]
    }

    fn swings(&self, volatility: &str) -> String {
        format!("Bei einer Volatilität von {volatility} im Jahr kann der Kurs stark schwanken.")
    }

    fn levels(&self, support: Option<&str>, resistance: Option<&str>) -> String {
        match (support, resistance) {
            (Some(support), Some(resistance)) => {
                format!("Die Unterstützung liegt bei {support}, der Widerstand bei {resistance}.")
            }
            (Some(support), None) => format!("Die Unterstützung liegt bei {support}."),
            (None, resistance) => format!("Der Widerstand liegt bei {}.", resistance.unwrap_or_default()),
        }
    }

    fn basis(&self, day: &str) -> String {
        format!("Die Einstufung beruht auf den Zahlen vom {day} und auf keinem späteren Tag.")
    }

    fn no_basis(&self) -> &'static str {
        "Dieser Bericht spricht weder für einen Kauf noch für einen Verkauf."
    }

    fn news_not_read(&self) -> &'static str {
        "Die Nachrichten wurden nicht gelesen."
    }

    fn no_headlines(&self) -> &'static str {
        "Es wurden keine Schlagzeilen gefunden, deshalb spielen die Nachrichten keine Rolle."
    }

    fn counted(&self, counted: Counted) -> String {
        let Counted {
            all,
            positive,
            negative,
            neutral,
        } = counted;
        if all == 1 {
            let label = match (positive, negative) {
                (1, _) => "positiv",
                (_, 1) => "negativ",
                _ => "neutral",
            };
            return format!("Es gibt 1 Schlagzeile, und sie ist {label}.");
        }
        let are = if positive == 1 { "ist" } else { "sind" };
        format!("Von {all} Schlagzeilen {are} {positive} positiv, {negative} negativ und {neutral} neutral.")
    }

    fn mood(&self, mood: Mood) -> String {
        format!("Die Stimmung der Nachrichten ist {}.", in_a_word(mood))
    }

    fn mood_scored(&self, mood: Mood, score: &str) -> Vec<String> {
        let mood = in_a_word(mood);
        vec![
            format!("Die Stimmung der Nachrichten ist {mood}, bei einem Nettowert von {score}."),
            format!("Bei einem Nettowert von {score} ist die Stimmung der Nachrichten {mood}."),
        ]
    }

    fn standing_out(&self, best: Option<usize>, worst: Option<usize>) -> String {
        match (best, worst) {
            (Some(best), Some(worst)) => {
                format!("Schlagzeile {best} ist die positivste, Schlagzeile {worst} die negativste.")
            }
            (Some(best), None) => format!("Schlagzeile {best} ist die positivste."),
            (None, worst) => format!("Schlagzeile {} ist die negativste.", worst.unwrap_or_default()),
        }
    }

    fn next(&self, day: &str, low: &str, high: &str) -> Vec<String> {
        vec![
            format!(
                "Zu beobachten ist, ob die Prognose für den {day} eintrifft: Ihr 50-%-Band reicht von {low} bis {high}."
            ),
            format!("Das 50-%-Band für den {day} reicht von {low} bis {high}; daran ist der Kurs zu messen."),
        ]
    }

    fn nothing_next(&self) -> &'static str {
        "Mehr lässt sich sagen, sobald es eine Prognose gibt."
    }

    fn errors(&self, errors: Errors<'_>) -> String {
        let Errors {
            horizon,
            mae,
            rmse,
            mape,
            naive_mae,
            verdict,
        } = errors;
        let verdict = match verdict {
            WindowVerdict::Beats => "ist das Modell hier besser als sie",
            WindowVerdict::Ties => "ist das Modell hier so gut wie sie",
            WindowVerdict::Loses => "ist das Modell hier schlechter als sie",
        };
        format!(
            "Über {} beträgt der mittlere absolute Fehler {mae}, der quadratische Mittelwert der Fehler {rmse} und der mittlere absolute \
             prozentuale Fehler {mape}; der mittlere absolute Fehler der naiven Prognose beträgt {naive_mae}, damit {verdict}.",
            trading_days(horizon)
        )
    }

    fn missed(&self, missed: Missed<'_>) -> String {
        let Missed {
            day,
            predicted,
            actual,
            error,
            error_day,
        } = missed;
        format!(
            "Die Medianprognose für den {day} lag bei {predicted}, der tatsächliche Schlusskurs bei {actual}; der größte Fehler beträgt {error} am {error_day}."
        )
    }

    fn lessons(&self, right: &str, inside: Option<(&str, &str)>) -> String {
        let direction = format!("Die Richtung der täglichen Bewegung stimmte an {right} der Tage");
        match inside {
            Some((inside, days)) => format!(
                "{direction}, und {inside} von {days} Schlusskursen lagen zwischen dem 10-%-Quantil und dem 90-%-Quantil."
            ),
            None => format!("{direction}."),
        }
    }

    fn one_window(&self) -> &'static str {
        "Ein einziges Fenster beweist nichts über das nächste."
    }

    fn hindsaid(&self, said: Hindsaid) -> String {
        match said {
            Hindsaid::Verdict(WindowVerdict::Beats) => {
                "In diesem Fenster lag die Prognose näher an den Kursen als die naive.".to_owned()
            }
            Hindsaid::Verdict(WindowVerdict::Ties) => {
                "In diesem Fenster lag die Prognose so nahe an den Kursen wie die naive.".to_owned()
            }
            Hindsaid::Verdict(WindowVerdict::Loses) => {
                "In diesem Fenster lag die naive Prognose näher an den Kursen.".to_owned()
            }
            Hindsaid::Ways {
                pointed: way,
                moved: came,
            } => {
                format!("Die Prognose zeigte {}; danach {}.", pointed(way), moved(came))
            }
            Hindsaid::TooHigh => "An den meisten Tagen war die Prognose zu hoch.".to_owned(),
            Hindsaid::TooLow => "An den meisten Tagen war die Prognose zu niedrig.".to_owned(),
            Hindsaid::ErrorGrew => "Der Fehler wuchs gegen Ende.".to_owned(),
            Hindsaid::Inside { enough: false } => {
                "Zu wenige Schlusskurse lagen innerhalb des Bands: Das Modell war sich sicherer, als es sein durfte."
                    .to_owned()
            }
            Hindsaid::Inside { enough: true } => "Die meisten Schlusskurse lagen innerhalb des Bands.".to_owned(),
            Hindsaid::Advised(call) => {
                let advice = match call {
                    Call::Buy => "zum Kaufen",
                    Call::Hold | Call::None => "zum Halten",
                    Call::Sell => "zum Verkaufen",
                };
                format!("Der Bericht von damals riet {advice}.")
            }
        }
    }
}

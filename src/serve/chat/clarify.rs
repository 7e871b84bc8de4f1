//! The answer to a message that cannot be analysed yet: what was read from it comes in, a few lines of Markdown that say what to write
//! go out.

use super::asked::{Asked, Horizon, MAX_HORIZON, Security};
use crate::market::{Company, Ticker};

/// Says what to write instead. `only` lists the companies with prices; it is empty where every security can be looked up. A name or a
/// symbol without prices is reported as such.
pub fn clarify(asked: &Asked, only: &[Company]) -> String {
    let mut lines = Vec::new();
    let has_prices = |ticker: &Ticker| only.is_empty() || only.iter().any(|company| company.ticker == *ticker);
    match &asked.security {
        // The horizon alone was wrong.
        Security::Ticker(ticker) | Security::Named { ticker, .. } if has_prices(ticker) => {}
        Security::Ticker(ticker) => lines.push(format!("I have no prices of `{ticker}`.")),
        Security::Named { name, ticker } => lines.push(format!("I have no prices of {name} (`{ticker}`).")),
        Security::Name(name) => lines.push(format!(
            "I could not find a security called “{name}”. Its symbol is the surest way."
        )),
        Security::Ambiguous(several) => {
            let shown: Vec<String> = several.iter().map(|one| format!("“{one}”")).collect();
            lines.push(format!(
                "I analyse one security at a time, and your message names {}. Which one do you mean?",
                listed(&shown, "and")
            ));
        }
        Security::None => lines.push("Which stock shall I analyse? Name a company or give its symbol.".to_owned()),
    }
    if let Some(Horizon::OutOfRange(days)) = asked.horizon {
        lines.push(format!(
            "I look 1 to {MAX_HORIZON} trading days ahead; {}.",
            if days > MAX_HORIZON as f64 {
                format!("what you ask for is {} (a month has 21)", amount(days))
            } else {
                "what you ask for is less".to_owned()
            }
        ));
    }
    if !only.is_empty() {
        let known: Vec<String> = only
            .iter()
            .map(|company| format!("{} (`{}`)", company.names.first().unwrap_or(&""), company.ticker))
            .collect();
        lines.push(format!("This is the demo: it has prices of {}.", listed(&known, "and")));
    }
    let named = match &asked.security {
        Security::Ticker(ticker) | Security::Named { ticker, .. } => Some(ticker).filter(|ticker| has_prices(ticker)),
        Security::Name(_) | Security::Ambiguous(_) | Security::None => None,
    };
    let examples: Vec<String> = examples(named, only)
        .into_iter()
        .map(|example| format!("- {example}"))
        .collect();
    format!("{}\n\nFor example:\n\n{}\n", lines.join(" "), examples.join("\n"))
}

/// `named` is the security of the message, where only its horizon was wrong.
fn examples(named: Option<&Ticker>, only: &[Company]) -> [String; 3] {
    let mut symbols = only.iter().map(|company| company.ticker.as_str());
    let first = symbols.next().unwrap_or("NVDA");
    let second = symbols.next().unwrap_or("VOD.L");
    let name = only
        .last()
        .and_then(|company| company.names.first())
        .unwrap_or(&"Plug Power");
    let first = named.map_or(first, Ticker::as_str);
    [
        format!("{first} over the next two weeks"),
        format!("How will {name} do next month?"),
        format!("${second} 10 days"),
    ]
}

fn listed(items: &[String], word: &str) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} {word} {last}", most.join(", ")),
    }
}

fn amount(days: f64) -> String {
    if days < 1e6 {
        format!("{days:.0}")
    } else {
        "far more".to_owned()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::market::demo_companies;
    use crate::serve::chat::read;

    fn asked(security: Security) -> Asked {
        Asked {
            security,
            horizon: None,
        }
    }

    #[test]
    fn a_message_without_a_security_is_answered_with_examples() {
        assert_eq!(
            clarify(&asked(Security::None), &[]),
            "Which stock shall I analyse? Name a company or give its symbol.\n\nFor example:\n\n\
             - NVDA over the next two weeks\n- How will Plug Power do next month?\n- $VOD.L 10 days\n"
        );
    }

    #[test]
    fn the_demo_says_which_companies_it_has() {
        let text = clarify(&asked(Security::Name("Plug Power".to_owned())), &demo_companies());
        assert!(text.contains("“Plug Power”"), "{text}");
        assert!(
            text.contains("Apple (`AAPL`), Google (`GOOG`), IBM (`IBM`) and Microsoft (`MSFT`)"),
            "{text}"
        );
        let text = clarify(
            &asked(Security::Ticker(Ticker::parse("NVDA").unwrap())),
            &demo_companies(),
        );
        assert!(text.starts_with("I have no prices of `NVDA`."), "{text}");
        let named = Security::Named {
            name: "NVIDIA Corporation".to_owned(),
            ticker: Ticker::parse("NVDA").unwrap(),
        };
        let text = clarify(&asked(named.clone()), &demo_companies());
        assert!(
            text.starts_with("I have no prices of NVIDIA Corporation (`NVDA`). This is the demo"),
            "{text}"
        );
        assert!(!text.contains("- NVDA over"), "{text}");
        // Where every security can be looked up, only the horizon can have been wrong.
        let far = Asked {
            security: named,
            horizon: Some(Horizon::OutOfRange(252.0)),
        };
        let text = clarify(&far, &[]);
        assert!(text.starts_with("I look 1 to 90 trading days ahead"), "{text}");
        assert!(text.contains("- NVDA over the next two weeks"), "{text}");
    }

    #[test]
    fn several_securities_are_listed() {
        let several = Security::Ambiguous(vec!["NVDA".to_owned(), "AMD".to_owned(), "Intel".to_owned()]);
        assert!(clarify(&asked(several), &[]).contains("names “NVDA”, “AMD” and “Intel”. Which one"));
    }

    #[test]
    fn a_horizon_out_of_range_is_answered_with_the_bounds() {
        let known = demo_companies();
        let text = clarify(&read("AAPL for a year", &known), &known);
        assert!(
            text.starts_with("I look 1 to 90 trading days ahead; what you ask for is 252 (a month has 21)."),
            "{text}"
        );
        assert!(text.contains("- AAPL over the next two weeks"), "{text}");
        let text = clarify(&read("AAPL for 0 days", &known), &known);
        assert!(text.contains("what you ask for is less."), "{text}");
        let text = clarify(&read("AAPL for 999999999999999 years", &known), &known);
        assert!(text.contains("is far more"), "{text}");
    }

    #[test]
    fn every_example_is_understood() {
        for only in [vec![], demo_companies()] {
            let text = clarify(&asked(Security::None), &only);
            for example in text.lines().filter_map(|line| line.strip_prefix("- ")) {
                let asked = read(example, &only);
                assert!(
                    matches!(asked.security, Security::Ticker(_) | Security::Name(_)),
                    "{example}: {asked:?}"
                );
                assert!(matches!(asked.horizon, Some(Horizon::Days(_))), "{example}: {asked:?}");
            }
        }
    }
}

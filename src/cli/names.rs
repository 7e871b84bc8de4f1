//! Names of companies on the command line: a name comes in, the ticker of the one company that it means goes out. Of several the user
//! chooses on a terminal; elsewhere an error lists them.

use std::io::{BufRead, IsTerminal};

use tokio::runtime::Runtime;

use crate::config::Config;
use crate::market::{Found, Meaning, Ticker, meaning};
use crate::render;

/// Letters of the longest symbols of US exchanges.
const LONGEST_SYMBOL: usize = 5;

/// What looks names up.
pub struct Names<'a> {
    pub config: &'a Config,
    pub runtime: &'a Runtime,
    /// Whether Yahoo may be asked; bundled prices and files need no network.
    pub online: bool,
    /// Whether standard input is free for an answer.
    pub can_ask: bool,
}

impl Names<'_> {
    /// The ticker of the company called `name`; a note on standard error says which it is.
    ///
    /// # Errors
    /// When nothing is called so, when several are and nobody can be asked, or when Yahoo's search fails.
    pub fn ticker(&self, name: &str) -> anyhow::Result<Ticker> {
        let universe = self.config.universe.current_or_bundled();
        let search = self.online.then_some((&self.config.client, &self.config.search));
        let found = match self.runtime.block_on(meaning(&universe, search, name))? {
            Meaning::One(found) => *found,
            Meaning::Several(several) => self.chosen(name, several)?,
            Meaning::Nothing => anyhow::bail!(
                "no company is called {name:?}: give its symbol, such as NVDA; `tripod search` finds symbols by words of a name"
            ),
        };
        note(name, &found);
        Ok(found.ticker)
    }

    /// The ticker of a word that can be a symbol, where it is a company's name instead: one that has small letters and is no listed
    /// symbol, and that the list of listed securities knows without doubt. Of several companies called so the user chooses, where the word
    /// is longer than symbols are.
    ///
    /// # Errors
    /// When several are called so and nobody can be asked.
    pub fn instead(&self, text: &str, ticker: &Ticker) -> anyhow::Result<Option<Ticker>> {
        let universe = self.config.universe.current_or_bundled();
        if !looks_like_a_name(text) || universe.get(ticker).is_some() {
            return Ok(None);
        }
        let found = match universe.company(text) {
            Some(company) => Found::from(company),
            None if text.len() <= LONGEST_SYMBOL => return Ok(None),
            None => match self.runtime.block_on(meaning(&universe, None, text))? {
                Meaning::Several(several) => self.chosen(text, several)?,
                Meaning::One(_) | Meaning::Nothing => return Ok(None),
            },
        };
        note(text, &found);
        Ok(Some(found.ticker))
    }

    fn chosen(&self, name: &str, several: Vec<Found>) -> anyhow::Result<Found> {
        let listed: Vec<String> = several.iter().map(described).collect();
        let asks = self.can_ask && std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        anyhow::ensure!(asks, "{name:?} can be {}: give the symbol", listed.join("; "));
        anstream::eprintln!("{name:?} can be:");
        for (number, one) in (1..).zip(&listed) {
            anstream::eprintln!("  {number}  {one}");
        }
        anstream::eprint!("Which one (1 to {})? ", listed.len());
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer)?;
        let place = answer
            .trim()
            .parse::<usize>()
            .ok()
            .and_then(|number| number.checked_sub(1));
        place
            .and_then(|place| several.into_iter().nth(place))
            .ok_or_else(|| anyhow::anyhow!("{:?} is none of the numbers: nothing was analysed", answer.trim()))
    }
}

/// Whether a word without marks is written as names are: `Nvidia`, or more small letters than a symbol has.
fn looks_like_a_name(text: &str) -> bool {
    let small = text.bytes().filter(u8::is_ascii_lowercase).count();
    text.bytes().all(|byte| byte.is_ascii_alphabetic())
        && small > 0
        && (small > 5
            || (text.len() > 1 && small == text.len() - 1 && text.starts_with(|c: char| c.is_ascii_uppercase())))
}

fn note(name: &str, found: &Found) {
    anstream::eprintln!("{name} is taken for {}", described(found));
}

fn described(found: &Found) -> String {
    let about: Vec<String> = [&found.name, &found.exchange]
        .into_iter()
        .flatten()
        .map(|text| render::clean(text))
        .collect();
    if about.is_empty() {
        found.ticker.to_string()
    } else {
        format!("{} ({})", found.ticker, about.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_small_letters_are_names_unless_they_can_be_symbols() {
        for name in ["Nvidia", "Apple", "microsoft", "Ford", "Caterpillar"] {
            assert!(looks_like_a_name(name), "{name}");
        }
        for symbol in [
            "NVDA", "nvda", "aapl", "BRK.b", "F", "GOOGLE", "vod.l", "btc-usd", "NvDa",
        ] {
            assert!(!looks_like_a_name(symbol), "{symbol}");
        }
    }
}

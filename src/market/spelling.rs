//! Spells a symbol as Yahoo Finance does: what people and other services write comes in (`$AAPL`, `BRK.B`, `EUR/USD`), Yahoo's symbol
//! goes out. Looks nothing up.

/// Currencies that Yahoo has pairs of (`EURUSD=X`), by ISO 4217 code.
const CURRENCIES: [&str; 40] = [
    "USD", "EUR", "GBP", "JPY", "CHF", "AUD", "NZD", "CAD", "CNY", "CNH", "HKD", "SGD", "SEK", "NOK", "DKK", "PLN",
    "CZK", "HUF", "RON", "TRY", "ILS", "ZAR", "INR", "KRW", "TWD", "THB", "MYR", "IDR", "PHP", "VND", "BRL", "MXN",
    "CLP", "COP", "PEN", "ARS", "AED", "SAR", "KWD", "ISK",
];

/// What Yahoo quotes cryptocurrencies in (`BTC-USD`). No class of shares has a name of three letters or more.
pub const CRYPTO_QUOTES: [&str; 16] = [
    "USD", "EUR", "GBP", "JPY", "CAD", "AUD", "CHF", "CNY", "HKD", "INR", "KRW", "BRL", "BTC", "ETH", "USDT", "USDC",
];

/// Suffixes of one letter: London, Frankfurt, Tokyo, and the TSX Venture Exchange. Any other letter after a point is a class of shares.
const SUFFIXES: [&str; 4] = ["L", "F", "T", "V"];

/// Most letters before a class of shares.
const LONGEST_ROOT: usize = 5;

/// Yahoo's spelling of `text`; `None` where it is the same, letter case apart.
pub fn as_yahoo_writes(text: &str) -> Option<String> {
    let untagged = text
        .strip_prefix('$')
        .filter(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '^'));
    let symbol = untagged.unwrap_or(text).to_ascii_uppercase();
    pair(&symbol)
        .or_else(|| class(&symbol))
        .or_else(|| untagged.map(|_| symbol))
}

/// Two currencies, `EUR/USD` or `EURUSD`, or a cryptocurrency in one, `BTC/USD`.
fn pair(symbol: &str) -> Option<String> {
    let slashed = symbol.split_once('/');
    let (base, quote) = match slashed {
        Some(pair) => pair,
        None => symbol.split_at_checked(3)?,
    };
    if base != quote && CURRENCIES.contains(&base) && CURRENCIES.contains(&quote) {
        return Some(format!("{base}{quote}=X"));
    }
    let is_coin = base.len() > 1 && base.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (slashed.is_some() && is_coin && CRYPTO_QUOTES.contains(&quote)).then(|| format!("{base}-{quote}"))
}

/// A class of shares after a point or a slash: `BRK.B` and `BRK/B` are `BRK-B`.
fn class(symbol: &str) -> Option<String> {
    let (root, class) = symbol.split_once(['.', '/'])?;
    let is_root = (1..=LONGEST_ROOT).contains(&root.len()) && root.bytes().all(|byte| byte.is_ascii_uppercase());
    let is_class = class.len() == 1 && class.bytes().all(|byte| byte.is_ascii_uppercase());
    let is_suffix = symbol.contains('.') && SUFFIXES.contains(&class);
    (is_root && is_class && !is_suffix).then(|| format!("{root}-{class}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cashtags_classes_and_pairs_are_spelled_as_yahoo_does() {
        for (text, yahoo) in [
            ("$AAPL", "AAPL"),
            ("$brk.b", "BRK-B"),
            ("BRK.B", "BRK-B"),
            ("bf/b", "BF-B"),
            ("HEI.A", "HEI-A"),
            ("EUR/USD", "EURUSD=X"),
            ("usdjpy", "USDJPY=X"),
            ("BTC/USD", "BTC-USD"),
            ("1INCH/USDT", "1INCH-USDT"),
        ] {
            assert_eq!(as_yahoo_writes(text).as_deref(), Some(yahoo), "{text}");
        }
    }

    #[test]
    fn listings_abroad_and_what_is_yahoos_already_stay_as_they_are() {
        for text in [
            "AAPL",
            "VOD.L",
            "SAP.F",
            "SONY.T",
            "ABC.V",
            "VOD.DE",
            "BRK-B",
            "EURUSD=X",
            "BTC-USD",
            "0700.HK",
            "^GSPC",
            "USDUSD",
            "GOOGLE",
            "$",
            "$$A",
            "A/B/C",
            "AND/OR",
            "TOOLONG.B",
            "",
            "é.B",
            "ääääää",
        ] {
            assert_eq!(as_yahoo_writes(text), None, "{text}");
        }
    }
}

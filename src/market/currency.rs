//! The units that exchanges quote prices in: a code comes in, the ISO 4217 code of the main unit and how many quoted units make one of
//! it go out.

/// Codes of smaller units in Yahoo's and other services' spelling, the main unit, and how many make one. They differ from codes of
/// main units by their case (`GBp`), or are no ISO 4217 codes.
const MINOR_UNITS: [(&str, &str, f64); 9] = [
    ("GBp", "GBP", 100.0),
    ("GBX", "GBP", 100.0),
    ("ILA", "ILS", 100.0),
    ("ILa", "ILS", 100.0),
    ("ZAc", "ZAR", 100.0),
    ("ZAC", "ZAR", 100.0),
    ("USX", "USD", 100.0),
    ("USc", "USD", 100.0),
    // A dinar has a thousand fils.
    ("KWF", "KWD", 1000.0),
];

/// The main unit of the currency that a service calls `code`, as an ISO 4217 code, and how many quoted units make one. `None` for a
/// text that is no currency.
pub fn main_unit(code: &str) -> Option<(String, f64)> {
    let code = code.trim();
    if let Some((_, main, units)) = MINOR_UNITS.iter().find(|(minor, _, _)| *minor == code) {
        return Some(((*main).to_owned(), *units));
    }
    let is_code = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_code.then(|| (code.to_ascii_uppercase(), 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_in_pence_cents_agorot_and_fils_become_prices_in_the_main_unit() {
        for (code, main, units) in [
            ("GBp", "GBP", 100.0),
            ("GBX", "GBP", 100.0),
            ("GBP", "GBP", 1.0),
            ("ILA", "ILS", 100.0),
            ("ZAc", "ZAR", 100.0),
            ("ZAR", "ZAR", 1.0),
            ("USX", "USD", 100.0),
            ("KWF", "KWD", 1000.0),
            (" usd ", "USD", 1.0),
        ] {
            assert_eq!(main_unit(code), Some((main.to_owned(), units)), "{code}");
        }
        for none in ["", "US", "DOLLAR", "U$D"] {
            assert_eq!(main_unit(none), None, "{none}");
        }
    }
}

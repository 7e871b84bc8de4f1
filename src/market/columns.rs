//! The names of the columns of a price table, as services and spreadsheets write them in the languages of the largest exchanges:
//! English, Chinese, Japanese, French, Dutch, Italian, Portuguese, Norwegian, German, Spanish, Korean, Hindi and Arabic. Names come in,
//! the column of a field goes out.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::text::clean_text;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The trading day.
    Date,
    /// The first price.
    Open,
    /// The highest price.
    High,
    /// The lowest price.
    Low,
    /// The last price, as traded.
    Close,
    /// The last price, adjusted for splits and dividends.
    Adjusted,
    /// Shares traded.
    Volume,
    /// The symbol.
    Ticker,
}

impl Field {
    /// Every field.
    pub const ALL: [Field; 8] = [
        Field::Date,
        Field::Open,
        Field::High,
        Field::Low,
        Field::Close,
        Field::Adjusted,
        Field::Volume,
        Field::Ticker,
    ];

    /// The names of such a column, the surest first.
    #[rustfmt::skip]
    fn names(self) -> &'static [&'static str] {
        match self {
            Field::Date => &[
                "date", "trade date", "trading day", "day", "datetime", "timestamp", "time", "交易日期", "日期", "時間", "时间", "日付",
                "日時", "datum", "tag", "jour", "dato", "fecha", "data", "날짜", "일자", "दिनांक", "तारीख", "التاريخ", "تاريخ",
            ],
            Field::Open => &[
                "open", "open price", "opening price", "opening", "开盘价", "开盘", "開盤價", "開盤", "開市價", "開市", "始値",
                "ouverture", "ouv", "openingskoers", "apertura", "prezzo di apertura", "abertura", "åpning", "åpningskurs",
                "eröffnung", "eröffnungskurs", "eröffn", "erster", "시가", "खुला", "الافتتاح", "افتتاح", "سعر الافتتاح",
            ],
            Field::High => &[
                "high", "high price", "highest", "最高价", "最高價", "最高", "高値", "plus haut", "haut", "hoog", "hoogste", "massimo",
                "max", "máximo", "máxima", "høy", "høyest", "hoch", "höchst", "höchstkurs", "tageshoch", "고가", "उच्च", "الأعلى",
                "أعلى", "أعلى سعر",
            ],
            Field::Low => &[
                "low", "low price", "lowest", "最低价", "最低價", "最低", "安値", "plus bas", "bas", "laag", "laagste", "minimo", "min",
                "mínimo", "mínima", "lav", "lavest", "tief", "tiefst", "tiefstkurs", "tagestief", "저가", "निम्न", "الأدنى", "أدنى",
                "أدنى سعر",
            ],
            Field::Close => &[
                "close", "close price", "closing price", "close/last", "last", "last price", "last traded price", "ltp", "price",
                "收盘价", "收盘", "收盤價", "收盤", "收市價", "收市", "最新价", "終値", "現在値", "clôture", "cours de clôture", "fermeture",
                "dernier", "slot", "slotkoers", "laatste", "chiusura", "prezzo di chiusura", "ultimo", "fechamento", "fecho",
                "cierre", "precio de cierre", "slutt", "sluttkurs", "siste", "schluss", "schlusskurs", "zuletzt", "letzter",
                "kurs", "종가", "बंद", "समापन मूल्य", "الإغلاق", "إغلاق", "سعر الإغلاق", "آخر سعر",
            ],
            Field::Adjusted => &[
                "adj close", "adjusted close", "close adj", "close adjusted", "adj close price", "后复权收盘价", "调整后收盘价",
                "調整後終値", "終値調整値", "修正後終値", "clôture ajustée", "chiusura aggiustata", "fechamento ajustado", "cierre ajustado",
                "schluss adj", "bereinigter schlusskurs", "수정종가",
            ],
            Field::Volume => &[
                "volume", "vol", "share volume", "number of shares", "no. of shares", "shares traded", "total traded quantity",
                "total traded volume", "成交量", "成交股數", "成交股数", "出来高", "売買高", "volumes", "titres échangés", "hoeveelheid",
                "quantità", "quantidade", "volum", "umsatz (stk.)", "stuecke", "stücke", "stück", "volumen", "거래량", "मात्रा",
                "حجم التداول", "الحجم", "الكمية", "كمية التداول",
            ],
            Field::Ticker => &["ticker", "symbol", "证券代码", "股票代码", "證券代號", "コード"],
        }
    }

    /// The place of the field's column among the names of a header.
    ///
    /// # Errors
    /// When two columns have the same name, in words that follow the file's name.
    pub fn column<'a>(self, header: impl Iterator<Item = &'a str> + Clone) -> Result<Option<usize>, String> {
        let keys: Vec<String> = header.clone().map(key).collect();
        for name in self.names() {
            let name = key(name);
            let mut found = (0..keys.len()).filter(|&at| keys[at] == name);
            if let Some(at) = found.next() {
                return match found.next() {
                    None => Ok(Some(at)),
                    Some(_) => Err(format!("it has two columns called `{}`", shown(header, at))),
                };
            }
        }
        Ok(None)
    }

    /// Whether a column with this name is one of the field.
    pub fn is(self, name: &str) -> bool {
        let name = key(name);
        self.names().iter().any(|known| key(known) == name)
    }
}

/// The name of the column at `at`, for a message.
pub fn shown<'a>(mut header: impl Iterator<Item = &'a str>, at: usize) -> String {
    clean_text(header.nth(at).unwrap_or_default(), 40)
}

/// A name for comparison: `Adj. Close*` and `adj_close` are the same column, and so are `Clôture` and `CLOTURE`.
fn key(name: &str) -> String {
    name.nfkd()
        .filter(|&c| c.is_alphanumeric() && !is_combining_mark(c))
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn column(field: Field, header: &[&str]) -> Option<usize> {
        field.column(header.iter().copied()).unwrap()
    }

    #[test]
    fn a_column_is_known_by_its_name_in_any_case_and_with_any_marks() {
        for name in [
            "Close",
            "CLOSE*",
            " close ",
            "Clôture",
            "CLOTURE",
            "<CLOSE>",
            "收盘",
            "Close/Last",
            "Last Price",
        ] {
            assert!(Field::Close.is(name), "{name}");
        }
        assert!(Field::Adjusted.is("Adj. Close**") && Field::Adjusted.is("adj_close"));
        assert!(!Field::Close.is("Prev. Close") && !Field::High.is("52W H"));
    }

    #[test]
    fn the_surest_name_wins_and_one_name_twice_is_refused() {
        assert_eq!(column(Field::Close, &["LTP", "Prev. Close", "close"]), Some(2));
        assert_eq!(column(Field::Date, &["<TIME>", "<DATE>"]), Some(1));
        let twice = Field::Close.column(["Close", "CLOSE"].into_iter()).unwrap_err();
        assert_eq!(twice, "it has two columns called `Close`");
    }

    #[test]
    fn no_name_stands_for_two_fields() {
        for (at, field) in Field::ALL.iter().enumerate() {
            for other in &Field::ALL[at + 1..] {
                for name in field.names() {
                    assert!(!other.is(name), "{name} is {field:?} and {other:?}");
                }
            }
        }
    }
}

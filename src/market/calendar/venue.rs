//! The places where securities trade ([`Venue`]): a series comes in, its exchange's time zone, hours and holidays go out. An exchange is
//! recognised by the names and codes that Yahoo uses, else by the suffix of the symbol.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc, Weekday};
use chrono_tz::Tz;

use super::holidays::{Holidays, holidays};
use crate::market::series::{Series, SourceKind};
use crate::market::spelling::CRYPTO_QUOTES;
use crate::market::ticker::Ticker;

/// Number of newest bars from which the trading weekdays of an unknown exchange are read.
const WEEKDAY_SAMPLE: usize = 60;

/// With fewer bars than this the weekdays are not read from them.
const MIN_SAMPLE: usize = 20;

/// One exchange, or several that keep the same days and hours.
#[derive(Debug)]
pub(super) struct Venue {
    /// As it stands in a sentence.
    pub name: &'static str,
    days: Days,
    pub zone: Tz,
    /// Hour and minute at which the usual session ends, closing auction excluded; 24:00 is midnight.
    close: (u32, u32),
    /// The close before a day on which it was moved.
    close_before: Option<EarlierClose>,
    /// What Yahoo calls it, in upper case.
    names: &'static [&'static str],
    /// What its symbols end in.
    suffixes: &'static [&'static str],
}

/// A close that was kept until a day.
#[derive(Debug)]
struct EarlierClose {
    /// Year, month and day of the first session with the new close.
    until: (i32, u32, u32),
    /// Hour and minute.
    close: (u32, u32),
}

/// Days on which a venue trades.
#[derive(Debug, Clone, Copy)]
enum Days {
    /// Weekdays less the holidays of the exchange with this ISO 10383 code.
    Holidays(&'static str),
    /// All weekdays.
    Weekdays,
    /// Every day.
    All,
}

const VENUES: [Venue; 13] = [
    Venue {
        name: "the exchanges in the US",
        days: Days::Holidays("XNYS"),
        zone: Tz::America__New_York,
        close: (16, 0),
        close_before: None,
        names: &[
            "NYSE",
            "NYQ",
            "NYSE AMERICAN",
            "ASE",
            "AMEX",
            "NYSEARCA",
            "NYSE ARCA",
            "PCX",
            "NASDAQ",
            "NASDAQGS",
            "NASDAQGM",
            "NASDAQCM",
            "NMS",
            "NGM",
            "NCM",
            "NASDAQ GIDS",
            "NIM",
            "CBOE US",
            "BATS",
            "BTS",
            "IEX",
            "OTC MARKETS",
            "PNK",
            "OQB",
            "OQX",
            "SNP",
            "DJI",
            "CBOE INDICES",
            "WCB",
            "CXI",
            "OPR",
            "OPRA",
        ],
        suffixes: &[],
    },
    Venue {
        name: "the London Stock Exchange",
        days: Days::Holidays("XLON"),
        zone: Tz::Europe__London,
        close: (16, 30),
        close_before: None,
        names: &["LSE", "LONDON", "IOB", "FGI", "FTSE INDEX"],
        suffixes: &["L", "IL"],
    },
    Venue {
        name: "Xetra",
        days: Days::Holidays("XETR"),
        zone: Tz::Europe__Berlin,
        close: (17, 30),
        close_before: None,
        names: &["XETRA", "GER"],
        suffixes: &["DE"],
    },
    Venue {
        name: "the German trading floors",
        days: Days::Holidays("XETR"),
        zone: Tz::Europe__Berlin,
        close: (22, 0),
        close_before: None,
        names: &[
            "FRANKFURT",
            "FRA",
            "STUTTGART",
            "STU",
            "MUNICH",
            "MUN",
            "DUSSELDORF",
            "DUS",
            "BERLIN",
            "BER",
            "HAMBURG",
            "HAM",
            "HANOVER",
            "HAN",
        ],
        suffixes: &["F", "SG", "MU", "DU", "BE", "HM", "HA"],
    },
    Venue {
        name: "Euronext",
        days: Days::Holidays("XPAR"),
        zone: Tz::Europe__Paris,
        close: (17, 30),
        close_before: None,
        // Brussels and Lisbon have kept the days of Paris and Amsterdam since 2003.
        names: &[
            "PARIS",
            "PAR",
            "AMSTERDAM",
            "AMS",
            "BRUSSELS",
            "BRU",
            "LISBON",
            "LIS",
            "EURONEXT",
        ],
        suffixes: &["PA", "AS", "BR", "LS"],
    },
    Venue {
        name: "the SIX Swiss Exchange",
        days: Days::Holidays("XSWX"),
        zone: Tz::Europe__Zurich,
        close: (17, 30),
        close_before: None,
        names: &["SWISS", "EBS", "VTX", "SIX"],
        suffixes: &["SW", "VX"],
    },
    Venue {
        name: "the Tokyo Stock Exchange",
        days: Days::Holidays("XTKS"),
        zone: Tz::Asia__Tokyo,
        close: (15, 30),
        close_before: Some(EarlierClose {
            until: (2024, 11, 5),
            close: (15, 0),
        }),
        names: &["TOKYO", "JPX", "TYO", "OSAKA", "OSA"],
        suffixes: &["T"],
    },
    Venue {
        name: "the Stock Exchange of Hong Kong",
        days: Days::Holidays("XHKG"),
        zone: Tz::Asia__Hong_Kong,
        close: (16, 0),
        close_before: None,
        names: &["HKSE", "HKG", "HKEX", "HONG KONG"],
        suffixes: &["HK"],
    },
    Venue {
        name: "the exchanges of Shanghai and Shenzhen",
        days: Days::Holidays("XSHG"),
        zone: Tz::Asia__Shanghai,
        close: (15, 0),
        close_before: None,
        names: &["SHANGHAI", "SHH", "SSE", "SHENZHEN", "SHZ", "SZSE"],
        suffixes: &["SS", "SZ"],
    },
    Venue {
        name: "the exchanges of India",
        days: Days::Holidays("XNSE"),
        zone: Tz::Asia__Kolkata,
        close: (15, 30),
        close_before: None,
        names: &["NSE", "NSI", "BSE", "BOM", "BOMBAY"],
        suffixes: &["NS", "BO"],
    },
    Venue {
        name: "the Toronto Stock Exchange",
        days: Days::Holidays("XTSE"),
        zone: Tz::America__Toronto,
        close: (16, 0),
        close_before: None,
        names: &["TORONTO", "TOR", "TSX", "TSXV", "VAN"],
        suffixes: &["TO", "V"],
    },
    Venue {
        name: "the currency market",
        days: Days::Weekdays,
        // The day of a currency is that of London in Yahoo's bars.
        zone: Tz::Europe__London,
        close: (24, 0),
        close_before: None,
        names: &["CCY"],
        suffixes: &[],
    },
    Venue {
        name: "the cryptocurrency exchanges",
        days: Days::All,
        zone: Tz::UTC,
        close: (24, 0),
        close_before: None,
        names: &["CCC"],
        suffixes: &[],
    },
];

const NEW_YORK: usize = 0;
const CURRENCIES: usize = VENUES.len() - 2;
const CRYPTO: usize = VENUES.len() - 1;

impl Venue {
    /// Where the security of `series` trades; `None` where that is not known.
    pub fn of(series: &Series) -> Option<&'static Self> {
        if let Some(venue) = series.exchange.as_deref().and_then(Self::named) {
            return Some(venue);
        }
        // A file's symbol can look like a cryptocurrency's and be another's; its days tell.
        let fits = |venue: &&Self| {
            !matches!(venue.days, Days::All) || series.bars.len() < MIN_SAMPLE || observed_weekdays(series).len() == 7
        };
        if let Some(venue) = Self::by_symbol(&series.ticker).filter(fits) {
            return Some(venue);
        }
        // In Yahoo's scheme a symbol without a suffix is a US listing, and most users' files follow it.
        let is_us = series.exchange.is_none()
            && series.source != SourceKind::Yahoo
            && series.currency == "USD"
            && !series.ticker.as_str().contains(['.', '='])
            && !observed_weekdays(series).iter().any(|&day| day > 5);
        is_us.then_some(&VENUES[NEW_YORK])
    }

    /// By Yahoo's name or code of an exchange.
    pub fn named(exchange: &str) -> Option<&'static Self> {
        let name = exchange.trim().to_ascii_uppercase();
        if name.starts_with("OTC MARKETS") {
            return Some(&VENUES[NEW_YORK]);
        }
        VENUES.iter().find(|venue| venue.names.contains(&name.as_str()))
    }

    /// By what a symbol ends in.
    pub fn by_symbol(ticker: &Ticker) -> Option<&'static Self> {
        let symbol = ticker.as_str();
        if symbol.ends_with("=X") {
            return Some(&VENUES[CURRENCIES]);
        }
        if let Some((_, quote)) = symbol.rsplit_once('-')
            && CRYPTO_QUOTES.contains(&quote)
        {
            return Some(&VENUES[CRYPTO]);
        }
        let (_, suffix) = symbol.rsplit_once('.')?;
        VENUES.iter().find(|venue| venue.suffixes.contains(&suffix))
    }

    /// Whether a session of this day could be expected.
    pub fn is_planned(&self, date: NaiveDate) -> bool {
        self.trades(date, Holidays::is_planned)
    }

    /// Whether there was a session, or, of a later day, whether one is planned.
    pub fn is_held(&self, date: NaiveDate) -> bool {
        self.trades(date, Holidays::is_held)
    }

    fn trades(&self, date: NaiveDate, on: impl Fn(&Holidays, NaiveDate) -> bool) -> bool {
        let is_weekday = !matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
        match self.days {
            Days::All => true,
            Days::Weekdays => is_weekday,
            Days::Holidays(_) => self.holidays().map_or(is_weekday, |table| on(table, date)),
        }
    }

    /// Its table of holidays; `None` where it has no holidays.
    pub fn holidays(&self) -> Option<&'static Holidays> {
        match self.days {
            Days::Holidays(code) => holidays(code),
            Days::Weekdays | Days::All => None,
        }
    }

    /// When the session of a day ends.
    pub fn session_end(&self, date: NaiveDate) -> Option<DateTime<Utc>> {
        let minutes = self.holidays().and_then(|table| table.end(date)).unwrap_or_else(|| {
            let (hour, minute) = match &self.close_before {
                Some(earlier) if (date.year(), date.month(), date.day()) < earlier.until => earlier.close,
                _ => self.close,
            };
            hour * 60 + minute
        });
        let local = date
            .and_time(NaiveTime::MIN)
            .checked_add_signed(TimeDelta::minutes(minutes.into()))?;
        Some(self.zone.from_local_datetime(&local).latest()?.to_utc())
    }

    /// The exchange's date at an instant.
    pub fn date(&self, now: DateTime<Utc>) -> NaiveDate {
        now.with_timezone(&self.zone).date_naive()
    }
}

/// The weekdays, Monday is 1, on which the newest bars fall regularly.
pub(super) fn observed_weekdays(series: &Series) -> BTreeSet<u32> {
    let newest = &series.bars[series.bars.len().saturating_sub(WEEKDAY_SAMPLE)..];
    if newest.len() < MIN_SAMPLE {
        return (1..=5).collect();
    }
    let bars_on = |day: u32| {
        newest
            .iter()
            .filter(|bar| bar.date.weekday().number_from_monday() == day)
            .count()
    };
    // A single Saturday session is an exception; one in every other week is not.
    let days: BTreeSet<u32> = (1..=7).filter(|&day| bars_on(day) * 20 > newest.len()).collect();
    if days.is_empty() { (1..=5).collect() } else { days }
}

//! The exchange's day: an answer's `meta` and an instant come in, the date at the exchange goes out, and whether that day's session
//! is over. Pure; the present is handed in.

use chrono::{DateTime, FixedOffset, NaiveDate, Offset, TimeZone, Utc};
use yahoo_finance_api::YMetaData;

/// Quotes of some exchanges lag by a quarter of an hour, and closing auctions take a while: so long after the close the last
/// quote counts as final even if it is older than the close.
const SETTLED_AFTER: i64 = 30 * 60;

/// Turns instants into the exchange's dates.
pub enum ExchangeClock {
    /// With its changes between winter and summer.
    Zone(chrono_tz::Tz),
    /// The same all year.
    Offset(FixedOffset),
}

impl ExchangeClock {
    /// By the zone's name, else by its present offset.
    pub fn of(meta: &YMetaData) -> Self {
        match meta.exchange_timezone_name.parse() {
            Ok(zone) => Self::Zone(zone),
            Err(_) => Self::Offset(FixedOffset::east_opt(meta.gmtoffset).unwrap_or(Utc.fix())),
        }
    }

    /// The exchange's date at an instant, given in Unix seconds.
    pub fn date(&self, stamp: i64) -> Option<NaiveDate> {
        let instant = DateTime::from_timestamp(stamp, 0)?.naive_utc();
        Some(match self {
            Self::Zone(zone) => zone.from_utc_datetime(&instant).date_naive(),
            Self::Offset(offset) => offset.from_utc_datetime(&instant).date_naive(),
        })
    }
}

/// Whether the session of `date` has yet to close. The session's end is the day's own, so a half day closes early here too.
pub fn still_moving(date: NaiveDate, meta: &YMetaData, clock: &ExchangeClock, now: DateTime<Utc>) -> bool {
    let session = &meta.current_trading_period.regular;
    let (start, end, now) = (i64::from(session.start), i64::from(session.end), now.timestamp());
    match clock.date(start).filter(|_| end > 0) {
        Some(day) if date < day => false,
        Some(_) => {
            let settled =
                meta.regular_market_time.is_none_or(|quoted| i64::from(quoted) >= end) || now >= end + SETTLED_AFTER;
            now < end || !settled
        }
        // Without a session to go by, a day counts as finished when the next has begun.
        None => clock.date(now).is_some_and(|today| date >= today),
    }
}

//! The exchange's local date at an instant, and whether that day's session has closed. Pure; the current time is a parameter.

use chrono::{DateTime, FixedOffset, NaiveDate, Offset, TimeZone, Utc};
use yahoo_finance_api::YMetaData;

/// Quotes of some exchanges are 15 minutes late, and closing auctions take time. This long after the close, the last quote counts
/// as final even when its time stamp is earlier than the close.
const SETTLED_AFTER: i64 = 30 * 60;

/// The exchange's time zone.
pub enum ExchangeClock {
    /// A named zone with daylight saving time.
    Zone(chrono_tz::Tz),
    /// A fixed offset from UTC.
    Offset(FixedOffset),
}

impl ExchangeClock {
    /// From the zone's name, else from its current offset.
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

/// Whether the session of `date` is still open. Its end is that day's own, so half days are covered.
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
        // Without session times, a day counts as finished when the next one has begun.
        None => clock.date(now).is_some_and(|today| date >= today),
    }
}

//! Whether the session of a day has ended, so that its bar is final, and the session ends beside an instant. Pure; the current time
//! is a parameter.

use chrono::{DateTime, Days, FixedOffset, NaiveDate, Offset, TimeDelta, TimeZone, Utc};
use yahoo_finance_api::YMetaData;

use super::venue::Venue;
use crate::market::series::{Series, SourceKind};
use crate::market::ticker::Ticker;

/// Quotes of some exchanges are 15 minutes late, and closing auctions take time. This long after the close, the last quote counts
/// as final even when its time stamp is earlier than the close.
pub const SETTLED_AFTER: TimeDelta = TimeDelta::minutes(30);

/// More days than any exchange was closed together.
const LONGEST_CLOSING: u64 = 40;

/// When the bar of the newest session was final: the last session end before `now`, with half an hour for the closing auction and late
/// quotes. Bars that were fetched before it lack that session. `None` for a series whose exchange is not known.
pub fn last_session_end(series: &Series, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let venue = Venue::of(series)?;
    let today = venue.date(now);
    (0..LONGEST_CLOSING)
        .filter_map(|back| today.checked_sub_days(Days::new(back)))
        .filter(|date| venue.is_held(*date))
        .filter_map(|date| final_at(venue, date))
        .find(|end| *end <= now)
}

/// When the bar of the next session, or of the current one, will be final: as [`last_session_end`], but after `now`.
pub fn next_session_end(series: &Series, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let venue = Venue::of(series)?;
    // A session that ends at midnight is final on the day after its own.
    let yesterday = venue.date(now).pred_opt()?;
    (0..LONGEST_CLOSING)
        .filter_map(|ahead| yesterday.checked_add_days(Days::new(ahead)))
        .filter(|date| venue.is_held(*date))
        .filter_map(|date| final_at(venue, date))
        .find(|end| *end > now)
}

fn final_at(venue: &Venue, date: NaiveDate) -> Option<DateTime<Utc>> {
    venue.session_end(date)?.checked_add_signed(SETTLED_AFTER)
}

/// The series without the bar of a day whose session has not ended; a warning names it. A series from Yahoo stays as it is: its
/// answer tells the session's end itself (see [`still_moving`]).
pub fn without_open_day(mut series: Series, now: DateTime<Utc>) -> Series {
    if series.source == SourceKind::Yahoo || series.bars.len() < 2 {
        return series;
    }
    let (Some(venue), Some(date)) = (Venue::of(&series), series.last().map(|bar| bar.date)) else {
        return series;
    };
    if date == venue.date(now) && final_at(venue, date).is_some_and(|end| now < end) {
        series.bars.pop();
        series
            .warnings
            .push(format!("the bar of {date} was left out: the market had not closed yet"));
    }
    series
}

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

/// Whether the bar of `date` in a chart of Yahoo's can still change. The chart's own trading period decides where it is that day's, so
/// that half days nobody knew of are covered; a period of a later day tells that `date` is over. Otherwise the exchange's calendar
/// decides, and where there is none, the end of the exchange's day.
pub fn still_moving(date: NaiveDate, meta: &YMetaData, clock: &ExchangeClock, now: DateTime<Utc>) -> bool {
    let period = &meta.current_trading_period.regular;
    let day = clock.date(period.start.into()).filter(|_| period.end > 0);
    let end = match day {
        Some(day) if date < day => return false,
        Some(day) if date == day => DateTime::from_timestamp(period.end.into(), 0),
        _ => venue_of(meta).and_then(|venue| venue.session_end(date)),
    };
    let Some(end) = end else {
        return clock.date(now.timestamp()).is_some_and(|today| date >= today);
    };
    let is_quoted_after = meta
        .regular_market_time
        .is_none_or(|quoted| i64::from(quoted) >= end.timestamp());
    now < end || !(is_quoted_after || now - end >= SETTLED_AFTER)
}

fn venue_of(meta: &YMetaData) -> Option<&'static Venue> {
    Venue::named(&meta.full_exchange_name)
        .or_else(|| Venue::named(&meta.exchange_name))
        .or_else(|| Venue::by_symbol(&Ticker::parse(&meta.symbol).ok()?))
}

#[cfg(test)]
#[path = "open_day_tests.rs"]
mod tests;

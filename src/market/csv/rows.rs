//! The rows of a price table as bars: records and their header come in, bars go out. Every error names the file, the line and the
//! column.

use csv::StringRecord;

use super::super::columns::{Field, shown};
use super::super::dates::Form;
use super::super::error::MarketError;
use super::super::series::Bar;
use super::super::ticker::Ticker;
use super::header::Header;
use super::numbers::{self, Decimals};

/// Where each column is.
struct Columns {
    date: usize,
    open: Option<usize>,
    high: Option<usize>,
    low: Option<usize>,
    close: Option<usize>,
    adjusted: Option<usize>,
    volume: Option<usize>,
}

/// What reading a row needs to know about its table.
pub(super) struct Sheet<'a> {
    file: &'a str,
    header: &'a Header,
    columns: Columns,
    form: Form,
    prices: Decimals,
    shares: Decimals,
}

/// The rows below the header that hold a day: without empty ones, notes of a single cell, and the rows of other tickers.
///
/// # Errors
/// For a row that is longer than the header; in words that follow the file's name.
pub(super) fn rows_of<'a>(
    all: &'a [StringRecord],
    header: &Header,
    ticker: &Ticker,
) -> Result<Vec<&'a StringRecord>, String> {
    let names = || header.names.iter().map(String::as_str);
    let mut rows = Vec::new();
    for row in all.iter().skip(header.rows_from) {
        if row.iter().skip(header.names.len()).any(|cell| !cell.is_empty()) {
            return Err(format!(
                "it is not a CSV table: line {} has {} cells, and its header names {} columns",
                line_of(row),
                row.len(),
                header.names.len()
            ));
        }
        let filled: Vec<&str> = row.iter().filter(|cell| !cell.is_empty()).collect();
        let is_note = filled.len() == 1
            && header.names.len() > 1
            && Form::of(filled.iter().copied())
                .and_then(|form| form.day(filled[0]))
                .is_err();
        if !filled.is_empty() && !is_note {
            rows.push(row);
        }
    }
    let Some(column) = Field::Ticker.column(names())? else {
        return Ok(rows);
    };
    let of = |row: &StringRecord| row.get(column).unwrap_or_default().to_owned();
    let Some(first) = rows.first().map(|row| of(row)) else {
        return Ok(rows);
    };
    if rows.iter().all(|row| of(row) == first) {
        return Ok(rows);
    }
    let ours = |row: &&StringRecord| Ticker::parse(row.get(column).unwrap_or_default()).as_ref() == Ok(ticker);
    rows.retain(ours);
    if rows.is_empty() {
        return Err(format!("it has rows of several tickers and none of {ticker}"));
    }
    Ok(rows)
}

impl<'a> Sheet<'a> {
    /// Reads off the columns how they write dates and numbers; `usual` is the decimal mark where none shows one.
    ///
    /// # Errors
    /// In words that follow the file's name.
    pub(super) fn new(
        file: &'a str,
        header: &'a Header,
        rows: &[&StringRecord],
        usual: Decimals,
    ) -> Result<Self, String> {
        let names = || header.names.iter().map(String::as_str);
        let find = |field: Field| field.column(names());
        let columns = Columns {
            date: find(Field::Date)?.ok_or("it has no column of dates")?,
            open: find(Field::Open)?,
            high: find(Field::High)?,
            low: find(Field::Low)?,
            close: find(Field::Close)?,
            adjusted: find(Field::Adjusted)?,
            volume: find(Field::Volume)?,
        };
        let of_column = |at: usize| move |reason: String| format!("column `{}`: {reason}", shown(names(), at));
        let cells = |at: usize| rows.iter().filter_map(move |row| row.get(at));
        let prices = [columns.close, columns.adjusted, columns.open, columns.high, columns.low];
        let first = columns.close.or(columns.adjusted).unwrap_or(columns.date);
        let of_prices = Decimals::of(prices.into_iter().flatten().flat_map(cells), usual).map_err(of_column(first))?;
        let of_shares = columns
            .volume
            .map(|at| Decimals::of(cells(at), of_prices).map_err(of_column(at)));
        Ok(Sheet {
            file,
            header,
            form: Form::of(cells(columns.date)).map_err(of_column(columns.date))?,
            columns,
            prices: of_prices,
            shares: of_shares.transpose()?.unwrap_or(of_prices),
        })
    }

    /// `None` for a row without a close.
    pub(super) fn bar(&self, row: &StringRecord) -> Result<Option<Bar>, MarketError> {
        let columns = &self.columns;
        let date = self
            .form
            .day(row.get(columns.date).unwrap_or_default())
            .map_err(|reason| self.wrong(row, columns.date, reason))?;
        let traded = self.price(row, columns.close)?;
        let adjusted = self.price(row, columns.adjusted)?;
        // A row with only one of the two closes: an adjusted close is used as it is; a traded close cannot be adjusted.
        let (close, factor) = match (adjusted, traded) {
            (Some(adjusted), Some(traded)) => (adjusted, Some(adjusted / traded)),
            (Some(adjusted), None) => (adjusted, None),
            (None, Some(traded)) if columns.adjusted.is_none() => (traded, Some(1.0)),
            (None, _) => return Ok(None),
        };
        let scaled = |column| -> Result<Option<f64>, MarketError> {
            let price = self.price(row, column)?.zip(factor);
            let price = price.map(|(price, factor)| price * factor);
            Ok(price.filter(|price| price.is_finite() && *price > 0.0))
        };
        let shares = |cell: &str| numbers::shares(cell, self.shares);
        Ok(Some(Bar {
            date,
            open: scaled(columns.open)?,
            high: scaled(columns.high)?,
            low: scaled(columns.low)?,
            close,
            volume: self
                .number(row, columns.volume, shares)?
                .map(|shares| shares.round() as u64),
        }))
    }

    fn price(&self, row: &StringRecord, column: Option<usize>) -> Result<Option<f64>, MarketError> {
        let price = self.number(row, column, |cell| numbers::number(cell, self.prices))?;
        match (price, column) {
            (Some(0.0), Some(at)) => Err(self.wrong(
                row,
                at,
                "a price of 0 is none: leave the cell empty where there is no price".to_owned(),
            )),
            _ => Ok(price),
        }
    }

    fn number(
        &self,
        row: &StringRecord,
        column: Option<usize>,
        read: impl Fn(&str) -> Result<Option<f64>, String>,
    ) -> Result<Option<f64>, MarketError> {
        let Some((at, cell)) = column.and_then(|at| Some((at, row.get(at)?))) else {
            return Ok(None);
        };
        match read(cell) {
            Ok(Some(value)) if value < 0.0 => Err(self.wrong(row, at, format!("{value} is negative"))),
            Ok(value) => Ok(value),
            Err(reason) => Err(self.wrong(row, at, reason)),
        }
    }

    fn wrong(&self, row: &StringRecord, column: usize, reason: String) -> MarketError {
        MarketError::Cell {
            file: self.file.to_owned(),
            line: line_of(row),
            column: shown(self.header.names.iter().map(String::as_str), column),
            reason,
        }
    }
}

/// The line of a record, from 1.
pub(super) fn line_of(row: &StringRecord) -> u64 {
    row.position().map_or(0, csv::Position::line)
}

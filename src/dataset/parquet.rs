//! Datasets as Parquet: records go in and a file of row groups with zstd pages comes out, and the other way round. Holds one row
//! group in memory, never the file.

use std::borrow::Cow;
use std::fs::File;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use chrono::NaiveDate;
use parquet::basic::{Compression, ZstdLevel};
use parquet::column::reader::{ColumnReader, get_typed_column_reader};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, Int32Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::{ColumnPath, Type};

use super::record::Record;
use crate::market::WholeFile;

/// The columns, in the order of [`Record`]'s fields.
const SCHEMA: &str = "message dataset {
    REQUIRED BYTE_ARRAY prompt (STRING);
    REQUIRED BYTE_ARRAY completion (STRING);
    REQUIRED BYTE_ARRAY ticker (STRING);
    REQUIRED INT32 from (DATE);
    REQUIRED INT32 split_day (DATE);
    REQUIRED INT32 horizon (INTEGER(16,false));
    REQUIRED INT32 context (INTEGER(16,false));
}";

/// A row group is written when its texts reach this size: large enough to compress well, small enough to hold.
const ROW_GROUP_BYTES: usize = 8 << 20;

/// The most rows of a row group that is written.
const ROW_GROUP_ROWS: usize = 8_192;

/// The most rows of a row group that is read: other writers make groups of a million, and a few bytes can promise a billion.
const MOST_ROWS: usize = 1 << 20;

/// Writes records into a Parquet file.
pub(super) struct ParquetWriter<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    group: RowGroup,
}

impl<W: Write + Send> ParquetWriter<W> {
    /// Begins a file; `level` is zstd's, 1 to 22.
    pub(super) fn new(out: W, level: i32) -> Result<Self, ParquetError> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(level)?))
            // Every prompt differs from every other, so a dictionary of them would only cost time.
            .set_column_dictionary_enabled(ColumnPath::from("prompt"), false)
            .set_column_dictionary_enabled(ColumnPath::from("completion"), false)
            .set_created_by(concat!("tripod ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let schema = Arc::new(parse_message_type(SCHEMA)?);
        Ok(ParquetWriter {
            writer: SerializedFileWriter::new(out, schema, Arc::new(properties))?,
            group: RowGroup::default(),
        })
    }

    /// Adds a record.
    pub(super) fn push(&mut self, record: &Record<'_>) -> Result<(), ParquetError> {
        self.group.push(record);
        if self.group.bytes >= ROW_GROUP_BYTES || self.group.prompts.len() >= ROW_GROUP_ROWS {
            self.flush()?;
        }
        Ok(())
    }

    /// Writes the last row group and the footer, and returns what the file was written into.
    pub(super) fn finish(mut self) -> Result<W, ParquetError> {
        self.flush()?;
        self.writer.into_inner()
    }

    fn flush(&mut self) -> Result<(), ParquetError> {
        let group = std::mem::take(&mut self.group);
        if group.prompts.is_empty() {
            return Ok(());
        }
        let mut out = self.writer.next_row_group()?;
        column::<ByteArrayType, W>(&mut out, &group.prompts)?;
        column::<ByteArrayType, W>(&mut out, &group.completions)?;
        column::<ByteArrayType, W>(&mut out, &group.tickers)?;
        column::<Int32Type, W>(&mut out, &group.from)?;
        column::<Int32Type, W>(&mut out, &group.split_days)?;
        column::<Int32Type, W>(&mut out, &group.horizons)?;
        column::<Int32Type, W>(&mut out, &group.contexts)?;
        out.close()?;
        Ok(())
    }
}

/// The rows of one row group, a vector a column.
#[derive(Default)]
struct RowGroup {
    prompts: Vec<ByteArray>,
    completions: Vec<ByteArray>,
    tickers: Vec<ByteArray>,
    from: Vec<i32>,
    split_days: Vec<i32>,
    horizons: Vec<i32>,
    contexts: Vec<i32>,
    bytes: usize,
}

impl RowGroup {
    fn push(&mut self, record: &Record<'_>) {
        self.prompts.push(record.prompt.as_ref().into());
        self.completions.push(record.completion.as_ref().into());
        self.tickers.push(record.ticker.as_ref().into());
        self.from.push(record.from.to_epoch_days());
        self.split_days.push(record.split_day.to_epoch_days());
        self.horizons.push(record.horizon.into());
        self.contexts.push(record.context.into());
        self.bytes += record.prompt.len() + record.completion.len() + record.ticker.len();
    }
}

fn column<T: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: &[T::T],
) -> Result<(), ParquetError> {
    let missing = || ParquetError::General("the schema has fewer columns than a record".into());
    let mut column = group.next_column()?.ok_or_else(missing)?;
    column.typed::<T>().write_batch(values, None, None)?;
    column.close()
}

/// A Parquet file of records, read one row group after the other.
pub(super) struct ParquetRecords {
    reader: SerializedFileReader<WholeFile>,
}

impl ParquetRecords {
    /// Opens a file and checks that it has the columns of a dataset.
    ///
    /// # Errors
    ///
    /// The reason as text, worded to follow the file's name.
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        let file = File::open(path).map_err(|error| error.to_string())?;
        let reader = unbroken(|| SerializedFileReader::new(WholeFile(file)).map_err(|error| reason(&error)))?;
        let found = columns_of(reader.metadata().file_metadata().schema());
        let wanted = columns_of(&parse_message_type(SCHEMA).map_err(|error| reason(&error))?);
        if found != wanted {
            return Err(format!(
                "its columns are {}, but those of a data set are {}",
                found.join(", "),
                wanted.join(", ")
            ));
        }
        Ok(ParquetRecords { reader })
    }

    /// The number of row groups.
    pub(super) fn groups(&self) -> usize {
        self.reader.num_row_groups()
    }

    /// The records of a row group.
    ///
    /// # Errors
    ///
    /// The row within the group at which reading failed, from 0, and the reason.
    pub(super) fn group(&self, index: usize) -> Result<Vec<Record<'static>>, (u64, String)> {
        let columns = unbroken(|| self.columns(index)).map_err(|reason| (0, reason))?;
        (0..columns.rows)
            .map(|row| columns.record(row).map_err(|reason| (row as u64, reason)))
            .collect()
    }

    fn columns(&self, index: usize) -> Result<Columns, String> {
        let group = self.reader.get_row_group(index).map_err(|error| reason(&error))?;
        let rows = usize::try_from(group.metadata().num_rows()).map_err(|_| "it has a negative number of rows")?;
        if rows > MOST_ROWS {
            return Err(format!(
                "its row group has {rows} rows: write it with at most {MOST_ROWS} in each"
            ));
        }
        let texts = |at| read::<ByteArrayType>(&*group, at, rows);
        let numbers = |at| read::<Int32Type>(&*group, at, rows);
        Ok(Columns {
            rows,
            texts: [texts(0)?, texts(1)?, texts(2)?],
            numbers: [numbers(3)?, numbers(4)?, numbers(5)?, numbers(6)?],
        })
    }
}

/// The columns of a row group, each `rows` long.
struct Columns {
    rows: usize,
    texts: [Vec<ByteArray>; 3],
    numbers: [Vec<i32>; 4],
}

impl Columns {
    fn record(&self, row: usize) -> Result<Record<'static>, String> {
        let [prompt, completion, ticker] = self.texts.each_ref().map(|column| text(&column[row]));
        let [from, split_day, horizon, context] = self.numbers.each_ref().map(|column| column[row]);
        Ok(Record {
            prompt: prompt?,
            completion: completion?,
            ticker: ticker?,
            from: day(from)?,
            split_day: day(split_day)?,
            horizon: small(horizon)?,
            context: small(context)?,
        })
    }
}

/// The columns of a file as `name type`.
fn columns_of(schema: &Type) -> Vec<String> {
    let column = |field: &Arc<Type>| {
        let kind = match field.as_ref() {
            Type::PrimitiveType { physical_type, .. } => physical_type.to_string(),
            Type::GroupType { .. } => "group".to_owned(),
        };
        let optional = if field.is_optional() { "optional " } else { "" };
        format!("{} {optional}{kind}", field.name())
    };
    schema.get_fields().iter().map(column).collect()
}

/// Reads a whole column of a row group.
fn read<T: DataType>(group: &dyn RowGroupReader, at: usize, rows: usize) -> Result<Vec<T::T>, String> {
    let column: ColumnReader = group.get_column_reader(at).map_err(|error| reason(&error))?;
    let mut column = get_typed_column_reader::<T>(column);
    // A damaged footer may promise any number of rows, so memory grows with what is read.
    let mut values = Vec::new();
    while values.len() < rows {
        let (read, _, _) = column
            .read_records((rows - values.len()).min(1024), None, None, &mut values)
            .map_err(|error| reason(&error))?;
        if read == 0 {
            return Err("a column is shorter than its row group".to_owned());
        }
    }
    Ok(values)
}

fn text(bytes: &ByteArray) -> Result<Cow<'static, str>, String> {
    let text = std::str::from_utf8(bytes.data()).map_err(|_| "a text is not UTF-8")?;
    Ok(Cow::Owned(text.to_owned()))
}

fn day(days: i32) -> Result<NaiveDate, String> {
    NaiveDate::from_epoch_days(days).ok_or_else(|| format!("{days} days after 1970 is no date"))
}

fn small(number: i32) -> Result<u16, String> {
    u16::try_from(number).map_err(|_| format!("{number} is no number of days"))
}

/// What `work` gives, or an error in place of a panic: the library panics at some damaged files.
fn unbroken<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err("it is not a whole Parquet file (its reader failed)".to_owned()))
}

fn reason(error: &ParquetError) -> String {
    format!("it is not a whole Parquet file ({error})")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn file_of(bytes: &[u8]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        file
    }

    fn read_all(bytes: &[u8]) -> Result<usize, String> {
        let file = file_of(bytes);
        let records = ParquetRecords::open(file.path())?;
        (0..records.groups()).try_fold(0, |rows, index| {
            let group = records.group(index).map_err(|(_, reason)| reason)?;
            Ok(rows + group.len())
        })
    }

    #[test]
    fn a_damaged_file_is_an_error_and_never_a_panic() {
        let day = NaiveDate::from_ymd_opt(2024, 3, 1).unwrap();
        let mut writer = ParquetWriter::new(Vec::new(), 3).unwrap();
        for row in 0..20 {
            let record = Record {
                prompt: format!("{row} prompt").into(),
                completion: "1 2 3".into(),
                ticker: "AAPL".into(),
                from: day,
                split_day: day,
                horizon: 5,
                context: 60,
            };
            writer.push(&record).unwrap();
        }
        let whole = writer.finish().unwrap();
        assert_eq!(read_all(&whole), Ok(20));
        let mut refused = 0;
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x55;
            refused += usize::from(read_all(&damaged).is_err());
        }
        assert!(refused > whole.len() / 4, "{refused} of {}", whole.len());
        for length in (0..whole.len()).step_by(7) {
            assert!(read_all(&whole[..length]).is_err(), "{length}");
        }
    }
}

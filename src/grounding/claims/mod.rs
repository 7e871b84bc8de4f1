//! Splits a sentence into claims and judges each against the evidence. Sentences in, claims with verdicts out; it cuts nothing
//! and reads no file. The files below are one kind of claim each, over one reading of the sentence.

mod amounts;
mod business;
mod calendar;
mod causes;
mod chances;
mod company;
mod comparisons;
mod counts;
mod crossings;
mod dates;
mod digits;
mod directions;
mod figures;
mod finding;
mod fortunes;
mod german;
mod hedges;
mod hypotheticals;
mod judge;
mod levels;
mod lists;
mod moments;
mod moves;
mod multiples;
mod names;
mod nearness;
mod news;
mod phrases;
mod quotes;
mod reading;
mod recommendations;
mod relations;
mod senses;
mod shares;
mod signs;
mod source;
mod spans;
mod spelled;
mod stems;
mod table;
mod thresholds;
mod tokens;
mod topics;
mod vocabulary;

pub(super) use self::judge::Judge;

//! Splits a sentence into claims and judges each against the evidence. Sentences in, claims with verdicts out; it cuts nothing
//! and reads no file. The files below are one kind of claim each, over one reading of the sentence.

mod amounts;
mod business;
mod calendar;
mod causes;
mod comparisons;
mod counts;
mod dates;
mod directions;
mod figures;
mod finding;
mod german;
mod hedges;
mod judge;
mod levels;
mod lists;
mod moves;
mod multiples;
mod names;
mod nearness;
mod news;
mod quotes;
mod reading;
mod recommendations;
mod relations;
mod source;
mod spans;
mod spelled;
mod table;
mod tokens;
mod topics;
mod vocabulary;

pub(super) use self::judge::Judge;

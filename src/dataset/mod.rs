//! Datasets made of prices and news: plain rows, their files, and what a later run needs to go on where an earlier one ended.
//! Fetches nothing and opens no model.

pub(crate) mod sentiment;

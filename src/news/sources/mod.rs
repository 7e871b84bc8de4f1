//! The news services: each is asked about a company and returns the stories it has, with whether it relates them to the company's
//! symbol. Judges no story; `relevance` does.

mod feed;
mod finnhub;
mod json;
mod key;
mod newsapi;
mod source;
mod yahoo;

pub use self::feed::Feed;
pub use self::finnhub::{Finnhub, FinnhubOptions};
pub use self::newsapi::{NewsApi, NewsApiOptions};
pub use self::source::{Asked, NewsSource, SourceName};
pub use self::source::{Stories, Story};
pub use self::yahoo::{YahooNews, YahooNewsOptions};

//! Configuration: flags over environment over a TOML file over defaults, resolved once into what the rest of the program takes.
//! Reads the environment and one file; opens nothing else.

mod error;
mod resolve;
mod serve;
mod settings;

pub use self::resolve::Config;
pub(crate) use self::serve::ServeSettings;
pub use self::settings::Settings;

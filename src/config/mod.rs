//! Configuration. Flags override environment variables, these override the TOML file, and that overrides the defaults. Reads the
//! environment and one file; resolves all of it once.

mod error;
mod remote;
mod resolve;
mod serve;
mod settings;
mod sources;

pub use self::resolve::Config;
pub(crate) use self::serve::ServeSettings;
pub use self::settings::Settings;

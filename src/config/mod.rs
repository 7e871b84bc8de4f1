//! Configuration. Flags override environment variables, these override the TOML file, and that overrides the defaults. Reads the
//! environment and one file; resolves all of it once.

mod error;
mod layers;
mod origin;
mod remote;
mod resolve;
mod serve;
mod settings;
mod sources;

pub(crate) use self::origin::{Setting, origins};
pub use self::resolve::Config;
pub(crate) use self::serve::ServeSettings;
pub use self::settings::Settings;
pub(crate) use self::settings::{EXAMPLE, SETTINGS_HEADING};

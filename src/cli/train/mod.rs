//! `tripod train`: trains a forecaster. A program that was built without training says how to build one with it.

#[cfg_attr(
    not(feature = "train"),
    allow(dead_code, reason = "without training they are only parsed")
)]
mod args;
#[cfg(feature = "train")]
mod data;
#[cfg(feature = "train")]
mod display;
#[cfg(feature = "train")]
mod job;
#[cfg(feature = "train")]
mod lora;

pub use self::args::TrainArgs;
#[cfg(feature = "train")]
pub use self::job::run;

/// Says how to get the command: this program was built without it.
#[cfg(not(feature = "train"))]
pub fn run(
    _: &TrainArgs,
    _: &crate::config::Config,
    _: &tokio::runtime::Runtime,
) -> anyhow::Result<std::process::ExitCode> {
    anyhow::bail!("this program was built without training; build it with `cargo build --release --features train`")
}

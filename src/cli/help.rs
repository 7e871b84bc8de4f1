//! The help: short with examples, and whole with `--help-all`. The declaration of the command line comes in, what is parsed and shown
//! goes out.

use std::ffi::OsString;

use clap::{Arg, ArgAction, Command};

use crate::config::SETTINGS_HEADING;

/// The flag that shows the whole help.
const ALL: &str = "--help-all";

const MORE: &str = "Every command also takes the settings of models, memory, cache and sources: --help-all shows them.";

/// Examples of `tripod`.
pub const TRIPOD: &str = "Examples:
  tripod analyze AAPL --demo                  the bundled data, without a network
  tripod analyze NVDA                         prices and news from Yahoo Finance
  tripod chat                                 ask in your own words
  tripod serve                                the page and the API on http://127.0.0.1:8069
  tripod doctor                               what is missing, and the command that fixes it";

/// Examples of `tripod analyze`.
pub const ANALYZE: &str = "Examples:
  tripod analyze NVDA --days 10
  tripod analyze AAPL MSFT GOOG --json > analyses.jsonl
  tripod analyze NVDA --as-of -30d            as it would have been thirty days ago
  tripod analyze MINE --csv prices.csv --headlines news.json --html page.html
  tripod analyze --universe tickers.txt --top 10";

/// Examples of `tripod backtest`.
pub const BACKTEST: &str = "Examples:
  tripod backtest NVDA                        one window: the analysis as it would have been, and its review
  tripod backtest NVDA --days 5 --origins 100 a hundred windows, against nine baselines";

/// Examples of `tripod chat`.
pub const CHAT: &str = "Examples:
  tripod chat --demo
  echo 'How will Apple do over the next five days?' | tripod chat --demo";

/// Examples of `tripod history`.
pub const HISTORY: &str = "Examples:
  tripod history NVDA --limit 5
  tripod show last
  tripod delete ID";

/// Examples of `tripod show`.
pub const SHOW: &str = "Examples:
  tripod show last
  tripod show ID --html page.html --json";

/// Examples of `tripod serve`.
pub const SERVE: &str = "Examples:
  tripod serve --demo
  tripod serve --addr 0.0.0.0:8069 --api-key-file keys.txt";

/// The command line to parse, and the arguments with `--help` in the place of `--help-all`.
pub fn parsed(command: Command, arguments: impl Iterator<Item = OsString>) -> (Command, Vec<OsString>) {
    let mut arguments: Vec<OsString> = arguments.collect();
    let end = arguments
        .iter()
        .position(|argument| argument == "--")
        .unwrap_or(arguments.len());
    let all = arguments[..end].iter().position(|argument| argument == ALL);
    if let Some(at) = all {
        arguments[at] = "--help".into();
    }
    let flag = Arg::new("help-all")
        .long("help-all")
        .global(true)
        .action(ArgAction::Help)
        .help_heading(None::<&str>)
        .help("Print help with the settings that every command takes");
    (adapted(command.arg(flag), all.is_some(), true), arguments)
}

fn adapted(command: Command, all: bool, is_root: bool) -> Command {
    // clap's own `--help` is the long one.
    let action = if all { ArgAction::HelpLong } else { ArgAction::HelpShort };
    let flag = Arg::new("help")
        .short('h')
        .long("help")
        .action(action)
        .help_heading(None::<&str>)
        .help("Print help");
    let command = command
        .disable_help_flag(true)
        .arg(flag)
        .mut_args(|arg| {
            let arg = with_negative_numbers(arg);
            if !all && arg.get_help_heading() == Some(SETTINGS_HEADING) {
                arg.hide(true)
            } else {
                arg
            }
        })
        .mut_subcommands(|command| adapted(command, all, false));
    if all || is_root || command.has_subcommands() {
        return command;
    }
    let examples = command
        .get_after_help()
        .map(|help| format!("{help}\n\n"))
        .unwrap_or_default();
    command.after_help(format!("{examples}{MORE}"))
}

/// `--horizon -5` is a wrong number and not an unknown flag.
fn with_negative_numbers(arg: Arg) -> Arg {
    if arg.get_long().is_some() && arg.get_action().takes_values() {
        arg.allow_negative_numbers(true)
    } else {
        arg
    }
}

//! `tripod chat`: a conversation with the analyst on a terminal, with line editing and a history; without a terminal, a question a line.

use std::io::{BufRead, IsTerminal, Read};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::runtime::Runtime;

use super::chat_text::ChatText;
use super::ending::Ending;
use super::line_editor::{Line, LineEditor};
use super::output::{colour_wanted, print};
use super::serve::options;
use super::store::not_started;
use crate::config::{Config, ServeSettings};
use crate::grounding::Locale;
use crate::host::hide;
use crate::serve::{ApiError, Console, Said};
use crate::text::clean_lines;

/// Arguments of `tripod chat`.
#[derive(Debug, Args)]
pub struct ChatArgs {
    /// Use the bundled prices and illustrative headlines of AAPL, IBM, MSFT and GOOG
    #[arg(long)]
    demo: bool,

    /// The file that stores analyses [default: tripod/analyses.sqlite in the user's data directory]
    #[arg(long, env = "TRIPOD_STORE", value_name = "FILE")]
    store: Option<std::path::PathBuf>,

    /// Sample paths of a forecast, 1 to 256 [default: as many as the model's manifest says, else 20]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    samples: Option<u16>,

    /// Language of the reports: en or de [default: en]
    #[arg(long, value_name = "CODE")]
    language: Option<Locale>,

    /// Show no progress
    #[arg(long, short)]
    quiet: bool,
}

/// The longest question, in bytes.
const LONGEST: u64 = 64 << 10;

/// How an answer ended.
enum Answered {
    Whole,
    /// By Ctrl-C.
    Stopped,
    Failed,
}

/// Runs the command. Exit code 1 when a question from a pipe was not answered.
pub fn run(args: ChatArgs, config: Config, runtime: &Runtime) -> anyhow::Result<ExitCode> {
    hide();
    let states = config.cache.root().to_owned();
    let settings = ServeSettings {
        store: args.store,
        samples: args.samples,
        language: args.language,
        ..ServeSettings::default()
    };
    let settings = settings.over(config.serve.clone())?;
    let options = options(args.demo, settings, config)?;
    options.models.check_choices()?;
    let console = runtime.block_on(Console::open(options)).map_err(not_started)?;
    let on_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let mut chat = Chat {
        console,
        runtime,
        quiet: args.quiet,
        is_demo: args.demo,
        on_terminal,
    };
    let ended = if on_terminal {
        chat.on_terminal(LineEditor::new(&states)?)
    } else {
        chat.on_lines()
    };
    runtime.block_on(chat.console.close());
    ended
}

struct Chat<'a> {
    console: Console,
    runtime: &'a Runtime,
    quiet: bool,
    is_demo: bool,
    on_terminal: bool,
}

impl Chat<'_> {
    fn on_terminal(&mut self, mut editor: LineEditor) -> anyhow::Result<ExitCode> {
        anstream::eprintln!(
            "Ask about a stock, such as: How will Apple do over the next ten days?\n\
             Ctrl-C stops an answer; at an empty line it ends, as Ctrl-D does."
        );
        loop {
            match editor.line()? {
                Line::End => return Ok(ExitCode::SUCCESS),
                Line::Nothing => {}
                Line::Text(question) => {
                    if let Answered::Stopped = self.answer(&question)? {
                        anstream::eprintln!("stopped");
                    }
                    print("\n")?;
                }
            }
        }
    }

    fn on_lines(&mut self) -> anyhow::Result<ExitCode> {
        let mut input = std::io::stdin().lock();
        let mut code = ExitCode::SUCCESS;
        let mut is_first = true;
        loop {
            let mut line = String::new();
            let read = (&mut input)
                .take(LONGEST)
                .read_line(&mut line)
                .context("cannot read standard input")?;
            if read == 0 {
                return Ok(code);
            }
            if read as u64 == LONGEST && !line.ends_with('\n') {
                bail!("a question is longer than {LONGEST} bytes");
            }
            if line.trim().is_empty() {
                continue;
            }
            if !std::mem::replace(&mut is_first, false) {
                print("\n")?;
            }
            match self.answer(line.trim())? {
                Answered::Whole => {}
                Answered::Failed => code = ExitCode::FAILURE,
                Answered::Stopped => return Err(Ending::Interrupted("").into()),
            }
        }
    }

    /// Shows the answer as it is made.
    fn answer(&mut self, question: &str) -> anyhow::Result<Answered> {
        let text = self.on_terminal.then(|| ChatText::new(colour_wanted()));
        let mut shown = Shown::new(self.quiet, text);
        let console = &mut self.console;
        let mut heard = |said| shown.show(said);
        let answered = self.runtime.block_on(async {
            tokio::select! {
                biased;
                _ = tokio::signal::ctrl_c() => None,
                answered = console.ask(question, &mut heard) => Some(answered),
            }
        });
        shown.end()?;
        Ok(match answered {
            None => Answered::Stopped,
            Some(Ok(())) => Answered::Whole,
            Some(Err(error)) => {
                anstream::eprintln!("error: {error}");
                if matches!(error, ApiError::Upstream(_)) && !self.is_demo {
                    anstream::eprintln!("without a network, `tripod chat --demo` answers from the bundled data");
                }
                Answered::Failed
            }
        })
    }
}

/// Shows the pieces of an answer: progress on standard error as long as there is no text, then the text on standard output.
struct Shown {
    bar: ProgressBar,
    /// Sets the text for a terminal; elsewhere it stays Markdown.
    text: Option<ChatText>,
    /// The end of what was written.
    last: Option<char>,
    trouble: Option<anyhow::Error>,
}

impl Shown {
    fn new(quiet: bool, text: Option<ChatText>) -> Self {
        // Hidden where standard error is no terminal.
        let bar = if quiet {
            ProgressBar::hidden()
        } else {
            ProgressBar::new_spinner()
        };
        let style =
            ProgressStyle::with_template("{spinner} {wide_msg}").unwrap_or_else(|_| ProgressStyle::default_spinner());
        bar.set_style(style);
        Shown {
            bar,
            text,
            last: None,
            trouble: None,
        }
    }

    fn show(&mut self, said: Said) {
        match said {
            Said::Progress(line) => {
                self.bar.set_message(clean_lines(line.trim()));
                self.bar.tick();
            }
            Said::Text(text) => {
                self.bar.finish_and_clear();
                let lines: Vec<String> = text.split('\n').map(clean_lines).collect();
                let text = lines.join("\n");
                let set = self.text.as_mut().map(|setter| setter.set(&text));
                self.print(&set.unwrap_or(text));
            }
        }
    }

    fn print(&mut self, text: &str) {
        self.last = text.chars().last().or(self.last);
        if let Err(error) = print(text) {
            self.trouble.get_or_insert(error);
        }
    }

    /// Ends the line, if one is begun.
    fn end(mut self) -> anyhow::Result<()> {
        self.bar.finish_and_clear();
        if let Some(rest) = self.text.as_mut().map(ChatText::end) {
            self.print(&rest);
        }
        if self.last.is_some_and(|last| last != '\n') {
            print("\n")?;
        }
        self.trouble.map_or(Ok(()), Err)
    }
}

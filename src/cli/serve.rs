//! `tripod serve`: serves the pipeline over HTTP until a signal stops the process.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use super::store::{default_store, not_started};
use crate::analysis::JobOptions;
use crate::config::{Config, ServeSettings};
use crate::host::{HostOptions, hide};
use crate::market::{BarSources, DemoBars};
use crate::news::NewsSources;
use crate::run::Sources;
use crate::serve::{self, ConnectionLimits, HEARTBEAT, ModelResolver, ServeOptions};

/// Arguments of `tripod serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Serve the bundled prices and illustrative headlines of AAPL, IBM, MSFT and GOOG
    #[arg(long)]
    demo: bool,

    /// Write the log as JSON lines
    #[arg(long)]
    pub log_json: bool,

    #[command(flatten)]
    settings: ServeSettings,
}

/// Serves until a signal stops the process.
pub async fn run(args: ServeArgs, config: Config) -> anyhow::Result<ExitCode> {
    hide();
    let settings = args.settings.over(config.serve.clone())?;
    let options = options(args.demo, settings, config)?;
    options.models.check_choices()?;
    serve::run(options, |addr| {
        anstream::eprintln!("listening on http://{addr}");
    })
    .await
    .map_err(not_started)?;
    Ok(ExitCode::SUCCESS)
}

/// The settings of a server.
pub(super) fn options(demo: bool, settings: ServeSettings, config: Config) -> anyhow::Result<ServeOptions> {
    let seconds = |given: Option<u64>, default: u64| Duration::from_secs(given.unwrap_or(default));
    let mut host = HostOptions::new(config.engine, config.remote);
    host.isolation = settings.isolation.unwrap_or(host.isolation);
    host.silence = seconds(settings.engine_silence, host.silence.as_secs());
    let (market, news, search) = if demo {
        let news = NewsSources {
            demo: true,
            ..NewsSources::default()
        };
        (BarSources::only(DemoBars), news, None)
    } else {
        let search = config.search.clone();
        (config.bars.clone(), config.news, Some(search))
    };
    let usual = JobOptions::default();
    let defaults = JobOptions {
        samples: settings.samples.map(usize::from),
        context: settings.context.map_or(usual.context, usize::from),
        language: settings.language.unwrap_or(usual.language),
        ..usual
    };
    Ok(ServeOptions {
        defaults,
        addr: settings.addr.unwrap_or_else(|| ([127, 0, 0, 1], 8069).into()),
        keys: settings.api_keys,
        no_auth: settings.no_auth,
        hosts: settings.allow_hosts,
        origins: settings.cors_origins,
        host,
        models: ModelResolver {
            registry: config.registry,
            cache: config.cache,
            profile: config.profile,
            choices: config.choices,
        },
        sources: Sources {
            client: config.client,
            market,
            cache: Some(config.market_cache),
            fundamentals: (!demo).then_some(config.fundamentals),
            news,
            repair: config.repair,
        },
        search,
        universe: config.universe,
        store: settings.store.map_or_else(default_store, Ok)?,
        queue: settings.queue.unwrap_or(32),
        time_limit: seconds(settings.request_timeout, 1800),
        shutdown: seconds(settings.shutdown_timeout, 30),
        heartbeat: HEARTBEAT,
        connections: ConnectionLimits::default(),
    })
}

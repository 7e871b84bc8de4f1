//! The measurements. Each runs in a separate process and returns plain figures.

use std::fs::File;

use serde::{Deserialize, Serialize};

use super::watched::{Changes, Taken, Watched};
use super::{BUDGET, FEW, hint};
use tripod::analysis::{Analysis, JobOptions, StageName};
use tripod::engine::{
    Budget, Cancel, EngineError, EngineOptions, LlamaOptions, NativeEngine, OnnxOptions, cards, human_bytes,
};
use tripod::market::{BarSources, DemoBars, Repair, Ticker};
use tripod::models::{Cache, ModelChoice, ModelFiles, Profile, Registry, Role};
use tripod::net::{HttpClient, HttpOptions};
use tripod::news::NewsSources;
use tripod::run::{self, Gathered, ModelSet, Request, RoleChoices, Scheduler, Sources};

/// Tokens of the reporter's context.
const REPORT_CELLS: usize = 4096;

/// Headlines that the classifier reads.
const HEADLINES: usize = 20;

const TICKER: &str = "AAPL";

/// Sample paths of the forecast.
const PATHS: usize = 20;

/// The parameters of a run of the pipeline.
#[derive(Debug, Clone)]
pub struct Run {
    /// The stages to run.
    pub stages: Vec<StageName>,
    /// A model to use instead of the profile's for its role.
    pub model: Option<String>,
    /// The most tokens of any answer.
    pub most_tokens: Option<usize>,
    /// Whether weights are memory-mapped.
    pub use_mmap: bool,
}

/// The memory of a run of the pipeline.
#[derive(Debug, Serialize, Deserialize)]
pub struct Measured {
    /// The arenas of each round, in order.
    pub rounds: Vec<Vec<Taken>>,
    /// Peak memory of the whole process, from the kernel.
    pub highest: u64,
    /// The errors of stages on the random weights' texts.
    pub notes: Vec<String>,
    /// The graphics cards that this build can use.
    pub cards: Vec<String>,
    /// With a graphics card, the arenas of the warm-up run, which leave memory allocated.
    pub first_use: Vec<Taken>,
}

/// One attempt to run the reporter.
#[derive(Debug, Serialize, Deserialize)]
pub struct Step {
    /// The model, cache type and context.
    pub setting: String,
    /// The refusal's message; `None` if the reporter ran.
    pub refused: Option<String>,
    /// Whether the refusal's hint was followed in the next attempt.
    pub followed: bool,
    /// The arena, if the reporter ran.
    pub taken: Option<Taken>,
}

/// A description of the settings that all measurements share.
pub fn setting() -> String {
    let options = job_options(&[]);
    let gathered = gather(&options);
    let models = Registry::bundled().expect("the bundled manifests");
    let models: Vec<&str> = [Role::Forecaster, Role::Sentiment, Role::Reporter]
        .iter()
        .map(|role| models.filling(*role, Profile::SeedShape).expect("a model").id.as_str())
        .collect();
    format!(
        "{TICKER}: {} days of context, {} days ahead, {} paths, {} headlines; reporter's context {REPORT_CELLS} tokens; \
         budget {}; one compute thread\nmodels of random weights: {}",
        options.context,
        options.horizon,
        options.samples.unwrap_or(PATHS),
        gathered.job.news.headlines.len(),
        human_bytes(BUDGET),
        models.join(", "),
    )
}

/// Runs the pipeline.
pub fn run(run: &Run, rounds: usize) -> Measured {
    let (registry, cache) = registry_and_cache();
    let choices = run
        .model
        .as_deref()
        .map_or_else(RoleChoices::default, |id| choices(&registry, id));
    let models = ModelSet::resolve(&registry, &cache, Profile::SeedShape, &choices, &run.stages).expect("the shapes");
    let gathered = gather(&job_options(&run.stages));
    let changes = Changes {
        report_cells: REPORT_CELLS,
        most_tokens: run.most_tokens,
    };
    let mut engine = Watched::new(
        NativeEngine::new(options(&registry, &cache, BUDGET, run.use_mmap)),
        changes,
    );
    let cards: Vec<String> = cards().into_iter().map(|card| card.name).collect();
    let first_use = if cards.is_empty() { Vec::new() } else { first_use() };
    let mut measured: Vec<Vec<Taken>> = Vec::new();
    let mut notes = Vec::new();
    for _ in 0..rounds {
        let analyses = analyse(&mut engine, &models, gathered.clone());
        assert!(engine.failed.is_empty(), "{:?}", engine.failed);
        measured.push(std::mem::take(&mut engine.taken));
        notes = analyses
            .iter()
            .flat_map(|analysis| &analysis.errors)
            .map(|failure| format!("{}: {}", failure.stage, failure.message))
            .collect();
    }
    let status = procfs::process::Process::myself().and_then(|process| process.status());
    let mark = status.expect("this process' status").vmhwm.unwrap_or(0) * 1024;
    let in_arenas = measured.iter().flatten().map(|taken| taken.row.total_peak).max();
    Measured {
        // With a card, the kernel's peak would include the warm-up run.
        highest: if cards.is_empty() { mark } else { in_arenas.unwrap_or(0) },
        rounds: measured,
        notes,
        cards,
        first_use,
    }
}

/// Runs one job.
fn analyse(engine: &mut Watched, models: &ModelSet, gathered: Gathered) -> Vec<Analysis> {
    let results = Scheduler::batch().drive(engine, models, vec![gathered], &Cancel::new(), &|_| {});
    results.into_iter().map(|result| result.expect("an analysis")).collect()
}

/// Runs the whole pipeline once as a warm-up: at the first computation of each kind, a card's driver and libraries allocate
/// memory, on the card and in the process, and keep it until the process ends.
fn first_use() -> Vec<Taken> {
    let (registry, cache) = registry_and_cache();
    let stages = [StageName::FORECAST, StageName::SENTIMENT, StageName::REPORT];
    let models = ModelSet::resolve(&registry, &cache, Profile::SeedShape, &RoleChoices::default(), &stages);
    let changes = Changes {
        report_cells: REPORT_CELLS,
        most_tokens: Some(FEW),
    };
    let mut engine = Watched::new(NativeEngine::new(options(&registry, &cache, BUDGET, true)), changes);
    let gathered = gather(&job_options(&stages));
    analyse(&mut engine, &models.expect("the shapes"), gathered);
    engine.taken
}

/// Runs the reporter within a budget, then again as each refusal advises.
pub fn refused(budget: u64, most_tokens: usize, use_mmap: bool) -> Vec<Step> {
    let (registry, cache) = registry_and_cache();
    let mut options = options(&registry, &cache, budget, use_mmap);
    let stages = [StageName::REPORT];
    let gathered = gather(&job_options(&stages));
    let mut model = registry
        .filling(Role::Reporter, Profile::SeedShape)
        .expect("a model")
        .id
        .clone();
    let mut changes = Changes {
        report_cells: REPORT_CELLS,
        most_tokens: Some(most_tokens),
    };
    let mut steps = Vec::new();
    loop {
        let choices = choices(&registry, &model);
        let models = ModelSet::resolve(&registry, &cache, Profile::SeedShape, &choices, &stages).expect("the shapes");
        let mut engine = Watched::new(NativeEngine::new(options.clone()), changes);
        analyse(&mut engine, &models, gathered.clone());
        let mut step = Step {
            setting: format!(
                "{model}, {:?} cache, {} tokens",
                options.llama.kv_type, changes.report_cells
            ),
            refused: engine.failed.first().map(ToString::to_string),
            followed: false,
            taken: engine.taken.pop(),
        };
        if let Some(EngineError::OverBudget { hint, .. }) = engine.failed.first() {
            step.followed = match hint::read(hint) {
                Some(hint::Advice::KvType(kind)) => {
                    options.llama.kv_type = kind;
                    true
                }
                Some(hint::Advice::Context(cells)) => {
                    changes.report_cells = cells;
                    true
                }
                Some(hint::Advice::SmallerQuantisation) => match smaller(&registry, &cache, &model) {
                    Some(smaller) => {
                        model = smaller;
                        true
                    }
                    None => false,
                },
                None => false,
            };
        }
        let go_on = step.followed && steps.len() < 8;
        steps.push(step);
        if !go_on {
            return steps;
        }
    }
}

/// The models with random weights that the profile does not use, with the stage of each.
pub fn other_models() -> Vec<(StageName, String)> {
    let (registry, _) = registry_and_cache();
    let shapes = registry.iter().filter(|manifest| manifest.random_weights);
    let others = shapes.filter(|manifest| !manifest.profiles.contains(&Profile::SeedShape));
    others
        .filter_map(|manifest| {
            let stage = match manifest.roles.first()? {
                Role::Forecaster => StageName::FORECAST,
                Role::Sentiment => StageName::SENTIMENT,
                Role::Reporter => StageName::REPORT,
                Role::Encoder | Role::Embedder | Role::Library => return None,
            };
            Some((stage, manifest.id.clone()))
        })
        .collect()
}

/// Chooses a model instead of the profile's for its role.
fn choices(registry: &Registry, id: &str) -> RoleChoices {
    let roles = &registry.get(id).expect("a model").roles;
    let choice = |role: Role| roles.contains(&role).then(|| ModelChoice::Id(id.to_owned()));
    RoleChoices {
        forecaster: choice(Role::Forecaster),
        sentiment: choice(Role::Sentiment),
        reporter: choice(Role::Reporter),
        adapter: None,
        prompt_format: None,
        allowed_hosts: Vec::new(),
    }
}

/// Allocates memory and touches all of it.
pub fn take(bytes: u64) -> u64 {
    let block = vec![1u8; usize::try_from(bytes).expect("a size")];
    block.iter().map(|&byte| u64::from(byte)).sum()
}

/// Makes the kernel drop the weights from its page cache, so that the next process that reads them is charged for the pages.
pub fn forget_cached_weights() {
    let (registry, cache) = registry_and_cache();
    for role in [Role::Forecaster, Role::Sentiment, Role::Reporter] {
        let model = registry
            .resolve_role(&cache, role, Profile::SeedShape, None)
            .expect("the shapes");
        let file = File::open(&model.weights).expect("the weights");
        rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).expect("advice to the kernel");
    }
}

/// The largest reporter with random weights that is smaller than `id`.
fn smaller(registry: &Registry, cache: &Cache, id: &str) -> Option<String> {
    let size = |id: &str| {
        let choice = ModelChoice::Id(id.to_owned());
        let model = registry.resolve_role(cache, Role::Reporter, Profile::SeedShape, Some(&choice));
        model.map(|model| model.bytes).ok()
    };
    let bound = size(id)?;
    let fits = registry
        .iter()
        .filter(|manifest| manifest.random_weights && manifest.roles.contains(&Role::Reporter))
        .filter_map(|manifest| Some((size(&manifest.id)?, manifest.id.clone())))
        .filter(|(bytes, _)| *bytes < bound);
    fits.max().map(|(_, id)| id)
}

fn registry_and_cache() -> (Registry, Cache) {
    let registry = Registry::bundled().expect("the bundled manifests");
    (registry, Cache::from_env().expect("a cache directory"))
}

fn options(registry: &Registry, cache: &Cache, budget: u64, use_mmap: bool) -> EngineOptions {
    EngineOptions {
        budget: Budget(budget),
        llama: LlamaOptions {
            threads: 1,
            use_mmap,
            ..LlamaOptions::default()
        },
        onnx: OnnxOptions {
            threads: 1,
            ..OnnxOptions::default()
        },
        onnx_library: Some(
            registry
                .onnxruntime_library(cache)
                .expect("`make bench-memory` fetches the library"),
        ),
        models: ModelFiles::new(cache, &[], Profile::SeedShape),
        ..EngineOptions::default()
    }
}

/// The pipeline's defaults: 180 days of context, 30 days ahead, 20 paths.
fn job_options(stages: &[StageName]) -> JobOptions {
    let all = JobOptions::default();
    JobOptions {
        stages: if stages.is_empty() { all.stages } else { stages.to_vec() },
        samples: Some(PATHS),
        ..all
    }
}

fn gather(options: &JobOptions) -> Gathered {
    let request = Request {
        ticker: TICKER.parse::<Ticker>().expect("a ticker"),
        as_of: None,
        options: options.clone(),
    };
    let sources = Sources {
        client: HttpClient::new(&HttpOptions::default()).expect("a client"),
        market: BarSources::only(DemoBars),
        fundamentals: None,
        repair: Repair::default(),
        cache: None,
        news: NewsSources {
            demo: true,
            ..NewsSources::default()
        },
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let gathering = run::gather(&request, &sources);
    let mut gathered = runtime
        .expect("a runtime")
        .block_on(gathering)
        .expect("the demo's data");
    // The demo has fewer headlines for one company; repeat them, as their words do not matter here.
    let headlines = &mut gathered.job.news.headlines;
    *headlines = headlines.iter().cycle().take(HEADLINES).cloned().collect();
    gathered
}

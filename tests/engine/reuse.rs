//! What the engine reuses: common prompt prefixes within a session and between runs, and models that stay loaded. On a real
//! model.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::path::Path;

use crate::{own_process, support};

use tripod::analysis::{Event, LedgerRow, ModelRef, StageName};
use tripod::engine::{
    Budget, Cancel, Completion, Engine, EngineError, EngineOptions, Estimate, Generate, Keeps, Language, LanguageInfo,
    LanguageWork, LlamaOptions, Message, NativeEngine, Prompt, RequestSource, Residency, Role, Sampling, Step,
    Workload,
};
use tripod::models::{self, ModelFiles};

/// Requests served during one opening, and their results.
struct Requests {
    workload: Workload,
    waiting: VecDeque<(usize, Generate)>,
    done: Vec<Option<Completion>>,
    /// Requests being served, and the highest number so far.
    in_hand: usize,
    most_in_hand: usize,
    /// Requests that did not fit into the cache.
    given_back: Vec<usize>,
}

impl Requests {
    fn new(workload: Workload, requests: &[Generate]) -> Self {
        Requests {
            workload,
            waiting: requests.iter().cloned().enumerate().collect(),
            done: vec![None; requests.len()],
            in_hand: 0,
            most_in_hand: 0,
            given_back: Vec::new(),
        }
    }

    fn texts(self) -> Vec<String> {
        self.done
            .into_iter()
            .map(|done| done.expect("an answer").text)
            .collect()
    }
}

impl LanguageWork for Requests {
    fn plan(&mut self, _: &dyn LanguageInfo) -> Result<Workload, EngineError> {
        Ok(self.workload.clone())
    }

    fn run(&mut self, language: &mut dyn Language) -> Result<(), EngineError> {
        language.serve(self)
    }
}

impl RequestSource for Requests {
    fn next(&mut self, _: &dyn LanguageInfo) -> Option<(usize, Generate)> {
        let next = self.waiting.pop_front()?;
        self.in_hand += 1;
        self.most_in_hand = self.most_in_hand.max(self.in_hand);
        Some(next)
    }

    fn watch(&mut self, _: usize, _: Step<'_>) {}

    fn finish(&mut self, number: usize, result: Result<Vec<Completion>, EngineError>) {
        self.in_hand -= 1;
        self.done[number] = Some(result.expect("an answer").remove(0));
    }

    fn give_back(&mut self, number: usize, why: EngineError) {
        assert!(matches!(why, EngineError::PromptTooLong { .. }), "{why}");
        self.in_hand -= 1;
        self.given_back.push(number);
    }
}

/// The demo's language model.
fn model() -> ModelRef {
    support::demo_ref(models::Role::Reporter)
}

fn options(states: Option<&Path>, residency: Residency, budget: Budget) -> EngineOptions {
    EngineOptions {
        budget,
        residency,
        llama: LlamaOptions {
            threads: 1,
            states: states.map(Path::to_owned),
            ..LlamaOptions::default()
        },
        models: support::demo_files(),
        ..EngineOptions::default()
    }
}

/// A copy of the demo's language model with extra bytes at its end: another hash, but the same computation.
fn copy(directory: &Path, name: &str, behind: &[u8]) -> (std::path::PathBuf, ModelRef) {
    let path = directory.join(name);
    // Copied without loading it into memory, because a parallel test may be measuring memory.
    std::fs::copy(crate::demo_model::demo_model(models::Role::Reporter).weights, &path).unwrap();
    let mut file = std::fs::File::options().append(true).open(&path).unwrap();
    std::io::Write::write_all(&mut file, behind).unwrap();
    let model = support::own_ref(directory, models::Role::Reporter, &path);
    (path, model)
}

fn own(directory: &Path, paths: &[&Path]) -> ModelFiles {
    support::own_files(directory, models::Role::Reporter, paths)
}

/// Serves requests during one opening. Returns its ledger row, and whether the weights were loaded for it.
fn open(engine: &mut NativeEngine, model: &ModelRef, requests: &mut Requests) -> (LedgerRow, bool) {
    let loaded = RefCell::new(false);
    let sink = |event: Event| {
        if matches!(event, Event::Loading { .. }) {
            *loaded.borrow_mut() = true;
        }
    };
    let (row, result) = engine.language(StageName::REPORT, model, &Cancel::new(), requests, &sink);
    result.unwrap();
    (row.expect("a row"), loaded.into_inner())
}

/// Requests with a common prompt prefix, this many at once, each in its own cells of the cache.
fn apart(together: usize) -> Workload {
    let one = Estimate {
        keeps: Keeps::Instructions,
        ..Estimate::one(None, 512)
    };
    Workload {
        requests: vec![one; together],
        together,
        more_come: false,
    }
}

/// Requests that arrive one by one and share a pool of cells.
fn shared() -> Workload {
    Workload {
        requests: vec![Estimate::one(None, 512)],
        together: 1,
        more_come: true,
    }
}

fn greedy(prompt: Prompt, max_tokens: usize) -> Generate {
    Generate {
        sampling: Sampling {
            temperature: 0.0,
            ..Sampling::default()
        },
        ..Generate::one(prompt, max_tokens)
    }
}

fn question(user: &str) -> Generate {
    let message = |role, content: String| Message::new(role, &content);
    let system = "You are a careful analyst who answers in one short sentence and never guesses. ".repeat(4);
    let prompt = Prompt::Chat {
        messages: vec![message(Role::System, system), message(Role::User, user.into())],
        tools: Vec::new(),
        answer_prefix: String::new(),
    };
    Generate {
        keeps: Keeps::Instructions,
        ..greedy(prompt, 12)
    }
}

#[test]
fn instructions_are_evaluated_once_and_then_come_from_a_file_which_if_broken_is_made_again() {
    let directory = tempfile::tempdir().unwrap();
    let ask_of = |files: ModelFiles, model: &ModelRef| {
        let mut engine = NativeEngine::new(EngineOptions {
            models: files,
            ..options(Some(directory.path()), Residency::Release, Budget::default())
        });
        let mut requests = Requests::new(apart(1), &[question("What is a share?")]);
        let (row, _) = open(&mut engine, model, &mut requests);
        (row.prompt_tokens, requests.texts())
    };
    let ask = |model: &ModelRef| ask_of(support::demo_files(), model);
    let (all, text) = ask(&model());
    let (some, again) = ask(&model());
    assert!(some + 60 < all, "{some} of {all} tokens were evaluated the second time");
    assert_eq!(text, again);

    let states = || -> Vec<_> {
        std::fs::read_dir(directory.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect()
    };
    let path = states().remove(0);
    let whole = std::fs::read(&path).unwrap();
    let mut broken = whole.clone();
    let middle = broken.len() / 2;
    broken[middle] ^= 0x40;
    std::fs::write(&path, &broken).unwrap();
    assert_eq!(ask(&model()), (all, text.clone()), "a broken file is not used");
    assert_eq!(std::fs::read(&path).unwrap(), whole, "and is made again, the same");

    let mut engine = NativeEngine::new(options(Some(directory.path()), Residency::Release, Budget::default()));
    let pair = [question("What is a share?"), question("What is a bond?")];
    open(&mut engine, &model(), &mut Requests::new(apart(2), &pair));
    assert_eq!(
        std::fs::read(&path).unwrap(),
        whole,
        "a context of several leaves it alone"
    );

    let elsewhere = tempfile::tempdir().unwrap();
    let (path, other) = copy(elsewhere.path(), "other.gguf", b"another file");
    let asked = ask_of(own(elsewhere.path(), &[&path]), &other);
    assert_eq!(asked, (all, text), "another model's file is not used");
    assert_eq!(states().len(), 2);
}

#[test]
fn a_sequence_that_moves_into_the_place_of_one_that_ended_goes_on_as_it_would_have() {
    let mut engine = support::engine();
    let long = |user: &str| greedy(question(user).prompt, 24);
    let (first, second, short) = (long("What is a share?"), long("What is a bond?"), question("Why?"));
    let mut write = |requests: &[Generate]| {
        let mut requests = Requests::new(apart(3), requests);
        open(&mut engine, &model(), &mut requests);
        requests.texts()
    };
    let stays = write(&[first.clone(), second.clone(), short.clone()]);
    let moves = write(&[short, first, second]);
    assert_eq!(moves[1..], stays[..2]);
    assert!(moves[0].len() < moves[1].len(), "the first ended before the others");
}

#[test]
fn weights_that_are_mapped_are_pages_of_their_file_and_answer_as_those_that_are_read() {
    // The counters cover the whole process.
    if !own_process::is_here() {
        let test = "reuse::weights_that_are_mapped_are_pages_of_their_file_and_answer_as_those_that_are_read";
        let output = own_process::command(test).output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && told.contains("1 passed"), "{told}\n{errors}");
        return;
    }
    let ask = |use_mmap: bool| {
        let mut options = options(None, Residency::Release, Budget::default());
        options.llama.use_mmap = use_mmap;
        let mut requests = Requests::new(apart(1), &[question("What is a share?")]);
        let (row, _) = open(&mut NativeEngine::new(options), &model(), &mut requests);
        (row, requests.texts())
    };
    let (mapped, read) = (ask(true), ask(false));
    assert_eq!(mapped.1, read.1);
    let weights = mapped.0.weights_bytes;
    assert!(mapped.0.file_peak >= read.0.file_peak + weights / 2, "{mapped:?}");
    assert!(
        read.0.anon_peak >= mapped.0.anon_peak + weights / 2,
        "{mapped:?}\n{read:?}"
    );
}

#[test]
fn what_two_prompts_have_in_common_is_evaluated_once_where_sequences_lie_apart() {
    let mut engine = support::engine();
    let pair = [question("What is a share?"), question("What is a bond?")];
    let alone = |engine: &mut NativeEngine, request: &Generate| {
        let mut requests = Requests::new(apart(1), std::slice::from_ref(request));
        open(engine, &model(), &mut requests).0.prompt_tokens
    };
    let (first, second) = (alone(&mut engine, &pair[0]), alone(&mut engine, &pair[1]));
    let mut requests = Requests::new(apart(1), &pair);
    let (row, _) = open(&mut engine, &model(), &mut requests);
    assert!(row.prompt_tokens + 60 < first + second, "{} tokens", row.prompt_tokens);
    assert!(row.prompt_tokens > first, "the second question is another one");
}

#[test]
fn requests_side_by_side_answer_each_its_own_question() {
    let capital = |country: &str| greedy(Prompt::Plain(format!("The capital of {country} is")), 8);
    let requests = ["France", "Italy", "Japan", "Spain", "Germany"].map(capital);
    let answer = |workload: Workload| {
        let mut requests = Requests::new(workload, &requests);
        open(&mut support::engine(), &model(), &mut requests);
        requests.texts()
    };
    for texts in [answer(apart(3)), answer(shared())] {
        for (text, city) in texts.iter().zip(["Paris", "Rome", "Tokyo", "Madrid", "Berlin"]) {
            assert!(text.contains(city), "{city}: {texts:?}");
        }
    }
}

#[test]
fn a_request_that_finds_no_room_in_this_opening_is_given_back_and_the_others_are_answered() {
    let counting = |max_tokens| greedy(Prompt::Plain("One, two, three, four,".into()), max_tokens);
    // The context holds about 2,600 tokens; the model would allow 8,192.
    let mut requests = Requests::new(shared(), &[counting(8), counting(6_000), counting(8)]);
    open(&mut support::engine(), &model(), &mut requests);
    assert_eq!(requests.given_back, [1]);
    let answered: Vec<bool> = requests.done.iter().map(Option::is_some).collect();
    assert_eq!(answered, [true, false, true]);
}

#[test]
fn several_continuations_of_one_prompt_come_also_from_sequences_that_lie_apart() {
    let mut request = greedy(Prompt::Plain("One, two, three, four,".into()), 6);
    request.sequences = 5;
    let answer = RefCell::new(Vec::new());
    struct Once<'a>(&'a Generate, &'a RefCell<Vec<Completion>>);
    impl LanguageWork for Once<'_> {
        fn plan(&mut self, _: &dyn LanguageInfo) -> Result<Workload, EngineError> {
            Ok(apart(2))
        }

        fn run(&mut self, language: &mut dyn Language) -> Result<(), EngineError> {
            *self.1.borrow_mut() = language.generate(self.0, &mut |_| {})?;
            Ok(())
        }
    }
    let mut work = Once(&request, &answer);
    let (_, result) = support::engine().language(StageName::REPORT, &model(), &Cancel::new(), &mut work, &|_| {});
    result.unwrap();
    let completions = answer.into_inner();
    assert_eq!(completions.len(), 5);
    assert!(completions.iter().all(|one| one == &completions[0]), "{completions:?}");
}

/// The kernel's notification that a file was read.
#[cfg(target_os = "linux")]
#[test]
fn the_file_of_a_later_stage_is_read_while_this_one_computes() {
    use rustix::fs::inotify::{self, CreateFlags, WatchFlags};

    let directory = tempfile::tempdir().unwrap();
    let (path, later) = copy(directory.path(), "later.gguf", b"");
    let first = crate::demo_model::demo_model(models::Role::Reporter).weights;
    let mut engine = NativeEngine::new(EngineOptions {
        models: own(directory.path(), &[&path, &first]),
        ..options(None, Residency::Release, Budget::default())
    });
    let first = support::own_ref(directory.path(), models::Role::Reporter, &first);
    // Its hash is already known, so only the engine has a reason to read the file.
    engine.expect(&[later]);
    let reads = inotify::init(CreateFlags::NONBLOCK).unwrap();
    inotify::add_watch(&reads, &path, WatchFlags::ACCESS).unwrap();
    open(
        &mut engine,
        &first,
        &mut Requests::new(apart(1), &[question("What is a share?")]),
    );
    let mut events = [std::mem::MaybeUninit::uninit(); 4096];
    let seen = inotify::Reader::new(&reads, &mut events)
        .next()
        .map(|event| event.events());
    assert!(seen.is_ok_and(|what| what.contains(inotify::ReadFlags::ACCESS)));
}

#[test]
fn requests_of_several_sequences_are_decoded_side_by_side_unless_that_is_off() {
    let counting = |from: &str| Generate {
        sequences: 2,
        ..greedy(Prompt::Plain(format!("{from}, two, three, four,")), 6)
    };
    let one = Estimate {
        sequences: 2,
        ..Estimate::one(Some(16), 6)
    };
    let workload = Workload {
        requests: vec![one; 3],
        together: 3,
        more_come: false,
    };
    let write = |side_by_side: bool| {
        let mut options = options(None, Residency::Release, Budget::default());
        options.llama.side_by_side = side_by_side;
        let mut requests = Requests::new(workload.clone(), &["One", "And one", "Zero, one"].map(counting));
        open(&mut NativeEngine::new(options), &model(), &mut requests);
        (requests.most_in_hand, requests.texts())
    };
    let (together, texts) = write(true);
    assert_eq!((together, texts), (3, write(false).1));
    assert_eq!(write(false).0, 1);
}

#[test]
fn a_warm_model_is_not_loaded_again_until_its_file_changes_or_the_budget_is_needed() {
    let directory = tempfile::tempdir().unwrap();
    let (path, one) = copy(directory.path(), "one.gguf", b"");
    let (other_path, other) = copy(directory.path(), "other.gguf", b"");
    let engine = |residency: Residency, budget: Budget| {
        NativeEngine::new(EngineOptions {
            models: own(directory.path(), &[&path, &other_path]),
            ..options(None, residency, budget)
        })
    };
    let ask = |engine: &mut NativeEngine, model: &ModelRef| {
        let mut requests = Requests::new(apart(1), &[question("What is a share?")]);
        let loaded = open(engine, model, &mut requests).1;
        (loaded, requests.texts())
    };
    let mut warm = engine(Residency::Warm, Budget::default());
    let (loaded, text) = ask(&mut warm, &one);
    assert!(loaded);
    assert_eq!(ask(&mut warm, &one), (false, text.clone()));
    assert!(ask(&mut warm, &other).0);
    assert_eq!(ask(&mut warm, &one), (false, text.clone()), "both go into the budget");
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(std::time::SystemTime::now() + std::time::Duration::from_secs(9))
        .unwrap();
    assert_eq!(ask(&mut warm, &one), (true, text.clone()), "the file is another now");

    let mut small = engine(Residency::Warm, Budget(200 << 20));
    assert!(ask(&mut small, &one).0);
    assert!(ask(&mut small, &other).0);
    assert_eq!(
        ask(&mut small, &one),
        (true, text),
        "only one of them goes into the budget"
    );

    let mut released = engine(Residency::Release, Budget::default());
    assert!(ask(&mut released, &one).0);
    assert!(ask(&mut released, &one).0);
}

#[test]
fn a_file_in_slow_blocks_gets_a_requantized_copy_once_and_a_broken_copy_is_made_again() {
    let directory = tempfile::tempdir().unwrap();
    let ask = |budget: Budget, copies: Option<&Path>| {
        let mut options = options(None, Residency::Release, budget);
        options.llama.requantized = copies.map(Path::to_owned);
        let request = greedy(Prompt::Plain("The capital of France is".into()), 8);
        let mut requests = Requests::new(apart(1), &[request]);
        let (row, _) = open(&mut NativeEngine::new(options), &model(), &mut requests);
        let text = requests.texts().remove(0);
        assert!(text.contains("Paris"), "{text}");
        row.weights_bytes
    };
    let copies = || -> Vec<_> {
        let entries = std::fs::read_dir(directory.path()).unwrap();
        let files = entries.map(|entry| entry.unwrap().path());
        // Beside a copy lies the mark of its last check.
        files
            .filter(|path| path.extension().is_none_or(|ending| ending != "checked"))
            .collect()
    };
    let original = crate::demo_model::demo_model(models::Role::Reporter).bytes;
    assert_eq!(ask(Budget::default(), None), original);
    assert_eq!(
        ask(Budget(400 << 20), Some(directory.path())),
        original,
        "memory is short"
    );
    assert!(copies().is_empty());

    let copy = ask(Budget::default(), Some(directory.path()));
    assert!(copy > original * 13 / 10, "{copy} of {original} bytes");
    let path = copies().remove(0);
    let made = std::fs::metadata(&path).unwrap().modified().unwrap();
    assert_eq!(ask(Budget::default(), Some(directory.path())), copy);
    assert_eq!(
        ask(Budget(400 << 20), Some(directory.path())),
        original,
        "memory is short"
    );

    let mut broken = std::fs::read(&path).unwrap();
    broken[..64].fill(0xff);
    std::fs::write(&path, &broken).unwrap();
    assert_eq!(ask(Budget::default(), Some(directory.path())), copy);
    assert_eq!(
        copies(),
        std::slice::from_ref(&path),
        "made again, and nothing else lies about"
    );
    assert_ne!(std::fs::read(&path).unwrap(), broken);
    assert!(std::fs::metadata(&path).unwrap().modified().unwrap() > made);
}

#[test]
fn a_warm_model_goes_on_with_a_conversation_from_where_it_was() {
    let turn = Message::new;
    let first = vec![
        turn(
            Role::System,
            &"You answer in one short sentence and never guess. ".repeat(7),
        ),
        turn(Role::User, "What is a share?"),
    ];
    let ask = |messages: &[Message]| Generate {
        keeps: Keeps::Conversation,
        ..greedy(
            Prompt::Chat {
                messages: messages.to_vec(),
                tools: Vec::new(),
                answer_prefix: String::new(),
            },
            24,
        )
    };
    let answer = |engine: &mut NativeEngine, messages: &[Message]| {
        let mut requests = Requests::new(shared(), &[ask(messages)]);
        let (row, _) = open(engine, &model(), &mut requests);
        (row.prompt_tokens, requests.texts().remove(0))
    };
    let mut warm = NativeEngine::new(options(None, Residency::Warm, Budget::default()));
    let (all, text) = answer(&mut warm, &first);
    assert!(all > 80, "{all} tokens");
    assert_eq!(
        answer(&mut warm, &first).0,
        1,
        "the same again: only the last token has logits"
    );

    let then = [
        first.clone(),
        vec![turn(Role::Assistant, &text), turn(Role::User, "And a bond?")],
    ]
    .concat();
    let (more, _) = answer(&mut warm, &then);
    assert!(more < 24, "{more} tokens: the answer is known as well");

    let other = [turn(
        Role::User,
        "Name three colours, and say which of them you like best.",
    )];
    let fresh = |messages: &[Message]| {
        let mut engine = NativeEngine::new(options(None, Residency::Release, Budget::default()));
        answer(&mut engine, messages)
    };
    assert_eq!(
        answer(&mut warm, &other),
        fresh(&other),
        "another conversation is another"
    );
    assert_eq!(fresh(&first), (all, text), "a model that is freed knows nothing");

    // A budget that just fits the model leaves no memory for conversations.
    let need = {
        let mut requests = Requests::new(shared(), &[ask(&first)]);
        open(&mut warm, &model(), &mut requests).0.need_bytes
    };
    let mut tight = NativeEngine::new(options(None, Residency::Warm, Budget(need)));
    assert_eq!(answer(&mut tight, &first).0, all);
    assert_eq!(answer(&mut tight, &first).0, all);
}

//! The files that the engine may open (Landlock, in Linux since 5.13): models and their manifests to read, its own caches to write,
//! the system's libraries, and what the kernel tells of memory and processors. Everything else is refused, also to an administrator.

use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreated, RulesetCreatedAttr, RulesetStatus, Scope,
};

use crate::engine::{EngineOptions, variants_folder};

/// What is asked of the kernel; an older one enforces what it can.
const WANTED: ABI = ABI::V6;

/// The system's own: libraries, and descriptions of the machine. Drivers of graphics cards read and write their devices.
const SYSTEM_READ: [&str; 10] = [
    "/usr",
    "/lib",
    "/lib64",
    "/opt",
    "/etc/ld.so.cache",
    "/sys",
    "/proc/self",
    "/proc/meminfo",
    "/proc/cpuinfo",
    "/proc/driver",
];
const DEVICES: [&str; 4] = ["/dev/null", "/dev/zero", "/dev/urandom", "/dev/dri"];

/// Applies the rules to this thread and those that it starts.
pub(super) fn restrict(options: &EngineOptions) -> Result<String, String> {
    let read = AccessFs::from_read(WANTED);
    let own: Vec<PathBuf> = [&options.llama.states, &options.llama.requantized]
        .into_iter()
        .flatten()
        .cloned()
        .collect();
    for folder in own.iter().chain([&options.models.downloads()]) {
        // A rule needs a folder that exists. Where it cannot be made, nothing in it can be opened.
        let _ = std::fs::create_dir_all(folder);
    }
    let readable = options.models.readable();
    let libraries = std::env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    let libraries: Vec<PathBuf> = std::env::split_paths(&libraries)
        .chain(library(options))
        .chain(variants_folder())
        .collect();
    let apply = || {
        let ruleset = Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(WANTED))?
            .scope(Scope::AbstractUnixSocket | Scope::Signal)?
            .create()?;
        let ruleset = allow(ruleset, SYSTEM_READ.map(PathBuf::from), read)?;
        let ruleset = allow(ruleset, libraries, read)?;
        let ruleset = allow(ruleset, readable, read & !AccessFs::Execute)?;
        let ruleset = allow(ruleset, own, AccessFs::from_all(WANTED) & !AccessFs::Execute)?;
        let devices = DEVICES.map(PathBuf::from).into_iter().chain(cards());
        let ruleset = allow(ruleset, devices, read | AccessFs::WriteFile | AccessFs::IoctlDev)?;
        ruleset.restrict_self()
    };
    let status = apply().map_err(|error: landlock::RulesetError| format!("Landlock: {error}"))?;
    match status.ruleset {
        RulesetStatus::NotEnforced => Err("this kernel has no Landlock (Linux 5.13 or later)".to_owned()),
        RulesetStatus::PartiallyEnforced => Ok("no files but models and its caches (Landlock, in part)".to_owned()),
        RulesetStatus::FullyEnforced => Ok("no files but models and its caches (Landlock)".to_owned()),
    }
}

/// The ruleset with access to these paths; those that do not exist need none.
fn allow(
    ruleset: RulesetCreated,
    paths: impl IntoIterator<Item = PathBuf>,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, landlock::RulesetError> {
    let mut ruleset = ruleset;
    for path in paths {
        let Ok(opened) = PathFd::new(&path) else { continue };
        // A file has no rights of folders.
        let access = if path.is_dir() {
            access
        } else {
            access & AccessFs::from_file(WANTED)
        };
        ruleset = ruleset.add_rule(PathBeneath::new(opened, access))?;
    }
    Ok(ruleset)
}

/// The folder of ONNX Runtime's library, which is loaded when the first classifier is opened.
fn library(options: &EngineOptions) -> Option<PathBuf> {
    let library = std::fs::canonicalize(options.onnx_library.as_ref()?).ok()?;
    library.parent().map(Path::to_owned)
}

/// The devices of NVIDIA's driver.
fn cards() -> Vec<PathBuf> {
    let devices = std::fs::read_dir("/dev").into_iter().flatten().flatten();
    let cards = devices.filter(|entry| entry.file_name().to_string_lossy().starts_with("nvidia"));
    cards.map(|entry| entry.path()).collect()
}

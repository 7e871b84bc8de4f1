//! Confines the engine process before it reads a model. Model files come from strangers and are parsed by native code; a malicious
//! file that takes over that code can open no other file, reach nobody, and touch no other process. The engine's settings come in;
//! what is enforced goes out, as text for people. Linux only.

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod files;
mod hidden;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod privileges;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod system_calls;

pub use self::hidden::hide;
use crate::engine::EngineOptions;

/// Applies the restrictions to the process; they cannot be lifted. To be called before it starts a thread. Empty on systems without
/// any of them; what this kernel lacks is logged.
pub fn confine(options: &EngineOptions) -> Vec<String> {
    let mut enforced = Vec::new();
    for (what, done) in enforce(options) {
        match done {
            Ok(said) => enforced.push(said),
            Err(reason) => tracing::warn!(%reason, "the engine process is not confined: {what}"),
        }
    }
    enforced
}

/// Each restriction with what it enforces, or why it could not be applied.
type Restriction = (&'static str, Result<String, String>);

/// The filter of system calls comes last: it refuses what the others need.
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn enforce(options: &EngineOptions) -> Vec<Restriction> {
    vec![
        ("privileges", privileges::drop_all()),
        ("files", files::restrict(options)),
        ("system calls", system_calls::restrict()),
    ]
}

#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
fn enforce(_: &EngineOptions) -> Vec<Restriction> {
    vec![("all of it", Err("this system has neither seccomp nor Landlock".into()))]
}

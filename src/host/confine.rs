//! What the engine's process gives up before it reads a model: the network, and starting other programs. Model files come from
//! strangers and are read by native code; whatever a broken one makes that code do, it cannot call out. Linux only.

/// Gives it up for every thread of the process, for ever. Returns what is enforced, for a person to read; empty where the
/// system has no such means.
pub fn confine() -> Vec<String> {
    match enforce() {
        Ok(enforced) => enforced,
        Err(reason) => {
            tracing::warn!(%reason, "the engine runs unconfined");
            Vec::new()
        }
    }
}

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn enforce() -> Result<Vec<String>, String> {
    use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, apply_filter_all_threads};

    // Each group of system calls answers "not permitted". io_uring is there because it opens sockets without `socket`.
    let network = [
        libc::SYS_socket,
        libc::SYS_connect,
        libc::SYS_bind,
        libc::SYS_listen,
        libc::SYS_accept4,
        libc::SYS_io_uring_setup,
    ];
    let processes = [
        libc::SYS_execve,
        libc::SYS_execveat,
        libc::SYS_ptrace,
        libc::SYS_process_vm_readv,
        libc::SYS_process_vm_writev,
    ];
    let rules = network
        .iter()
        .chain(&processes)
        .map(|&call| (call, Vec::new()))
        .collect();
    let architecture = std::env::consts::ARCH.try_into().map_err(|error| format!("{error}"))?;
    let filter = SeccompFilter::new(
        rules,
        SeccompAction::Allow,
        SeccompAction::Errno(libc::EPERM.unsigned_abs()),
        architecture,
    );
    let program: BpfProgram = filter
        .and_then(TryInto::try_into)
        .map_err(|error| format!("the filter was not compiled: {error}"))?;
    apply_filter_all_threads(&program).map_err(|error| format!("the kernel refused the filter: {error}"))?;
    Ok(vec![
        "no network (seccomp)".to_owned(),
        "no other programs (seccomp)".to_owned(),
    ])
}

#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
fn enforce() -> Result<Vec<String>, String> {
    Err("this system has no seccomp".into())
}

//! Confines the engine process before it reads a model: no network, no starting of other programs. Model files come from
//! strangers and are parsed by native code; a malicious file that takes over that code cannot contact anyone. Linux only.

/// Applies the restrictions to every thread of the process; they cannot be lifted. Returns the restrictions as text for people;
/// empty on systems without seccomp.
pub fn confine() -> Vec<String> {
    match enforce() {
        Ok(enforced) => enforced,
        Err(reason) => {
            tracing::warn!(%reason, "the engine process is not confined");
            Vec::new()
        }
    }
}

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn enforce() -> Result<Vec<String>, String> {
    use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, apply_filter_all_threads};

    // System calls of each group fail with "not permitted". The list includes io_uring, which can open sockets without
    // `socket`.
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
        .map_err(|error| format!("cannot compile the seccomp filter: {error}"))?;
    apply_filter_all_threads(&program).map_err(|error| format!("the kernel refused the seccomp filter: {error}"))?;
    Ok(vec![
        "no network (seccomp)".to_owned(),
        "no other programs (seccomp)".to_owned(),
    ])
}

#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
fn enforce() -> Result<Vec<String>, String> {
    Err("this system does not support seccomp".into())
}

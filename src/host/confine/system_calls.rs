//! The system calls that the engine never needs fail with "not permitted" (seccomp): sockets, other programs, other processes,
//! and what changes the kernel's view of the machine.

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    apply_filter_all_threads,
};

/// Sockets, and `io_uring`, which opens them without `socket`.
const NETWORK: &[i64] = &[
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
];

/// Other programs, and other processes' memory, descriptors and signals.
const PROCESSES: &[i64] = &[
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    libc::SYS_kcmp,
    libc::SYS_tkill,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo,
];

/// The kernel itself, and ways around the rules for files.
const KERNEL: &[i64] = &[
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_userfaultfd,
    libc::SYS_perf_event_open,
    libc::SYS_bpf,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_quotactl,
];

/// Applies the filter to every thread of the process.
pub(super) fn restrict() -> Result<String, String> {
    let refused = NETWORK.iter().chain(PROCESSES).chain(KERNEL);
    let mut rules: Vec<(i64, Vec<SeccompRule>)> = refused.map(|&call| (call, Vec::new())).collect();
    #[cfg(target_arch = "x86_64")]
    rules.extend([(libc::SYS_fork, Vec::new()), (libc::SYS_vfork, Vec::new())]);
    // A new thread shares everything with its process; without this flag `clone` makes a process.
    let thread = u64::from(libc::CLONE_THREAD.unsigned_abs());
    rules.push((libc::SYS_clone, vec![when(SeccompCmpOp::MaskedEq(thread), 0)?]));
    // `abort` sends a signal to its own process, and nobody needs to send one to another.
    let own = u64::from(std::process::id());
    rules.push((libc::SYS_kill, vec![when(SeccompCmpOp::Ne, own)?]));
    rules.push((libc::SYS_tgkill, vec![when(SeccompCmpOp::Ne, own)?]));
    apply(rules, libc::EPERM)?;
    // The flags of `clone3` lie in memory that a filter cannot read. The C library uses `clone` where it does not exist.
    apply(vec![(libc::SYS_clone3, Vec::new())], libc::ENOSYS)?;
    Ok("no network, no other programs, no other processes (seccomp)".to_owned())
}

/// The rule that holds where the first argument compares like this.
fn when(operator: SeccompCmpOp, value: u64) -> Result<SeccompRule, String> {
    // Process ids and the flags of threads fit into 32 bits; the upper half of the register may hold anything.
    let condition = SeccompCondition::new(0, SeccompCmpArgLen::Dword, operator, value);
    let rule = condition.and_then(|condition| SeccompRule::new(vec![condition]));
    rule.map_err(|error| format!("cannot write the seccomp filter: {error}"))
}

fn apply(rules: Vec<(i64, Vec<SeccompRule>)>, errno: i32) -> Result<(), String> {
    let architecture = std::env::consts::ARCH.try_into().map_err(|error| format!("{error}"))?;
    let refuse = SeccompAction::Errno(errno.unsigned_abs());
    let filter = SeccompFilter::new(rules.into_iter().collect(), SeccompAction::Allow, refuse, architecture);
    let program: BpfProgram = filter
        .and_then(TryInto::try_into)
        .map_err(|error| format!("cannot compile the seccomp filter: {error}"))?;
    apply_filter_all_threads(&program).map_err(|error| format!("the kernel refused the seccomp filter: {error}"))
}

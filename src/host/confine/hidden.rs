//! The server's side of the wall: its environment holds keys, and its memory what clients ask.

/// Makes the kernel refuse other processes of the same user a look into this one: its memory, environment and descriptors.
pub fn hide() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable) {
        tracing::warn!(%error, "other processes of this user can look into the server's memory");
    }
}

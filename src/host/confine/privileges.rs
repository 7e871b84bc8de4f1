//! The privileges of an administrator: an engine that is started by one keeps only the right to open its own files, whoever owns
//! them. Without the others it may not look into a process that does not let itself be looked into, such as the server's.

use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities};

/// Gives up every capability but that of file permissions, which the rules for files bound.
pub(super) fn drop_all() -> Result<String, String> {
    let kept = rustix::thread::capabilities(None)
        .map_err(|error| format!("cannot read the capabilities: {error}"))?
        .permitted
        .intersection(CapabilitySet::DAC_OVERRIDE);
    let sets = CapabilitySets {
        effective: kept,
        permitted: kept,
        inheritable: CapabilitySet::empty(),
    };
    set_capabilities(None, sets).map_err(|error| format!("cannot give up capabilities: {error}"))?;
    Ok("no privileges".to_owned())
}

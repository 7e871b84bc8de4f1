//! A memory limit for a child process, enforced by the kernel: the strictest kind that this machine allows. A control group
//! counts both heap and file pages; `RLIMIT_DATA` counts the heap alone.

use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::{Resource, Rlimit};
use tripod::engine::human_bytes;

/// A limit, and the mechanism behind it.
pub struct Limit {
    bytes: u64,
    by: By,
}

enum By {
    /// A control group that this program creates.
    Group { folder: PathBuf, files: &'static Files },
    /// A control group that systemd creates.
    Manager,
    /// `RLIMIT_DATA`.
    Data,
}

/// The names of a control group's files.
struct Files {
    version: &'static str,
    root: &'static str,
    /// The text between the colons of its line in `/proc/self/cgroup`.
    controller: &'static str,
    limit: &'static str,
    peak: &'static str,
    /// The file that counts how often the limit was reached, and the prefix of its line there.
    reached: (&'static str, &'static str),
}

const VERSIONS: [Files; 2] = [
    Files {
        version: "v2",
        root: "/sys/fs/cgroup",
        controller: "",
        limit: "memory.max",
        peak: "memory.peak",
        reached: ("memory.events", "max "),
    },
    Files {
        version: "v1",
        root: "/sys/fs/cgroup/memory",
        controller: "memory",
        limit: "memory.limit_in_bytes",
        peak: "memory.max_usage_in_bytes",
        reached: ("memory.failcnt", ""),
    },
];

impl Limit {
    /// The strictest limit of `bytes` bytes that can be set on this machine.
    pub fn strictest(bytes: u64) -> Self {
        let group = VERSIONS.iter().find_map(|files| {
            let folder = files.make(bytes)?;
            Some(By::Group { folder, files })
        });
        let manager = || {
            let mut trial = managed(bytes);
            let trial = trial.arg("true").output();
            trial.is_ok_and(|trial| trial.status.success()).then_some(By::Manager)
        };
        let by = group.or_else(manager).unwrap_or(By::Data);
        Limit { bytes, by }
    }

    /// The command under the limit. It must run this program, which applies the arguments added here.
    pub fn wrap(&self, command: &Command) -> Command {
        let mut wrapped = match self.by {
            By::Manager => {
                let mut manager = managed(self.bytes);
                manager.arg(command.get_program());
                manager
            }
            _ => Command::new(command.get_program()),
        };
        wrapped.args(command.get_args());
        match &self.by {
            By::Group { folder, .. } => wrapped.args([OsStr::new("--enter"), folder.as_os_str()]),
            By::Data => wrapped.args(["--data", &self.bytes.to_string()]),
            By::Manager => &mut wrapped,
        };
        wrapped
    }

    /// A description of the kernel's counts.
    pub fn record(&self) -> String {
        let By::Group { folder, files } = &self.by else {
            return "the kernel keeps no count of it for us".into();
        };
        let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default();
        let peak = read(files.peak).trim().parse().map_or_else(|_| "?".into(), human_bytes);
        let (file, beginning) = files.reached;
        let reached = read(file);
        let reached = reached
            .lines()
            .find_map(|line| line.strip_prefix(beginning))
            .unwrap_or("?");
        format!(
            "the group's highest: {peak}, files' pages included, which the kernel takes back when it needs the room; the \
             limit was reached {reached} times"
        )
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = human_bytes(self.bytes);
        match &self.by {
            By::Group { files, .. } => write!(
                f,
                "control group {}, memory {bytes}, heap and file pages",
                files.version
            ),
            By::Manager => write!(f, "control group by systemd-run, memory {bytes}, heap and file pages"),
            By::Data => write!(
                f,
                "RLIMIT_DATA {bytes}, the heap alone: no control group can be made here"
            ),
        }
    }
}

impl Drop for Limit {
    fn drop(&mut self) {
        if let By::Group { folder, .. } = &self.by {
            // The kernel removes an empty group's files with it. If removal fails, the group that remains is harmless.
            let _ = fs::remove_dir(folder);
        }
    }
}

impl Files {
    /// Creates a group with a limit, below this process's own group or below one of its parents, wherever that is allowed.
    fn make(&self, bytes: u64) -> Option<PathBuf> {
        let own = fs::read_to_string("/proc/self/cgroup").ok()?;
        let own = own.lines().find_map(|line| {
            let (_, rest) = line.split_once(':')?;
            let (controllers, path) = rest.split_once(':')?;
            let ours = controllers.split(',').any(|controller| controller == self.controller);
            ours.then(|| path.trim_start_matches('/').to_owned())
        })?;
        let own = Path::new(self.root).join(own);
        own.ancestors()
            .take_while(|folder| folder.starts_with(self.root))
            .find_map(|parent| self.make_in(parent, bytes))
    }

    fn make_in(&self, parent: &Path, bytes: u64) -> Option<PathBuf> {
        let folder = parent.join(format!("tripod-bench-{}", std::process::id()));
        fs::create_dir(&folder).ok()?;
        // The kernel creates this file in a control group; in any other folder it is missing.
        let limit = folder.join(self.limit);
        if !limit.is_file() || fs::write(limit, bytes.to_string()).is_err() {
            let _ = fs::remove_dir(&folder);
            return None;
        }
        // Turn swap off if it is counted: swapping would hide memory use.
        let _ = fs::write(folder.join("memory.swap.max"), "0");
        Some(folder)
    }
}

fn managed(bytes: u64) -> Command {
    let mut command = Command::new("systemd-run");
    if !rustix::process::geteuid().is_root() {
        command.arg("--user");
    }
    command.args(["--scope", "--quiet", "--property", &format!("MemoryMax={bytes}")]);
    command.args(["--property", "MemorySwapMax=0"]);
    command
}

/// Applies the limit in this process's arguments.
pub fn obey(group: Option<&Path>, data: Option<u64>) -> std::io::Result<()> {
    if let Some(folder) = group {
        fs::write(folder.join("cgroup.procs"), "0")?;
    }
    if let Some(bytes) = data {
        let bound = Rlimit {
            current: Some(bytes),
            maximum: Some(bytes),
        };
        rustix::process::setrlimit(Resource::Data, bound)?;
    }
    Ok(())
}

//! Where each setting comes from: what the command line, the environment and the file gave comes in, one line for each setting goes out.
//! No line holds a secret.

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args, Command};
use serde::Serialize;

use super::error::ConfigError;
use super::layers::SECRETS;
use super::serve::ServeSettings;
use super::settings::Settings;

/// A setting, its value, and where that comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// Its key in the file; those of the server begin with `serve.`.
    pub key: String,
    /// Its value as it was written; of a secret, that it is set. `None` without a value.
    pub value: Option<String>,
    /// A flag, an environment variable, `file` or `default`.
    pub from: String,
}

/// What stands for the value of a secret.
const SET: &str = "set";

/// The settings in the order of the help, secrets after the others, those of the server last. `flags` are the parsed arguments.
///
/// # Errors
///
/// A configuration file that cannot be read.
pub fn origins(settings: &Settings, flags: &ArgMatches) -> Result<Vec<Setting>, ConfigError> {
    let file = settings.file_table()?;
    let of_server = file
        .get("serve")
        .and_then(toml::Value::as_table)
        .cloned()
        .unwrap_or_default();
    let mut found = Vec::new();
    for arg in shown(Settings::augment_args(Command::new("tripod"))) {
        let key = key(&arg);
        if key != "config" {
            found.push(setting(&arg, key.clone(), file.get(&key), Some(flags)));
        }
    }
    for (key, names) in SECRETS {
        found.push(secret(key, &names, file.contains_key(key)));
    }
    for arg in shown(ServeSettings::augment_args(Command::new("serve"))) {
        let key = key(&arg);
        let setting = match key.as_str() {
            "api-keys" => secret(
                "serve.api-keys",
                &["TRIPOD_API_KEYS"],
                of_server.contains_key("api-keys"),
            ),
            key => setting(&arg, format!("serve.{key}"), of_server.get(key), None),
        };
        found.push(setting);
    }
    Ok(found)
}

fn shown(command: Command) -> Vec<Arg> {
    command
        .get_arguments()
        .filter(|arg| !arg.is_hide_set())
        .cloned()
        .collect()
}

fn key(arg: &Arg) -> String {
    arg.get_id().as_str().replace('_', "-")
}

fn setting(arg: &Arg, key: String, in_file: Option<&toml::Value>, flags: Option<&ArgMatches>) -> Setting {
    let variable = arg.get_env().map(|name| name.to_string_lossy().into_owned());
    let (value, from) = match flags.and_then(|flags| flags.value_source(arg.get_id().as_str())) {
        Some(ValueSource::CommandLine) => {
            let flag = arg.get_long().map(|long| format!("--{long}"));
            (raw(arg, flags), flag.unwrap_or_default())
        }
        _ => match variable.and_then(|name| Some((std::env::var(&name).ok().filter(|value| !value.is_empty())?, name)))
        {
            Some((value, name)) => (Some(value), name),
            None => match in_file {
                Some(value) => (Some(written(value)), "file".to_owned()),
                None => (usual(arg), "default".to_owned()),
            },
        },
    };
    Setting { key, value, from }
}

fn raw(arg: &Arg, flags: Option<&ArgMatches>) -> Option<String> {
    let values = flags?.try_get_raw(arg.get_id().as_str()).ok()??;
    let values: Vec<String> = values.map(|value| value.to_string_lossy().into_owned()).collect();
    Some(values.join(","))
}

fn secret(key: &str, names: &[&str], in_file: bool) -> Setting {
    let is_set = |name: &&&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let (value, from) = match names.iter().find(is_set) {
        Some(name) => (Some(SET), *name),
        None if in_file => (Some(SET), "file"),
        None => (None, "default"),
    };
    Setting {
        key: key.to_owned(),
        value: value.map(str::to_owned),
        from: from.to_owned(),
    }
}

fn written(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Array(list) => list.iter().map(written).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// The default that the help names.
fn usual(arg: &Arg) -> Option<String> {
    let help = arg.get_help()?.to_string();
    let (_, rest) = help.rsplit_once("[default: ")?;
    Some(rest.trim_end_matches(']').to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::net::Secret;

    #[test]
    fn every_line_says_where_its_value_is_from_and_none_shows_a_secret() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        std::fs::write(
            &path,
            "budget = \"2GiB\"\nsources = [\"yahoo\", \"tiingo\"]\ntiingo-key = \"hunter2\"\n[serve]\nqueue = 5\napi-keys = [\"hunter3\"]\n",
        )
        .unwrap();
        let command = Settings::augment_args(Command::new("tripod"));
        let flags = command.get_matches_from(["tripod", "--residency", "warm"]);
        let settings = Settings {
            config: Some(path),
            newsapi_key: Some(Secret::new("hunter4")),
            ..Settings::default()
        };
        let found = origins(&settings, &flags).unwrap();
        let of = |key: &str| {
            let one = found.iter().find(|one| one.key == key).unwrap();
            (one.value.clone().unwrap_or_default(), one.from.clone())
        };
        let pair = |value: &str, from: &str| (value.to_owned(), from.to_owned());
        assert_eq!(of("residency"), pair("warm", "--residency"));
        assert_eq!(of("budget"), pair("2GiB", "file"));
        assert_eq!(of("sources"), pair("yahoo,tiingo", "file"));
        assert_eq!(of("repair"), pair("mend", "default"));
        assert_eq!(of("tiingo-key"), pair("set", "file"));
        assert_eq!(of("serve.queue"), pair("5", "file"));
        assert_eq!(of("serve.api-keys"), pair("set", "file"));
        assert!(!format!("{found:?}").contains("hunter"), "{found:?}");
    }

    #[test]
    fn the_file_that_init_writes_names_every_key_once_and_is_valid_without_its_comment_marks() {
        let example = include_str!("example.toml");
        let keys = |command: Command| -> Vec<String> {
            let args = shown(command);
            args.iter().map(key).filter(|key| key != "config").collect()
        };
        let all = keys(Settings::augment_args(Command::new("tripod")))
            .into_iter()
            .chain(SECRETS.iter().map(|(key, _)| (*key).to_owned()))
            .chain(keys(ServeSettings::augment_args(Command::new("serve"))));
        let (of_all, of_server) = example.split_once("# [serve]").unwrap();
        for key in all {
            let line = format!("\n# {key} = ");
            let times = of_all.matches(&line).count() + of_server.matches(&line).count();
            let wanted = if ["samples", "context", "language"].contains(&key.as_str()) {
                1
            } else {
                times.max(1)
            };
            assert_eq!(times, wanted, "{key}");
        }
        assert!(
            toml::from_str::<toml::Table>(example).unwrap().is_empty(),
            "everything is a comment"
        );
        let is_setting = |line: &&str| {
            line.starts_with("# [")
                || line.strip_prefix("# ").is_some_and(|rest| {
                    rest.split_once(" = ")
                        .is_some_and(|(key, _)| key.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
                })
        };
        let text: String = example
            .lines()
            .filter(is_setting)
            .map(|line| format!("{}\n", &line[2..]))
            .collect();
        toml::from_str::<Settings>(&text).unwrap();
    }
}

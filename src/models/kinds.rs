//! The enumerations of a manifest: roles, profiles, file formats, parts, platforms. Each value has one spelling in TOML, on the
//! command line and in messages.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Declares an enum whose variants have one spelling for serde, `Display` and `FromStr`.
macro_rules! spelled {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $text)] $variant,)*
        }

        impl $name {
            /// All of them, in order.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// The one spelling.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text,)* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                Self::ALL.iter().copied().find(|one| one.as_str() == text).ok_or_else(|| {
                    let known: Vec<_> = Self::ALL.iter().map(|one| one.as_str()).collect();
                    format!("`{text}` is none of {}", known.join(", "))
                })
            }
        }
    };
}
pub(crate) use spelled;

spelled! {
    /// What a model is used for.
    Role {
        /// Stage 1: continues a list of prices.
        Forecaster = "forecaster",
        /// Stage 2: labels headlines.
        Sentiment = "sentiment",
        /// Stage 3: writes the summary and the report.
        Reporter = "reporter",
        /// The encoder from which the sentiment classifier is built.
        Encoder = "encoder",
        /// Turns texts into vectors, for `POST /v1/embeddings` alone.
        Embedder = "embedder",
        /// Not a model: a native library of the engines.
        Library = "library",
    }
}

spelled! {
    /// A set of models, one for each role.
    Profile {
        /// Small models from a package registry: no account, no key.
        Demo = "demo",
        /// The demo's forecaster and classifier with a reporter that writes better, from the same package registry.
        Standard = "standard",
        /// The models of the Python original.
        Seed = "seed",
        /// Random weights in the shapes of the seed's models, for benchmarks.
        SeedShape = "seed-shape",
    }
}

spelled! {
    /// The format of a model's weights.
    Format {
        /// llama.cpp's file.
        Gguf = "gguf",
        /// An ONNX graph.
        Onnx = "onnx",
        /// Tensors alone.
        Safetensors = "safetensors",
        /// A native library.
        SharedLibrary = "shared-library",
        /// None here: other machines run the model.
        Remote = "remote",
    }
}

spelled! {
    /// What a file is within its model.
    Part {
        /// The weights.
        Weights = "weights",
        /// `tokenizer.json`.
        Tokenizer = "tokenizer",
        /// A LoRA adapter that is applied to the weights.
        Adapter = "adapter",
        /// Anything the model wants beside it.
        Config = "config",
        /// A shared library.
        Library = "library",
    }
}

impl Part {
    /// Whether this is the main file of its model: the weights, or the library.
    pub fn is_main(self) -> bool {
        matches!(self, Part::Weights | Part::Library)
    }
}

/// An operating system and an architecture, as Rust names them: `linux-x86_64`, `macos-aarch64`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Platform {
    os: String,
    arch: String,
}

impl Platform {
    /// A platform by name, for tests and cross-checks.
    pub fn new(os: &str, arch: &str) -> Self {
        Self {
            os: os.into(),
            arch: arch.into(),
        }
    }

    /// The machine this runs on.
    pub fn host() -> Self {
        Self::new(std::env::consts::OS, std::env::consts::ARCH)
    }
}

impl Default for Platform {
    fn default() -> Self {
        Self::host()
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.os, self.arch)
    }
}

impl TryFrom<String> for Platform {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.split_once('-') {
            Some((os, arch)) if !os.is_empty() && !arch.is_empty() => Ok(Self::new(os, arch)),
            _ => Err(format!("`{text}` is not a platform like linux-x86_64")),
        }
    }
}

impl From<Platform> for String {
    fn from(platform: Platform) -> String {
        platform.to_string()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn every_kind_reads_back_what_it_writes() {
        for role in Role::ALL {
            assert_eq!(role.to_string().parse::<Role>().unwrap(), *role);
        }
        let platform = Platform::host();
        assert_eq!(Platform::try_from(platform.to_string()).unwrap(), platform);
    }

    #[test]
    fn an_unknown_word_is_answered_with_the_known_ones() {
        assert_eq!(
            "prod".parse::<Profile>().unwrap_err(),
            "`prod` is none of demo, standard, seed, seed-shape"
        );
    }
}

//! llama.cpp's name of a pre-tokenizer, found by its regular expressions. llama.cpp has no expressions in its files, only names;
//! `llama-vocab.cpp` has the expressions of each. Only those are listed here whose expressions there and in `tokenizer.json` split
//! every text alike.

use super::file::{Pattern, PreTokenizer};

// Characters beyond ASCII are escaped: several have a normal form that is another character.

/// GPT-2's split, which the byte-level step has built in.
const GPT_2: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
const LLAMA_3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const QWEN_2: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const QWEN_35: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const SEED_CODER: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+|\s*[\r\n]+|\s+(?!\S)|\s+";
const DEEPSEEK_V3: &str = r##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"##;
const DEEPSEEK_V3_CJK: &str = "[\u{4e00}-\u{9fa5}\u{3040}-\u{309f}\u{30a0}-\u{30ff}]+";
const DEEPSEEK_LLM_WORDS: &str = "\\s?[A-Za-z\u{b5}\u{c0}-\u{d6}\u{d8}-\u{f6}\u{f8}-\u{1ba}\u{1bc}-\u{1bf}\u{1c4}-\u{293}\u{295}-\u{2af}\u{370}-\u{373}\u{376}\u{377}\u{37b}-\u{37d}\u{37f}\u{386}\u{388}-\u{38a}\u{38c}\u{38e}-\u{3a1}\u{3a3}-\u{3f5}\u{3f7}-\u{481}\u{48a}-\u{52f}\u{531}-\u{556}\u{10a0}-\u{10c5}\u{13a0}-\u{13f5}\u{13f8}-\u{13fd}\u{1c90}-\u{1cba}\u{1cbd}-\u{1cbf}\u{1d00}-\u{1d2b}\u{1d6b}-\u{1d77}\u{1d79}-\u{1d9a}\u{1e00}-\u{1f15}\u{1f18}-\u{1f1d}\u{1f20}-\u{1f45}\u{1f48}-\u{1f4d}\u{1f50}-\u{1f57}\u{1f59}\u{1f5b}\u{1f5d}\u{1f5f}-\u{1f7d}\u{1f80}-\u{1fb4}\u{1fb6}-\u{1fbc}\u{1fbe}\u{1fc2}-\u{1fc4}\u{1fc6}-\u{1fcc}\u{1fd0}-\u{1fd3}\u{1fd6}-\u{1fdb}\u{1fe0}-\u{1fec}\u{1ff2}-\u{1ff4}\u{1ff6}-\u{1ffc}\u{2102}\u{2107}\u{210a}-\u{2113}\u{2115}\u{2119}-\u{211d}\u{2124}\u{2126}\u{2128}\u{212a}-\u{212d}\u{212f}-\u{2134}\u{2139}\u{213c}-\u{213f}\u{2145}-\u{2149}\u{214e}\u{2183}\u{2184}\u{2c00}-\u{2c7b}\u{2c7e}-\u{2ce4}\u{2ceb}-\u{2cee}\u{2cf2}\u{2cf3}\u{a640}-\u{a66d}\u{a680}-\u{a69b}\u{a722}-\u{a76f}\u{a771}-\u{a787}\u{a78b}-\u{a78e}\u{ab70}-\u{abbf}\u{fb00}-\u{fb06}\u{fb13}-\u{fb17}\u{ff21}-\u{ff3a}\u{ff41}-\u{ff5a}\u{10400}-\u{1044f}\u{104b0}-\u{104d3}\u{104d8}-\u{104fb}\u{10c80}-\u{10cb2}\u{10cc0}-\u{10cf2}\u{118a0}-\u{118df}\u{1e900}-\u{1e943}]+";
const DEEPSEEK_LLM_MARKS: &str = "\\s?[!-/:-~\u{ff01}-\u{ff0f}\u{ff1a}-\u{ff5e}\u{2018}-\u{201f}\u{3000}-\u{3002}]+";
const CJK: &str = "[\u{4e00}-\u{9fa5}\u{800}-\u{4e00}\u{ac00}-\u{d7ff}]+";
const DIGIT: &str = r"\p{N}";

/// A name, the expressions in order, and whether a word that is a token is taken whole, whatever its merges.
struct Known {
    name: &'static str,
    expressions: &'static [&'static str],
    ignores_merges: bool,
}

const KNOWN: &[Known] = &[
    known("gpt-2", &[GPT_2], false),
    known("smollm", &[DIGIT, GPT_2], false),
    known("llama-bpe", &[LLAMA_3], true),
    known("smaug-bpe", &[LLAMA_3], false),
    known("qwen2", &[QWEN_2], false),
    known("qwen35", &[QWEN_35], false),
    known("seed-coder", &[SEED_CODER], false),
    known("deepseek-v3", &[r"\p{N}{1,3}", DEEPSEEK_V3_CJK, DEEPSEEK_V3], false),
    known(
        "deepseek-llm",
        &[r"[\r\n]", DEEPSEEK_LLM_WORDS, DEEPSEEK_LLM_MARKS, r"\s+$", CJK, DIGIT],
        false,
    ),
    known(
        "deepseek-coder",
        &[r"[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", CJK, DIGIT],
        false,
    ),
];

const fn known(name: &'static str, expressions: &'static [&'static str], ignores_merges: bool) -> Known {
    Known {
        name,
        expressions,
        ignores_merges,
    }
}

/// llama.cpp's name for a byte-level pre-tokenizer.
///
/// # Errors
/// That there is none, with the expressions.
pub(super) fn name(pre_tokenizer: Option<&PreTokenizer>, ignores_merges: bool) -> Result<&'static str, String> {
    let mut steps = Vec::new();
    if let Some(pre_tokenizer) = pre_tokenizer {
        flatten(pre_tokenizer, &mut steps);
    }
    let expressions = expressions(&steps)?;
    let alike = |known: &&Known| {
        let theirs = known.expressions.iter().map(|expression| canonical(expression));
        theirs.eq(expressions.iter().cloned())
    };
    let mut candidates = KNOWN.iter().filter(alike).peekable();
    if candidates.peek().is_none() {
        return Err(format!(
            "its pre-tokenizer splits by {expressions:?}, and llama.cpp has none that splits alike"
        ));
    }
    match candidates.find(|known| known.ignores_merges == ignores_merges) {
        Some(known) => Ok(known.name),
        None => Err(format!(
            "its model has ignore_merges = {ignores_merges}, and llama.cpp has no pre-tokenizer with that and the expressions {expressions:?}"
        )),
    }
}

fn flatten<'a>(pre_tokenizer: &'a PreTokenizer, steps: &mut Vec<&'a PreTokenizer>) {
    match pre_tokenizer {
        PreTokenizer::Sequence { pretokenizers } => pretokenizers.iter().for_each(|inner| flatten(inner, steps)),
        step => steps.push(step),
    }
}

/// The expressions in order. The last step must turn bytes into characters.
fn expressions(steps: &[&PreTokenizer]) -> Result<Vec<String>, String> {
    let Some((
        PreTokenizer::ByteLevel {
            add_prefix_space,
            use_regex,
        },
        splits,
    )) = steps.split_last()
    else {
        return Err("its BPE has no byte fallback and its pre-tokenizer does not end with ByteLevel".into());
    };
    if *add_prefix_space {
        return Err("its pre-tokenizer puts a space in front (add_prefix_space), which llama.cpp's does not".into());
    }
    let alone = splits.len() == 1 && !use_regex;
    let mut expressions = Vec::new();
    for split in splits {
        match split {
            PreTokenizer::Split {
                pattern: Pattern::Regex(expression),
                behavior,
                invert,
            } => {
                // An expression that matches every character leaves the same pieces when the rest is removed.
                let isolates = behavior == "Isolated" && !invert || behavior == "Removed" && *invert && alone;
                if !isolates {
                    return Err(format!(
                        "its pre-tokenizer splits with {behavior}, and llama.cpp keeps all pieces"
                    ));
                }
                expressions.push(canonical(expression));
            }
            PreTokenizer::Digits { individual_digits } => {
                expressions.push(if *individual_digits {
                    DIGIT.into()
                } else {
                    r"\p{N}+".into()
                });
            }
            other => {
                return Err(format!(
                    "its pre-tokenizer has a step that llama.cpp does not know: {other:?}"
                ));
            }
        }
    }
    if *use_regex {
        expressions.push(canonical(GPT_2));
    }
    Ok(expressions)
}

/// One spelling of line ends and of the English endings.
fn canonical(expression: &str) -> String {
    expression.replace("\\r", "\r").replace("\\n", "\n").replace(
        "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])",
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)",
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(json: &str) -> PreTokenizer {
        serde_json::from_str(json).unwrap()
    }

    fn split(expression: &str) -> String {
        let quoted = serde_json::to_string(expression).unwrap();
        format!(r#"{{"type":"Split","pattern":{{"Regex":{quoted}}},"behavior":"Isolated","invert":false}}"#)
    }

    fn sequence(steps: &[String]) -> PreTokenizer {
        read(&format!(
            r#"{{"type":"Sequence","pretokenizers":[{}]}}"#,
            steps.join(",")
        ))
    }

    fn bytes() -> String {
        r#"{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}"#.into()
    }

    #[test]
    fn a_pre_tokenizer_is_named_by_its_expressions_and_not_by_its_model() {
        let gpt2 = read(r#"{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}"#);
        assert_eq!(name(Some(&gpt2), false), Ok("gpt-2"));
        let llama = sequence(&[split(LLAMA_3), bytes()]);
        assert_eq!(name(Some(&llama), true), Ok("llama-bpe"));
        assert_eq!(name(Some(&llama), false), Ok("smaug-bpe"));
        let qwen = sequence(&[split(&QWEN_2.replace("\\r", "\r").replace("\\n", "\n")), bytes()]);
        assert_eq!(name(Some(&qwen), false), Ok("qwen2"));
        let deepseek = sequence(&[
            split(r"\p{N}{1,3}"),
            split(DEEPSEEK_V3_CJK),
            split(DEEPSEEK_V3),
            bytes(),
        ]);
        assert_eq!(name(Some(&deepseek), false), Ok("deepseek-v3"));
    }

    #[test]
    fn what_splits_otherwise_is_refused_with_its_expressions() {
        let own = sequence(&[split(r"\w+|\W+"), bytes()]);
        let problem = name(Some(&own), false).unwrap_err();
        assert!(problem.contains(r"\\w+|\\W+"), "{problem}");
        let qwen = sequence(&[split(QWEN_2), bytes()]);
        assert!(name(Some(&qwen), true).unwrap_err().contains("ignore_merges = true"));
        let prefixed = read(r#"{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true}"#);
        assert!(name(Some(&prefixed), false).unwrap_err().contains("add_prefix_space"));
        assert!(
            name(Some(&read(r#"{"type":"Whitespace"}"#)), false)
                .unwrap_err()
                .contains("ByteLevel")
        );
        assert!(name(None, false).is_err());
    }
}

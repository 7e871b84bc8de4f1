//! The token ids of llama.cpp on a converted tokenizer are those of the `tokenizers` library, on texts that tokenizers differ in.
//! The tokenizers are trained here, with the pre-tokenizers of well-known models.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::str::FromStr;

use safetensors::Dtype;
use serde_json::{Value, json};
use tokenizers::models::TrainerWrapper;
use tokenizers::models::bpe::BpeTrainer;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::{AddedToken, Tokenizer};
use tripod::convert::Quantity;

use super::checkpoint::{case, converts, options, write_tensors};
use super::llama;

const LLAMA_3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const QWEN_2: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const DEEPSEEK_V3: &str = r##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"##;

/// Texts to train on and to tokenise.
const TEXTS: &[&str] = &[
    "",
    " ",
    "  ",
    "        eight",
    "\n",
    "\n\n\n",
    "\r\n a \r\n\r\n b\t\tc \n",
    "a\n b\n  c\n   d",
    "trailing   ",
    " leading",
    "1 12 123 1234 12345 123456 1234567 12345678 123456789 1234567890",
    "1.5,-2.25;+0.35 $1,234.56 50% 1e-9 0x1F 3/4 2024-11-30",
    "AAPL closed at 187.42, up 1.3% (+2.41); volume 51,230,004.",
    "don't DON'T we'll they've I'm it's you'd o'clock 'tis",
    "snake_case camelCase SCREAMING_CASE kebab-case path/to/file.rs",
    "fn main() { println!(\"{:?}\", vec![1, 2, 3]); } // comment",
    "<html><body class='x'>&amp;</body></html> {\"a\": [1, null]}",
    "!?!?!? ... --- *** ((())) [[[]]] {{{}}} @#$%^&*~`|\\",
    "éèêëàâäôöûüçñ ÀÉÎÕÜ straße Ærøskøbing",
    "e\u{301} n\u{303} o\u{308}\u{304} combining \u{20d7}",
    "Привет, мир! Ελληνικά γράμματα ԱԲԳ",
    "مرحبا بالعالم ١٢٣٤ العربية",
    "שלום עולם",
    "你好，世界！今天股票上涨了３．５％。",
    "こんにちは世界 カタカナ ひらがな ｶﾀｶﾅ",
    "안녕하세요 세계 한국어",
    "नमस्ते दुनिया १२३",
    "สวัสดีชาวโลก",
    "😀 😃👍🏽 👨‍👩‍👧‍👦 🇩🇪🇫🇷 ❤️ ☺",
    "½ ² ³ Ⅷ ① ㊙ ﬁ ™ € £ ¥ °C ±",
    "zero\u{200b}width\u{feff}and\u{00a0}no-break\u{3000}ideographic",
    "\u{0} \u{1}\u{7f} control",
    "<|begin|>text<|end|> <|begin|>  <|end|>\n<|begin|><|end|>",
    "<| begin|> <|begin <tool>x</tool><tool> y </tool>",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbb ababababab",
    "The the THE tHe thE  the   the",
];

fn split(expression: &str) -> Value {
    json!({"type": "Split", "pattern": {"Regex": expression}, "behavior": "Isolated", "invert": false})
}

fn bytes() -> Value {
    json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false})
}

/// A byte-level tokenizer with these steps before the bytes, trained on the texts.
fn trained(steps: Vec<Value>) -> Tokenizer {
    let description = json!({
        "version": "1.0",
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": steps},
        "decoder": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
        "model": {"type": "BPE", "vocab": {}, "merges": []},
    });
    let mut tokenizer = Tokenizer::from_str(&description.to_string()).unwrap();
    let trainer = BpeTrainer::builder()
        .vocab_size(700)
        .min_frequency(1)
        .show_progress(false)
        .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
        .special_tokens(vec![
            AddedToken::from("<|begin|>", true),
            AddedToken::from("<|end|>", true),
        ])
        .build();
    let mut trainer: TrainerWrapper = trainer.into();
    tokenizer.train(&mut trainer, TEXTS.iter()).unwrap();
    // A token that is found in any text.
    tokenizer.add_tokens([AddedToken::from("<tool>", false)]).unwrap();
    tokenizer
}

/// Writes a checkpoint with this tokenizer, converts it, and compares the ids on every text.
fn compare(name: &str, description: &Value, texts: impl Iterator<Item = String>) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = folder.path().join("checkpoint");
    let original = Tokenizer::from_str(&description.to_string()).unwrap();
    write_checkpoint(&checkpoint, description, original.get_vocab_size(true));
    let options = options(folder.path(), Quantity::F32);
    let converted = converts(&options).unwrap_or_else(|error| panic!("{name}: {error}"));
    let model = llama::vocabulary(&options.out);
    let mut compared = 0;
    for text in texts {
        let expected = original.encode(text.as_str(), false).unwrap();
        assert_eq!(
            llama::ids(&model, &text),
            expected.get_ids(),
            "{name}: {text:?} is {:?}",
            expected.get_tokens()
        );
        compared += expected.get_ids().len();
    }
    assert!(compared > 500, "{name}: only {compared} tokens were compared");
    converted.notes
}

fn write_checkpoint(folder: &Path, description: &Value, size: usize) {
    let mut case = case("qwen2");
    case.config["vocab_size"] = json!(size);
    case.tensors.insert("model.embed_tokens.weight".into(), vec![size, 64]);
    case.write(folder, Dtype::F16);
    write_tensors(&folder.join("model.safetensors"), &case.tensors, Dtype::F16);
    fs::write(folder.join("tokenizer.json"), description.to_string()).unwrap();
}

fn described(tokenizer: &Tokenizer) -> Value {
    serde_json::from_str(&tokenizer.to_string(false).unwrap()).unwrap()
}

fn texts() -> impl Iterator<Item = String> {
    // Each text alone, and pairs of them, so that tokens meet across the borders.
    let alone = TEXTS.iter().map(|text| (*text).to_owned());
    let pairs = TEXTS.windows(2).map(|pair| format!("{}{}", pair[1], pair[0]));
    alone.chain(pairs)
}

#[test]
fn byte_level_tokenizers_give_the_ids_of_the_tokenizers_library() {
    let digits = json!({"type": "Digits", "individual_digits": true});
    let gpt_2 = json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true});
    let kinds = [
        ("gpt-2", vec![gpt_2.clone()]),
        ("smollm", vec![digits, gpt_2]),
        ("qwen2", vec![split(QWEN_2), bytes()]),
        ("smaug-bpe", vec![split(LLAMA_3), bytes()]),
        (
            "deepseek-v3",
            vec![
                split(r"\p{N}{1,3}"),
                split("[\u{4e00}-\u{9fa5}\u{3040}-\u{309f}\u{30a0}-\u{30ff}]+"),
                split(DEEPSEEK_V3),
                bytes(),
            ],
        ),
    ];
    for (name, steps) in kinds {
        let notes = compare(name, &described(&trained(steps)), texts());
        assert!(notes.is_empty(), "{name}: {notes:?}");
    }
}

#[test]
fn a_word_that_is_a_token_is_taken_whole_where_the_original_ignores_merges() {
    let mut description = described(&trained(vec![split(LLAMA_3), bytes()]));
    description["model"]["ignore_merges"] = json!(true);
    // A token that no merge makes.
    let size = description["model"]["vocab"].as_object().unwrap().len();
    let added = description["added_tokens"].as_array_mut().unwrap();
    added.retain(|token| token["content"] != "<tool>");
    description["model"]["vocab"]["Ġzyzzyva"] = json!(size);
    compare(
        "llama-bpe",
        &description,
        texts().chain([" zyzzyva".to_owned(), "a zyzzyva zyzzyvas".to_owned()]),
    );
}

#[test]
fn a_normalizer_that_composes_characters_is_told_and_changes_nothing_for_composed_texts() {
    let mut description = described(&trained(vec![split(QWEN_2), bytes()]));
    description["normalizer"] = json!({"type": "NFC"});
    let composed = texts().filter(|text| !text.contains(['\u{301}', '\u{303}', '\u{308}']));
    let notes = compare("qwen2", &description, composed);
    assert!(notes.iter().any(|note| note.contains("NFC")), "{notes:?}");
}

/// The description of a SentencePiece model: pieces from training, and every way to join two into a third, the earliest piece
/// first, as `transformers` writes them.
fn sentence_pieces() -> Value {
    let normalizer = json!({"type": "Sequence", "normalizers": [
        {"type": "Prepend", "prepend": "▁"},
        {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
    ]});
    let description = json!({
        "version": "1.0",
        "normalizer": normalizer,
        "model": {"type": "BPE", "vocab": {}, "merges": []},
    });
    let mut tokenizer = Tokenizer::from_str(&description.to_string()).unwrap();
    let mut special = vec!["<unk>".to_owned(), "<|begin|>".into(), "<|end|>".into()];
    special.extend((0..=255u8).map(|byte| format!("<0x{byte:02X}>")));
    let trainer = BpeTrainer::builder()
        .vocab_size(700)
        .min_frequency(2)
        .show_progress(false)
        .limit_alphabet(150)
        .max_token_length(Some(8))
        .special_tokens(
            special
                .iter()
                .map(|text| AddedToken::from(text.clone(), true))
                .collect(),
        )
        .build();
    let mut trainer: TrainerWrapper = trainer.into();
    // A NUL in a piece would end it in llama.cpp, and conversion refuses it.
    let texts = TEXTS.iter().filter(|text| !text.contains('\0'));
    tokenizer.train(&mut trainer, texts).unwrap();
    let vocab: HashMap<String, u32> = tokenizer.get_vocab(false);
    let mut pieces: Vec<(&String, &u32)> = vocab.iter().collect();
    pieces.sort_by_key(|(_, id)| **id);
    let mut merges = Vec::new();
    for (piece, _) in pieces.iter().filter(|(piece, _)| !special.contains(piece)) {
        for (cut, _) in piece.char_indices().skip(1) {
            let (left, right) = piece.split_at(cut);
            if vocab.contains_key(left) && vocab.contains_key(right) {
                merges.push(json!([left, right]));
            }
        }
    }
    let added = |id: u32, content: &str| json!({"id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true});
    json!({
        "version": "1.0",
        "added_tokens": [added(0, "<unk>"), added(1, "<|begin|>"), added(2, "<|end|>")],
        "normalizer": normalizer,
        "model": {
            "type": "BPE", "unk_token": "<unk>", "fuse_unk": true, "byte_fallback": true,
            "vocab": vocab, "merges": merges,
        },
    })
}

#[test]
fn pieces_with_byte_fallback_give_the_ids_of_the_tokenizers_library() {
    let description = sentence_pieces();
    let notes = compare("llama", &description, texts());
    assert!(notes.is_empty(), "{notes:?}");
    // Without the space in front.
    let mut bare = description.clone();
    bare["normalizer"] = description["normalizer"]["normalizers"][1].clone();
    compare("llama without a space", &bare, texts());
}

#[test]
fn merges_that_are_not_a_sentence_piece_models_are_refused() {
    let mut description = sentence_pieces();
    // Both parts of its piece are tokens, so that llama.cpp would join them.
    description["model"]["merges"].as_array_mut().unwrap().pop();
    let folder = tempfile::tempdir().unwrap();
    let size = Tokenizer::from_str(&description.to_string())
        .unwrap()
        .get_vocab_size(true);
    write_checkpoint(&folder.path().join("checkpoint"), &description, size);
    let problem = converts(&options(folder.path(), Quantity::F32))
        .unwrap_err()
        .to_string();
    assert!(problem.contains("SentencePiece"), "{problem}");
}

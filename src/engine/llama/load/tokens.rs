//! Tokenises prompts. Control tokens are recognised only in the text of the model's chat template.

use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;

use crate::engine::chat::{self, SpecialTokens};
use crate::engine::error::EngineError;
use crate::engine::marks::Span;
use crate::engine::request::Prompt;

/// A tokenised prompt.
pub(crate) struct Tokens {
    pub(crate) all: Vec<LlamaToken>,
    /// Number of tokens before the last message: with a system and a user message, the instructions.
    pub(crate) before_last: usize,
}

/// Tokenises a prompt. `template` renders a conversation first.
pub(crate) fn tokenize(
    model: &LlamaModel,
    name: &str,
    template: Option<&str>,
    prompt: &Prompt,
) -> Result<Tokens, EngineError> {
    let special = special_tokens(model);
    let spans = match prompt {
        Prompt::Plain(text) => vec![Span::Text(text.clone())],
        Prompt::Chat {
            messages,
            tools,
            answer_prefix,
        } => {
            let template = template.ok_or_else(|| EngineError::ChatTemplate {
                model: name.to_owned(),
                reason: "the file has none; set `chat_template` in the model's manifest".into(),
            })?;
            let mut spans = chat::render(name, template, messages, tools, &special)?;
            spans.push(Span::Text(answer_prefix.clone()));
            spans
        }
    };
    let vocabulary = model.vocab();
    let mut tokens = Vec::new();
    // If the template writes the beginning-of-sequence token itself, do not add a second one.
    let template_begins = matches!(spans.first(), Some(Span::Template(text)) if !special.bos.is_empty() && text.starts_with(&special.bos));
    if vocabulary.should_add_bos() && !template_begins {
        tokens.push(vocabulary.bos());
    }
    // The last text span is the answer's prefix, which is not a message.
    let last = spans.len().saturating_sub(1);
    let last_message = spans[..last].iter().rposition(|span| matches!(span, Span::Text(_)));
    let mut before_last = 0;
    for (index, span) in spans.iter().enumerate() {
        if Some(index) == last_message {
            before_last = tokens.len();
        }
        let (text, parse_special) = match span {
            Span::Template(text) => (text, true),
            Span::Text(text) => (text, false),
        };
        if !text.is_empty() {
            tokens.extend(vocabulary.tokenize(text.as_bytes(), false, parse_special));
        }
    }
    Ok(Tokens {
        all: tokens,
        before_last,
    })
}

/// The special tokens that templates refer to.
fn special_tokens(model: &LlamaModel) -> SpecialTokens {
    let vocabulary = model.vocab();
    let text = |token: LlamaToken| {
        vocabulary
            .text(token)
            .map(|text| text.to_string_lossy().into_owned())
            .unwrap_or_default()
    };
    SpecialTokens {
        bos: text(vocabulary.bos()),
        eos: text(vocabulary.eos()),
    }
}

//! The reporter's conversations: a system template and a rendered question come in, a chat prompt goes out.

use crate::engine::{Message, Prompt, Role};
use crate::prompt::{PromptError, Template, render};

/// A system message from a template without variables, and a user's message.
pub(super) fn conversation(system: Template, user: String) -> Result<Prompt, PromptError> {
    let system = render(system, &serde_json::json!({}))?;
    let message = |role: Role, content: &str| Message::new(role, content.trim());
    Ok(Prompt::Chat {
        messages: vec![message(Role::System, &system), message(Role::User, &user)],
        tools: Vec::new(),
        answer_prefix: String::new(),
    })
}

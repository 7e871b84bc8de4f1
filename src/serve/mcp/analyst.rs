//! What the server is to a client of the protocol: its tools, resources and prompts. Each request is passed on to the file of its kind.

use std::net::Ipv4Addr;

use rmcp::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, ErrorData, GetPromptRequestParams, GetPromptResponse, Implementation,
    ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult, ListToolsResult, PaginatedRequestParams,
    ReadResourceRequestParams, ReadResourceResponse, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::{RequestContext, RoleServer};

use super::{prompts, resources, tools};
use crate::serve::http::Client;
use crate::serve::runs::Shared;

/// What a client's model should know before it calls anything.
const INSTRUCTIONS: &str = "A local stock analyst. `search` finds a symbol by a company's name; `analyze` makes a whole analysis with a \
                            forecast, a reading of the news and the call of a fixed rule; `backtest` and `track` say how good such \
                            forecasts are. A forecast whose `reliable` is false must not be relied on. Finished analyses are resources. \
                            Everything is information, not investment advice.";

/// The analyst, as a server of the protocol.
#[derive(Debug, Clone)]
pub(in crate::serve) struct Analyst {
    app: Shared,
}

impl Analyst {
    pub(super) fn new(app: Shared) -> Self {
        Analyst { app }
    }
}

/// Who asks: the client that the layers of HTTP found, or the user of this machine.
fn client(context: &RequestContext<RoleServer>) -> Client {
    let of_request = context.extensions.get::<axum::http::request::Parts>();
    let found = of_request.and_then(|parts| parts.extensions.get::<Client>());
    found.copied().unwrap_or(Client::Address(Ipv4Addr::LOCALHOST.into()))
}

impl ServerHandler for Analyst {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_resources()
            .enable_prompts()
            .build();
        ServerConfig::new(capabilities)
            .with_server_info(Implementation::new("tripod", env!("CARGO_PKG_VERSION")))
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(tools::all()))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        tools::all().into_iter().find(|tool| tool.name == name)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let client = client(&context);
        tools::call(&self.app, client, request, &context).await.map(Into::into)
    }

    async fn list_resources(
        &self,
        page: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        resources::list(&self.app, page.and_then(|page| page.cursor)).await
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        Ok(ListResourceTemplatesResult::with_all_items(vec![resources::template()]))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        resources::read(&self.app, &request.uri).await.map(Into::into)
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        Ok(ListPromptsResult::with_all_items(prompts::all()))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        prompts::get(&request).map(Into::into)
    }
}

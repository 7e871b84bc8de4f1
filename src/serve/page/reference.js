// The reference of the API: reads /openapi.json and lists its routes by group, each with its parameters, its body and its answers.
// A schema is unfolded where it is opened.

import { ApiError, json } from "./api.js";
import { by, h } from "./dom.js";

const METHODS = ["get", "post", "put", "delete"];
let schemas = {};

/** A text of the document, with what stands in backticks as code. */
const words = (text) => (text ?? "").split("`").map((part, place) => (place % 2 ? h("code", {}, part) : part));

/** The name of a schema that is referred to. */
const named = (schema) => schema?.$ref?.split("/").pop();
const follow = (schema) => (named(schema) ? (schemas[named(schema)] ?? {}) : (schema ?? {}));

/** The kind of a value in a few words, such as `list of ChatMessage` or `text or null`. */
function kind(schema) {
  if (!schema || schema === true) return "anything";
  if (named(schema)) return named(schema);
  const alternatives = schema.oneOf ?? schema.anyOf ?? schema.allOf;
  if (alternatives) return [...new Set(alternatives.map(kind))].join(schema.allOf ? " and " : " or ");
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(", ");
  const one = (type) => (type === "array" ? `list of ${kind(schema.items)}` : type === "string" ? "text" : type);
  const types = [schema.type ?? "anything"].flat();
  return types.map(one).join(" or ");
}

const BOUNDS = [
  ["minimum", "at least"], ["exclusiveMinimum", "more than"], ["maximum", "at most"], ["exclusiveMaximum", "less than"],
  ["minLength", "at least", "characters"], ["maxLength", "at most", "characters"], ["minItems", "at least", "items"],
  ["maxItems", "at most", "items"], ["default", "by default"], ["pattern", "pattern"], ["format", "format"],
];

const bounds = (schema) =>
  BOUNDS.filter(([name]) => schema[name] !== undefined && schema[name] !== null)
    .map(([name, before, unit]) => [before, String(schema[name]), unit].filter(Boolean).join(" "))
    .join(", ");

/** The objects that a schema leads to: those that it refers to, also inside lists and alternatives. */
function inside(schema) {
  if (!schema || typeof schema !== "object") return [];
  if (named(schema)) return [named(schema)];
  const parts = [schema.items, ...(schema.oneOf ?? []), ...(schema.anyOf ?? []), ...(schema.allOf ?? [])];
  return [...new Set(parts.flatMap(inside))];
}

/** A schema that unfolds when it is opened. */
function folded(name, open = false) {
  const box = h("details", { class: "schema", open }, h("summary", {}, h("code", {}, name)));
  const fill = () => {
    if (box.childElementCount === 1) box.append(fields(schemas[name] ?? {}));
  };
  box.addEventListener("toggle", fill);
  if (open) fill();
  return box;
}

/** The fields of an object, or what a schema of another kind is. */
function fields(schema) {
  const parts = [schema, ...(schema.allOf ?? []).map(follow)];
  const all = parts.flatMap((part) => Object.entries(part.properties ?? {}).map((entry) => [...entry, part.required ?? []]));
  if (!all.length) {
    return h("div", { class: "fields" }, h("p", { class: "faint" }, kind({ ...schema, $ref: undefined })), ...inside(schema).map((name) => folded(name)));
  }
  const row = ([name, field, required]) => [
    h("dt", {}, h("code", {}, name), " ", h("span", { class: "faint" }, kind(field)), required.includes(name) ? h("strong", {}, " required") : null),
    h("dd", {}, words(field.description ?? follow(field).description), h("span", { class: "faint bounds" }, bounds(field)), ...inside(field).map((inner) => folded(inner))),
  ];
  return h("dl", { class: "fields" }, all.flatMap(row));
}

function content(of) {
  return Object.entries(of?.content ?? {}).map(([type, { schema }]) =>
    h("div", {}, h("p", { class: "faint" }, type), ...(inside(schema).length ? inside(schema).map((name) => folded(name)) : [fields(schema ?? {})])),
  );
}

function route(path, method, operation) {
  const example = Object.values(operation.requestBody?.content ?? {}).map(({ schema }) => follow(schema).example)[0];
  const command = `curl ${location.origin}${path}` + (example ? ` -d '${JSON.stringify(example).replaceAll("'", "'\\''")}'` : "");
  const parameters = operation.parameters ?? [];
  return h(
    "details",
    { class: "route", id: `${method}${path}` },
    h("summary", {}, h("code", { class: "method" }, method.toUpperCase()), " ", h("code", {}, path), " ", h("span", {}, words(operation.summary))),
    operation.description && h("p", {}, words(operation.description)),
    parameters.length > 0 && h("h4", {}, "Parameters"),
    parameters.length > 0 &&
      h("dl", { class: "fields" }, parameters.flatMap((one) => [h("dt", {}, h("code", {}, one.name), " ", h("span", { class: "faint" }, kind(one.schema))), h("dd", {}, words(one.description), h("span", { class: "faint bounds" }, bounds(one.schema ?? {})))])),
    operation.requestBody && h("h4", {}, "Body"),
    ...content(operation.requestBody),
    operation.requestBody && h("pre", {}, h("code", {}, command)),
    h("h4", {}, "Answers"),
    ...Object.entries(operation.responses ?? {}).map(([status, answer]) =>
      h("details", { class: "answer" }, h("summary", {}, h("code", {}, status), " ", words(answer.description)), ...content(answer)),
    ),
  );
}

function show(api) {
  schemas = api.components?.schemas ?? {};
  by("about").textContent = api.info?.description ?? "";
  const groups = (api.tags ?? []).map(({ name, description }) => [name, description, []]);
  for (const [path, methods] of Object.entries(api.paths ?? {})) {
    for (const method of METHODS.filter((one) => methods[one])) {
      const group = groups.find(([name]) => methods[method].tags?.includes(name)) ?? groups[0];
      group?.[2].push(route(path, method, methods[method]));
    }
  }
  by("routes").replaceChildren(
    ...groups.filter(([, , routes]) => routes.length).map(([name, description, routes]) => h("section", { class: "card" }, h("h2", {}, name), h("p", { class: "faint" }, words(description)), ...routes)),
  );
  by("filter").disabled = false;
}

by("filter").addEventListener("input", () => {
  const asked = by("filter").value.trim().toLowerCase();
  for (const one of document.querySelectorAll(".route")) {
    one.hidden = !one.querySelector("summary").textContent.toLowerCase().includes(asked);
  }
});

try {
  show(await json("/openapi.json"));
} catch (error) {
  if (!(error instanceof ApiError)) throw error;
  by("routes").replaceChildren(h("p", { class: "notice", role: "alert" }, error.message));
}

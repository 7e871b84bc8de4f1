// Sends requests to this server. A failed request throws an ApiError with the server's message; without a valid key the user is
// asked for one and the request is repeated.

import { askForKey, currentKey } from "./key.js";
import { plural } from "./format.js";

export class ApiError extends Error {
  constructor({ message, param, code }, status = 0) {
    super(message);
    this.param = param;
    this.code = code;
    this.status = status;
  }
}

/** The answer as JSON. */
export async function json(path, options) {
  return (await request(path, options)).json();
}

/** The response, unread; `body` is sent as JSON. Aborting `signal` closes the connection. */
export async function request(path, { body, signal, method = body ? "POST" : "GET", keepalive } = {}) {
  for (;;) {
    const key = currentKey();
    const response = await reach(path, {
      method,
      keepalive,
      headers: { ...(body && { "content-type": "application/json" }), ...(key && { authorization: `Bearer ${key}` }) },
      body: body && JSON.stringify(body),
      signal,
    });
    if (response.ok) return response;
    if (response.status !== 401) throw await refusal(response);
    await askForKey(key, signal);
  }
}

async function reach(path, options) {
  try {
    return await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError({ message: "The server cannot be reached. Is it still running?" });
  }
}

async function refusal(response) {
  const body = await response.json().catch(() => null);
  const error = body?.error ?? { message: `The server answered ${response.status}.` };
  const wait = Number(response.headers.get("retry-after"));
  const advice = wait > 0 && !error.message.includes(`${wait} s`) ? ` Try again in ${plural(wait, "second")}.` : "";
  return new ApiError({ ...error, message: error.message + advice }, response.status);
}

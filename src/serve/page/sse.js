// Parses a streamed answer into Server-Sent Events {name, data}; heartbeats are left out.

export async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const frames = (rest + value).split(/\r?\n\r?\n/);
      rest = frames.pop();
      for (const frame of frames) {
        const event = read(frame);
        if (event.data) yield event;
      }
    }
  } finally {
    // When the consumer stops early, the connection is closed.
    reader.cancel().catch(() => {});
  }
}

function read(frame) {
  const event = { name: "message", data: "" };
  const data = [];
  for (const line of frame.split(/\r?\n/)) {
    const [, field, value] = line.match(/^([^:]*):? ?(.*)$/);
    if (field === "event") event.name = value;
    if (field === "data") data.push(value);
  }
  event.data = data.join("\n");
  return event;
}

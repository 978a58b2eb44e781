// Server-sent events by fetch: an EventSource carries no Authorization.

export class EventStream {
  #abort = new AbortController();

  /** `took(name, data)` is called for each event. `ended` resolves when there are no more, for whatever reason. */
  constructor(url, headers, took) {
    this.ended = this.#read(url, headers, took).catch(() => {});
  }

  close() { this.#abort.abort(); }

  async #read(url, headers, took) {
    const answer = await fetch(url, { cache: "no-store", headers: { Accept: "text/event-stream", ...headers }, signal: this.#abort.signal });
    if (!answer.ok) return this.close();
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      const blocks = (text + piece.value).split("\n\n");
      text = blocks.pop();
      for (const block of blocks) deliver(block, took);
    }
  }
}

function deliver(block, took) {
  const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s)));
  if (fields.data !== undefined) took(fields.event, fields.data);
}

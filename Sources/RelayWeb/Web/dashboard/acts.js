// Asks the relay to do something, as Protocol/ADMIN.md has it: kick, close, ban, lift. With the feed's token, or one that was just typed.
import { address } from "./feed.js";

const PATIENCE = 15000; // ms. After ten wrong tokens the relay takes 2 s for each further answer

/** It has not been done. `message` is the relay's sentence, or ours where there is none; then `status` is 0. */
export class Refused extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
}

/** Each act takes a token that somebody typed for it, or none; one with which it was done is kept. Throws `Refused`. */
export class Acts {
  #feed;
  constructor(feed) { this.#feed = feed; }

  kick(body, token) { return this.#ask("POST", "rooms/kick", { body, token }); }

  close(body, token) { return this.#ask("POST", "rooms/close", { body, token }); }

  ban(body, token) { return this.#ask("POST", "bans", { body, token }); }

  lift(id, token) { return this.#ask("DELETE", `bans/${encodeURIComponent(id)}`, { token }); }

  /** The newest first. */
  async bans() { return (await this.#ask("GET", "bans")).bans; }

  async #ask(method, path, { body, token } = {}) {
    if (token && !/^[\x21-\x7e]+$/.test(token)) throw new Refused(401, "This is not the admin token."); // no header can hold it
    const headers = { ...this.#feed.headers };
    if (token) headers.Authorization = `Bearer ${token}`;
    if (body) headers["Content-Type"] = "application/json";
    const options = { method, headers, body: body && JSON.stringify(body), cache: "no-store", signal: AbortSignal.timeout(PATIENCE) };
    const answer = await fetch(address(path), options).catch(() => { throw unheard(method); });
    if (!answer.ok) throw new Refused(answer.status, await sentence(answer));
    const done = await answer.json().catch(() => { throw unheard(method); });
    if (token) this.#feed.keep(token);
    return done;
  }
}

const unheard = (method) => new Refused(0, method === "GET" ? "The relay does not answer." : "The relay did not answer: it may have done it, or not.");

/** A proxy in between may answer with a page; that is no sentence. */
async function sentence(answer) {
  const isPlain = answer.headers.get("Content-Type")?.startsWith("text/plain");
  const words = isPlain ? (await answer.text().catch(() => "")).trim() : "";
  return words || `The relay refuses it, and does not say why (${answer.status}).`;
}

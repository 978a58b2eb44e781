// A page for chromium.py: joins the room of its address (#ws://…/room), and runs the golden vectors when asked to.

import { check, FILES } from "./vectors.js";
import { badge } from "../../Sources/RelayWeb/Web/sdk/badge.js";
import { join } from "../../Sources/RelayWeb/Web/sdk/tickrelay.js";

window.vectors = async () => {
  const verdicts = {};
  for (const name of FILES) verdicts[name] = check(await (await fetch(`/Protocol/vectors/${name}.json`)).json());
  return verdicts;
};

const [, relay, room] = /^#(.*)\/(\w+)$/.exec(location.hash) ?? [];
window.events = [];
if (relay) {
  window.room = await join(relay, room);
  window.room.on("event", ({ name, value }) => window.events.push(`${name} ${value}`));
  badge(window.room).id = "badge";
}

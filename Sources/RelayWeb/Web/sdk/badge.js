// A drop-in sign for the state of the connection. Text and the CSS object model only, so that it works under a strict policy.

const COLORS = { connected: "#2e9e5b", connecting: "#8a8f98", "not responding": "#d97706", reconnecting: "#d97706", ended: "#d0342c" };

const CAUSES = {
  lateTick: "the server is late",
  relayBacklog: "the server is behind",
  hidden: "hidden tab",
  network: "network",
  clientFrozen: "this page did not answer",
};

const LOOK = {
  display: "inline-flex",
  gap: "0.5em",
  padding: "0.25em 0.75em",
  borderRadius: "1em",
  font: "600 0.8rem/1.4 system-ui",
  color: "#fff",
  background: "#14161cd9",
};
const CORNER = { position: "fixed", top: "1em", right: "1em", zIndex: "1000" };

/** @param {import("./tickrelay.js").Room} room @param {HTMLElement} [element] */
export function badge(room, element) {
  const sign = element ?? document.body.appendChild(document.createElement("div"));
  if (!element) Object.assign(sign.style, CORNER);
  const [dot, state, figures] = [0, 1, 2].map(() => document.createElement("span"));
  dot.textContent = "●";
  Object.assign(sign.style, LOOK);
  dot.setAttribute("aria-hidden", "true");
  // The state is read out when it changes, the figures are not.
  state.setAttribute("role", "status");
  sign.replaceChildren(dot, state, figures);
  const show = (quality) => {
    dot.style.color = COLORS[quality.state];
    if (state.textContent !== quality.text) state.textContent = quality.text;
    const parts = [quality.rtt === null || quality.state !== "connected" ? "" : `${quality.rtt} ms`, CAUSES[quality.cause]];
    figures.textContent = parts.filter(Boolean).join(" · ");
  };
  show(room.quality);
  room.on("quality", show);
  return sign;
}

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
  alignItems: "center",
  gap: "0.5em",
  padding: "0.25em 0.75em",
  borderRadius: "1em",
  font: "600 0.8125rem/1.4 system-ui, sans-serif",
  color: "#fff",
  background: "rgba(20, 22, 28, 0.85)",
};
const CORNER = { position: "fixed", top: "0.75rem", right: "0.75rem", zIndex: "1000" };
const DOT = { width: "0.6em", height: "0.6em", borderRadius: "50%" };

/** @param {import("./tickrelay.js").Room} room @param {HTMLElement} [element] */
export function badge(room, element) {
  const sign = element ?? document.body.appendChild(document.createElement("div"));
  if (!element) Object.assign(sign.style, CORNER);
  const dot = document.createElement("span");
  const state = document.createElement("span");
  const figures = document.createElement("span");
  Object.assign(sign.style, LOOK);
  Object.assign(dot.style, DOT);
  dot.setAttribute("aria-hidden", "true");
  // The state is read out when it changes, the figures are not.
  state.setAttribute("role", "status");
  figures.style.fontVariantNumeric = "tabular-nums";
  figures.style.opacity = "0.8";
  sign.replaceChildren(dot, state, figures);
  const show = (quality) => {
    dot.style.background = COLORS[quality.state];
    if (state.textContent !== quality.text) state.textContent = quality.text;
    const parts = [quality.rtt === null || quality.state !== "connected" ? "" : `${quality.rtt} ms`, CAUSES[quality.cause]];
    figures.textContent = parts.filter(Boolean).join(" · ");
  };
  show(room.quality);
  room.on("quality", show);
  return sign;
}

// How figures and words of the relay read. Nothing here touches the page.

const SPACE = "\u00a0"; // between a number and its unit, which belong on one line

const fixed = (value, digits) => value.toFixed(digits);

/** Three significant digits at most: 8.41, 84.1, 841. */
function short(value) {
  if (value >= 99.95) return fixed(value, 0);
  return fixed(value, value >= 9.995 ? 1 : 2).replace(/\.?0+$/, "");
}

export const count = (value) => Math.round(value ?? 0).toLocaleString("en");

export const plural = (number, thing, things = thing + "s") => `${count(number)} ${number === 1 ? thing : things}`;

/** Microseconds in the unit that suits them; a dash for null. */
export function duration(microseconds) {
  if (microseconds == null) return "–";
  if (microseconds < 1000) return Math.round(microseconds) + SPACE + "µs";
  if (microseconds < 1e6) return short(microseconds / 1000) + SPACE + "ms";
  return short(microseconds / 1e6) + SPACE + "s";
}

/** Seconds as people say them: 8 s, 3 min 20 s, 2 h 5 min, 4 d 2 h. */
export function span(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const first = parts.findIndex(([size]) => whole >= size);
  if (first < 0) return `0${SPACE}s`;
  return parts.slice(first, first + 2)
    .map(([size, unit], index) => [Math.floor((index ? whole % parts[first][0] : whole) / size), unit])
    .filter(([number], index) => number || !index)
    .map(([number, unit]) => number + SPACE + unit).join(" ");
}

export function bytes(value) {
  if (value == null) return "–";
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return (unit ? short(value) : Math.round(value)) + SPACE + units[unit];
}

export function rate(value) {
  if (value == null) return "–";
  return value < 1000 ? short(value) : value < 1e6 ? `${short(value / 1000)}${SPACE}k` : `${short(value / 1e6)}${SPACE}M`;
}

export const capital = (words) => words[0].toUpperCase() + words.slice(1);

export const percent = (share) => (share == null ? "–" : `${share > 0 && share < 0.00995 ? fixed(share * 100, 1) : fixed(share * 100, 0)}${SPACE}%`);

export const clock = (milliseconds) => new Date(milliseconds).toLocaleTimeString("en-GB");

/** A time in seconds since 1970, to the minute: 23 Nov 2025, 14:03. */
export const moment = (seconds) => new Date(seconds * 1000).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });

export const every = (stride) => ["every tick", "every 2nd tick", "every 3rd tick", "every 4th tick"][Math.min(Math.max(stride, 1), 4) - 1];

/** What a cause of a lag means, for one who has to act. The relay's word is the key. */
const CAUSES = {
  lateTick: ["our tick was late", "The relay itself ran late: look at the threads."],
  relayBacklog: ["our queue", "Bytes wait in the relay although the kernel would take them."],
  hidden: ["hidden tab", "Its page is in the background and said so."],
  network: ["network", "What was sent is not acknowledged by its machine: packets are lost, or its link is too slow."],
  clientFrozen: ["client frozen", "Its machine answers, its program does not."],
  replaced: ["replaced", "Another connection took the seat."],
  broken: ["connection broke", "The connection ended without a leave."],
  unknown: ["cause unknown", "The kernel saw nothing that explains it, or a proxy stands in between."],
};

const canonical = (word) => String(word).replace(/[_-](\w)/g, (_, letter) => letter.toUpperCase());

/** `{ word, sentence }`, or null where the relay names none. A word that we do not know stands for itself. */
export function cause(word) {
  if (word == null || word === "" || word === "none") return null;
  const [name, sentence] = CAUSES[canonical(word)] ?? [String(word), ""];
  return { word: name, sentence };
}

export const STATES = {
  live: ["live", "Acknowledges its frames."],
  behind: ["behind", "Gets nothing new until it acknowledges what it has, then one merged frame."],
  stalled: ["stalled", "Has acknowledged nothing for too long; dropped when the grace window ends."],
  away: ["away", "Has no connection; its seat is held until it comes back or the hold ends."],
};

/** Counters that say that somebody was refused, closed or cut short, and why. In this order where counts are equal. */
const REFUSALS = {
  "closed.relayFull": "The relay was full or overloaded",
  refusedOverloaded: "Newcomers, because a thread could not hold its ticks",
  refusedCrowded: "Newcomers, because too many others were on their way",
  refusedTicketQueue: "Newcomers, because too many tickets waited to be looked at",
  refusedBanned: "Newcomers and returning players who are banned",
  refusedUnplaced: "No place was found for the room in time",
  refusedBadURL: "The room is at an address that a close frame cannot hold",
  refusedNearCapacity: "Upgrades, because there were nearly as many connections or descriptors as there may be",
  refusedOrigin: "Web pages whose origin is not allowed",
  refusedUpgrade: "Upgrades that were not what the relay speaks",
  lobbyMalformed: "Requests of the lobby that were malformed",
  lobbyRefused: "Requests of the lobby for what there is not, or may not be",
  lobbyUnread: "Watched the lobby, and read nothing for 30 s",
  "closed.roomFull": "The room was full",
  "closed.stalled": "Acknowledged nothing until the grace window ended",
  "closed.rateLimited": "Sent too many messages",
  "closed.tooBig": "Sent a message longer than the limit",
  "closed.malformed": "Sent a message that could not be decoded",
  "closed.unknownKind": "Sent a message of a kind that does not exist",
  "closed.protocolError": "Spoke no proper WebSocket",
  "closed.wrongMessageType": "Sent text where binary was agreed, or the reverse",
  "closed.badText": "Sent text that is not UTF-8",
  "closed.badAcknowledgement": "Acknowledged a tick that was never sent",
  "closed.outOfPlace": "Sent a message out of place",
  "closed.unsupportedVersion": "Spoke another version",
  "closed.helloTimeout": "Sent no hello in time",
  "closed.tokenRefused": "Came with a token that is not valid",
  "closed.tokenSuperseded": "Came with a token that a newer connection made void",
  "closed.seatGone": "Came back after its seat was given up",
  "closed.roomGone": "Came back to a room that is gone",
  "closed.roomEvicted": "Its room was evicted, for it endangered others",
  "closed.roomClosed": "Its room was closed",
  "closed.kicked": "Removed from its room",
  "ticket.missing": "Came without a ticket",
  "ticket.expired": "Came with a ticket that has expired",
  "ticket.notYetValid": "Came with a ticket that is not valid yet",
  "ticket.otherRoom": "Came with a ticket for another room",
  "ticket.lacksRight": "Came with a ticket that does not allow it",
  "ticket.otherIssuer": "Came with a ticket of another issuer",
  "ticket.otherAudience": "Came with a ticket for another audience",
  "ticket.unknownKey": "Came with a ticket of a key that is not known",
  "ticket.badSignature": "Came with a ticket that somebody else signed, or changed",
  "ticket.wrongAlgorithm": "Came with a ticket signed in a way that its key is not for",
  "ticket.unsigned": "Came with a ticket that nobody signed",
  "ticket.malformed": "Came with what is no ticket",
  "ticket.tooLong": "Came with a ticket that is too long",
  "ticket.tooDeep": "Came with a ticket that is nested too deeply",
  "closed.internalError": "A mistake of the relay",
  handshakesPerAddress: "Too many unfinished handshakes from one address",
  connectionsPerAddress: "Upgrades, because one address had as many connections as it may",
  joinsPerAddress: "Newcomers, because one address asked for too many seats in a minute",
  roomsPerAddress: "New rooms, because one address had made as many as it may",
  failuresPerAddress: "Upgrades, because too much of one address had been refused before",
  proxyHeaderMissing: "Connections of a proxy without the PROXY header that has to come first",
  proxyHeaderMalformed: "Connections of a proxy whose PROXY header cannot be read",
  proxyHeaderTimeout: "Connections of a proxy whose PROXY header did not come in time",
  proxyHeaderForeign: "PROXY headers of peers that are no trusted proxies",
  forwardedRefused: "Upgrades by a proxy that did not say whose they are",
  handshakeEvicted: "Unfinished handshakes that made way for newer ones",
  guestEvicted: "Connections that only heartbeat and made way for newer ones",
  tlsFailed: "Did not agree on TLS, or broke it",
  requestTimeout: "Sent no complete request in time",
  requestTooLong: "Sent a request that is too long",
  requestMalformed: "Sent something that is not HTTP",
  operationsRefused: "Writes and events that the room's rules forbid",
  messagesOverBudget: "Messages over the rate, dropped",
  inboxOverflows: "Messages dropped because a room's inbox was full",
  deliveriesRefused: "Frames that a socket did not take",
  adminRefused: "Requests to this listener under a foreign name or from a foreign page",
  adminTokenRefused: "Requests to this listener with a wrong token",
  adminUnauthorized: "Requests to this listener without the token, where one is needed",
  adminEvicted: "Connections to this listener that made way for newer ones",
  adminTimeout: "Connections to this listener that were silent too long",
  eventListenersRefused: "Pages that wanted live figures beyond the bound",
};

/** Names of all counters that are refusals, in order; unknown `closed.` and `refused…` ones are refusals too. */
export function refusals(counters) {
  const harmless = new Set(["closed.left", "closed.draining", "closed.elsewhere", "closed.replaced"]);
  const isTold = (name) => name.startsWith("closed.ticket"); // by `ticket.` and the reason
  const unknown = Object.keys(counters).filter((name) => !(name in REFUSALS) && !harmless.has(name) && !isTold(name) && /^(closed\.|refused)/.test(name));
  return [...Object.keys(REFUSALS).filter((name) => name in counters), ...unknown.sort()];
}

export const refusalText = (name) => REFUSALS[name] ?? name.replace(/^closed\./, "Closed: ");

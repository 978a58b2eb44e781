// Where this page plays: the room from the address, the relay that the page came from.

import { normaliseCode } from "/sdk/v1/lobby.js";

const ROOM = /^[A-Za-z0-9_-]{1,32}$/;
const INVITATION = /^[A-Za-z0-9_-]{16,64}$/;
const CODE_LENGTH = 6;

/// {room, isWatching, invitation} of the fragment; a visitor without a room gets a new one, which the relay names.
export function readPlace() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const asked = fragment.get("room") ?? new URLSearchParams(location.search).get("room") ?? "";
  const invitation = fragment.get("invitation") ?? "";
  return { room: ROOM.test(asked) ? asked : "", isWatching: fragment.has("watch"), ...(INVITATION.test(invitation) && { invitation }) };
}

/// What somebody typed: a code, in whatever letters, or the name of a room that has one. Null for what can be neither.
export function readRoom(text) {
  const letters = text.replace(/[^A-Za-z0-9]/g, ""), code = normaliseCode(letters);
  if (code.length === CODE_LENGTH && letters.length === CODE_LENGTH) return code;
  return ROOM.test(text.trim()) ? text.trim() : null;
}

/// All of it is in the fragment, which no server sees and no log has.
export const linkTo = ({ room, isWatching, invitation }) =>
  `${location.origin}${location.pathname}${room && `#room=${room}`}${invitation ? `&invitation=${invitation}` : ""}${isWatching ? "&watch" : ""}`;

export const writePlace = (place) => history.replaceState(null, "", linkTo(place));

/// A room of one's own: with a card if it is `made`, {card, password}.
export const newRoom = (made = {}) => ({ room: "", isWatching: false, made });

/// The relay that served the page.
export const relayURL = () => `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}`;

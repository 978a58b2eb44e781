// Where this page plays: the room from the address, the relay that the page came from.

const ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"; // nothing that looks like something else
const ROOM = /^[A-Za-z0-9_-]{1,32}$/;

function newCode() {
  return Array.from(crypto.getRandomValues(new Uint8Array(6)), (byte) => ALPHABET[byte % ALPHABET.length]).join("");
}

/// {room, isWatching} of the fragment; a visitor without a room gets a new one.
export function readPlace() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const asked = fragment.get("room") ?? new URLSearchParams(location.search).get("room") ?? "";
  return { room: ROOM.test(asked) ? asked : newCode(), isWatching: fragment.has("watch") };
}

export const linkTo = ({ room, isWatching }) => `${location.origin}${location.pathname}#room=${room}${isWatching ? "&watch" : ""}`;

export const writePlace = (place) => history.replaceState(null, "", linkTo(place));

export const otherRoom = () => ({ room: newCode(), isWatching: false });

/// The relay that served the page.
export const relayURL = () => `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}`;

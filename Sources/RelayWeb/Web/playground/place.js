// Where this page plays: the room from the address, the relay that the page came from.

const ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"; // nothing that looks like something else
const ROOM = /^[A-Za-z0-9_-]{1,32}$/;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

function newCode() {
  return Array.from(crypto.getRandomValues(new Uint8Array(6)), (byte) => ALPHABET[byte % ALPHABET.length]).join("");
}

/// {room, isWatching} of the fragment; a visitor without a room gets a new one.
export function readPlace() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const asked = fragment.get("room") ?? "";
  return { room: ROOM.test(asked) ? asked : newCode(), isWatching: fragment.has("watch") };
}

export const linkTo = ({ room, isWatching }) => `${location.origin}${location.pathname}${location.search}#room=${room}${isWatching ? "&watch" : ""}`;

export const writePlace = (place) => history.replaceState(null, "", linkTo(place));

export const otherRoom = () => ({ room: newCode(), isWatching: false });

/// The relay that served the page. `?relay=ws://127.0.0.1:PORT` names another one, between loopback addresses only.
export function relayURL() {
  const own = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}`;
  const asked = new URLSearchParams(location.search).get("relay");
  if (!asked || !LOOPBACK.test(location.hostname) || !URL.canParse(asked)) return own;
  const { protocol, hostname, host } = new URL(asked);
  return protocol === "ws:" && LOOPBACK.test(hostname) ? `ws://${host}` : own;
}

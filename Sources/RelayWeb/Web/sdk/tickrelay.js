// The browser SDK of TickRelay.

/** Asks a relay whether pages of this origin may connect to it, which a refused upgrade does not tell. */
export async function check(relay) {
  const answer = await fetch(new URL("/sdk/v1/check", relay));
  return answer.json();
}

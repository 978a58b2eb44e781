import type { Room } from "./tickrelay.js";

/**
 * A small, accessible sign that shows the state of the connection, the round-trip time and the cause of a lag. It uses no inline style and no markup,
 * so it works under `style-src 'self'`.
 *
 * @param element Where to put it. Default: a new element at the upper right of the page.
 * @returns The element. Removing it from the page needs no clean-up.
 */
export function badge(room: Room, element?: HTMLElement): HTMLElement;

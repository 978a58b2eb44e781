// Keyboard, mouse and touch become one wish: where to, at most 1 long.
import { clamp } from "./world.js";

const KEYS = {
  ArrowUp: [0, -1], KeyW: [0, -1], ArrowDown: [0, 1], KeyS: [0, 1],
  ArrowLeft: [-1, 0], KeyA: [-1, 0], ArrowRight: [1, 0], KeyD: [1, 0],
};
const STICK_REACH = 56; // pixels from the finger's first touch to full speed
const POINTER_REACH = 110; // pixels from the ship to full speed
const REST = 14; // pixels: closer is no wish

const isTyping = (target) => target instanceof HTMLElement && target.matches("input:not([type=range]), textarea");
const isControl = (target) => target instanceof HTMLElement && target.matches("input, button, a, summary");

export class Input {
  #keys = new Set();
  #pointer = null; // {id, isTouch, startX, startY, x, y} in pixels of the canvas

  /// `onKey(code)` hears every key that is not for flying, unless somebody types.
  constructor(canvas, onKey) {
    addEventListener("keydown", (event) => this.#pressed(event, onKey));
    addEventListener("keyup", (event) => this.#keys.delete(event.code));
    addEventListener("blur", () => this.#release());
    canvas.addEventListener("pointerdown", (event) => this.#down(canvas, event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) canvas.addEventListener(end, (event) => this.#up(event));
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  /// Where the finger holds the stick, for drawing; null without one.
  get stick() {
    return this.#pointer?.isTouch ? this.#pointer : null;
  }

  get isUsed() {
    return this.#keys.size > 0 || this.#pointer !== null;
  }

  /// `ship`: where the own ship is on the canvas, pixels.
  wish(ship) {
    const pointer = this.#pointer;
    if (!pointer) return this.#wishOfKeys();
    const [fromX, fromY, reach] = pointer.isTouch ? [pointer.startX, pointer.startY, STICK_REACH] : [ship.x, ship.y, POINTER_REACH];
    const x = pointer.x - fromX, y = pointer.y - fromY, distance = Math.hypot(x, y);
    if (distance < REST) return { x: 0, y: 0 };
    const strength = clamp(distance / reach, 0, 1) / distance;
    return { x: x * strength, y: y * strength };
  }

  #wishOfKeys() {
    let x = 0, y = 0;
    for (const code of this.#keys) {
      x += KEYS[code][0];
      y += KEYS[code][1];
    }
    [x, y] = [Math.sign(x), Math.sign(y)];
    const length = Math.hypot(x, y) || 1;
    return { x: x / length, y: y / length };
  }

  #pressed(event, onKey) {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (KEYS[event.code]) {
      if (event.target.type === "range") return;
      this.#keys.add(event.code);
      event.preventDefault();
    } else if (!event.repeat && !(isControl(event.target) && ["Enter", "Space"].includes(event.code))) {
      if (onKey(event.code)) event.preventDefault();
    }
  }

  #release() {
    this.#keys.clear();
    this.#pointer = null;
  }

  #down(canvas, event) {
    if (this.#pointer || event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    const x = event.offsetX, y = event.offsetY;
    this.#pointer = { id: event.pointerId, isTouch: event.pointerType !== "mouse", startX: x, startY: y, x, y };
  }

  #move(event) {
    if (this.#pointer?.id !== event.pointerId) return;
    this.#pointer.x = event.offsetX;
    this.#pointer.y = event.offsetY;
  }

  #up(event) {
    if (this.#pointer?.id === event.pointerId) this.#pointer = null;
  }
}

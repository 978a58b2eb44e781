// Frames as they come: what the relay sends is even, what arrives may not be.

const SPAN = 10_000; // milliseconds that are shown
const MOST = 2600; // arrivals that are kept: ten seconds at 240 a second
const TALLEST = 400; // milliseconds at the top; longer ones reach it, and short ones are stretched (by the root)

export class FrameChart {
  #canvas;
  #arrivals = []; // {at, interval}
  #last = 0;

  constructor(canvas) { this.#canvas = canvas; }

  /// Returns the milliseconds since the frame before; 0 for the first.
  frameCame(now) {
    const interval = this.#last ? now - this.#last : 0;
    this.#last = now;
    this.#arrivals.push({ at: now, interval });
    if (this.#arrivals.length > MOST) this.#arrivals.shift();
    return interval;
  }

  /// Frames in the last second.
  rate(now) {
    let count = 0;
    for (let i = this.#arrivals.length - 1; i >= 0 && now - this.#arrivals[i].at < 1000; i--) count++;
    return count;
  }

  draw(now) {
    const canvas = this.#canvas, ratio = Math.min(2, devicePixelRatio || 1), { clientWidth: width, clientHeight: height } = canvas;
    if (!width) return;
    if (canvas.width !== Math.round(width * ratio)) [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    const pen = canvas.getContext("2d"), style = getComputedStyle(canvas);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.fillStyle = style.color;
    while (this.#arrivals.length > 0 && now - this.#arrivals[0].at > SPAN) this.#arrivals.shift();
    const silent = this.#last ? now - this.#last : 0;
    for (const { at, interval } of this.#arrivals) this.#bar(pen, width - ((now - at) / SPAN) * width, interval, height);
    if (silent > 1100) this.#silence(pen, width - (Math.min(silent, SPAN) / SPAN) * width, width, height, style);
  }

  #bar(pen, x, interval, height) {
    const tall = Math.max(2, Math.sqrt(Math.min(1, interval / TALLEST)) * height);
    pen.fillRect(x - 1, height - tall, 1.4, tall);
  }

  #silence(pen, from, to, height, style) {
    pen.fillStyle = style.getPropertyValue("--bad");
    pen.globalAlpha = 0.25;
    pen.fillRect(from, 0, to - from, height);
    pen.globalAlpha = 1;
  }
}

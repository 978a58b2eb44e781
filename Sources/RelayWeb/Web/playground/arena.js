// Draws the arena. It is told what there is (a scene) and decides only how it looks.
import { HEIGHT, RADIUS, WIDTH, clamp, turn } from "./world.js";

const TRAIL = 620; // milliseconds
const SMALLEST_SCALE = 0.62; // pixels a unit: on a phone the view follows the ship instead of shrinking it
const SMALLEST_SHIP = 0.55; // of its size in pixels at scale 1: where all of the world is small, ships and stars are drawn larger
const PIXELS = 2; // at most so many device pixels a pixel
const COLORS = 8;
const SPARKS = 160; // at most
const TAU = Math.PI * 2;
const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const dark = matchMedia("(prefers-color-scheme: dark)");

export class Arena {
  #canvas;
  #pen;
  #theme = {};
  #size = { width: 1, height: 1, ratio: 1 };
  #view = { scale: 1, x: 0, y: 0 }; // of the world's corner on the canvas
  #tracks = new Map(); // by seat: where a ship was, where it heads
  #sparks = [];
  #glows = new Map(); // by color

  constructor(canvas) {
    this.#canvas = canvas;
    this.#pen = canvas.getContext("2d", { alpha: false });
    new ResizeObserver(() => this.#measure()).observe(canvas);
    dark.addEventListener("change", () => this.#readTheme());
    this.#measure();
    this.#readTheme();
  }

  /// Where a place of the world is on the canvas, pixels.
  onCanvas({ x, y }) {
    return { x: this.#view.x + x * this.#view.scale, y: this.#view.y + y * this.#view.scale };
  }

  get #magnified() {
    return Math.max(1, SMALLEST_SHIP / this.#view.scale);
  }

  color(seat) {
    return this.#theme.seats[(seat - 1) % COLORS];
  }

  /// A small burst, as where a star was.
  burst(place, color = this.#theme.star) {
    if (calm.matches) return;
    for (let i = 0; i < 14 && this.#sparks.length < SPARKS; i++) {
      const angle = Math.random() * TAU, speed = 60 + Math.random() * 220;
      this.#sparks.push({ x: place.x, y: place.y, vx: Math.cos(angle) * speed, vy: Math.sin(angle) * speed, life: 1, color });
    }
  }

  /// `scene`: {ships, stars, stick, follow}; `now` in milliseconds, `seconds` since the picture before.
  draw(scene, now, seconds) {
    const pen = this.#pen, { width, height, ratio } = this.#size;
    this.#look(scene.follow, seconds);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.fillStyle = this.#theme.outside;
    pen.fillRect(0, 0, width, height);
    pen.setTransform(ratio * this.#view.scale, 0, 0, ratio * this.#view.scale, ratio * this.#view.x, ratio * this.#view.y);
    this.#drawFloor();
    for (const star of scene.stars) this.#drawStar(star, now);
    this.#moveTracks(scene.ships, now, seconds);
    for (const ship of scene.ships) this.#drawTrail(ship, now);
    this.#drawSparks(seconds);
    for (const ship of scene.ships) this.#drawShip(ship, now);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    for (const ship of scene.ships) this.#drawLabel(ship, now);
    if (scene.stick) this.#drawStick(scene.stick);
  }

  #measure() {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const ratio = Math.min(PIXELS, devicePixelRatio || 1);
    this.#size = { width, height, ratio };
    this.#canvas.width = Math.max(1, Math.round(width * ratio));
    this.#canvas.height = Math.max(1, Math.round(height * ratio));
  }

  #readTheme() {
    const style = getComputedStyle(document.documentElement), read = (name) => style.getPropertyValue(`--${name}`).trim();
    const names = ["floor", "outside", "dot", "border", "ink", "muted", "star", "on-seat", "warn", "bad"];
    this.#theme = Object.fromEntries(names.map((name) => [name, read(name)]));
    this.#theme.seats = Array.from({ length: COLORS }, (_, i) => read(`seat-${i + 1}`));
    this.#glows.clear();
  }

  /// All of the world if it fits; else as much of it as can be seen well, around `follow`.
  #look(follow, seconds) {
    const { width, height } = this.#size, margin = 14;
    const fit = Math.min((width - 2 * margin) / WIDTH, (height - 2 * margin) / HEIGHT);
    const scale = follow ? Math.max(fit, Math.min(SMALLEST_SCALE, (height - 2 * margin) / HEIGHT)) : fit;
    const place = (view, world, at) => {
      if (world <= view) return (view - world) / 2;
      return clamp(view / 2 - at, view - world - margin, margin);
    };
    const x = place(width, WIDTH * scale, (follow?.x ?? 0) * scale), y = place(height, HEIGHT * scale, (follow?.y ?? 0) * scale);
    const blend = this.#view.scale === scale ? 1 - Math.exp(-seconds / 0.08) : 1;
    this.#view = { scale, x: this.#view.x + (x - this.#view.x) * blend, y: this.#view.y + (y - this.#view.y) * blend };
  }

  #drawFloor() {
    const pen = this.#pen;
    pen.beginPath();
    pen.roundRect(0, 0, WIDTH, HEIGHT, 28);
    pen.fillStyle = this.#theme.floor;
    pen.fill();
    pen.lineWidth = 2;
    pen.strokeStyle = this.#theme.border;
    pen.stroke();
    pen.beginPath();
    for (let x = 50; x < WIDTH; x += 50) {
      for (let y = 50; y < HEIGHT; y += 50) pen.rect(x - 1, y - 1, 2, 2);
    }
    pen.fillStyle = this.#theme.dot;
    pen.fill();
  }

  #drawStar({ x, y, index, isTaken }, now) {
    const pen = this.#pen, swing = calm.matches ? 0 : now / 900 + index;
    pen.save();
    pen.translate(x, y);
    pen.scale(this.#magnified, this.#magnified);
    if (isTaken) pen.globalAlpha = 0.3;
    this.#glow(this.#theme.star, 44);
    pen.rotate(Math.sin(swing) * 0.25);
    const size = 15 + Math.sin(swing * 2) * 1.2;
    pen.beginPath();
    for (let i = 0; i < 10; i++) {
      const angle = -Math.PI / 2 + (i * TAU) / 10, reach = i % 2 ? size * 0.5 : size;
      pen.lineTo(Math.cos(angle) * reach, Math.sin(angle) * reach);
    }
    pen.closePath();
    pen.lineJoin = "round";
    pen.lineWidth = 4;
    pen.strokeStyle = pen.fillStyle = this.#theme.star;
    pen.stroke();
    pen.fill();
    pen.restore();
  }

  /// A soft light around the origin, drawn from a picture of it.
  #glow(color, radius) {
    let picture = this.#glows.get(color);
    if (!picture) {
      picture = new OffscreenCanvas(64, 64);
      const pen = picture.getContext("2d"), light = pen.createRadialGradient(32, 32, 0, 32, 32, 32);
      light.addColorStop(0, color);
      light.addColorStop(1, `${color}00`);
      pen.globalAlpha = 0.34;
      pen.fillStyle = light;
      pen.fillRect(0, 0, 64, 64);
      this.#glows.set(color, picture);
    }
    this.#pen.drawImage(picture, -radius, -radius, radius * 2, radius * 2);
  }

  #moveTracks(ships, now, seconds) {
    const seats = new Set(ships.map((ship) => ship.key));
    for (const key of this.#tracks.keys()) if (!seats.has(key)) this.#tracks.delete(key);
    for (const ship of ships) {
      const track = this.#tracks.get(ship.key) ?? { points: [], heading: -Math.PI / 2, x: ship.x, y: ship.y };
      this.#tracks.set(ship.key, track);
      const dx = ship.x - track.x, dy = ship.y - track.y;
      if (Math.hypot(dx, dy) > 200) track.points.length = 0; // it was put elsewhere
      else if (seconds > 0) track.heading = turn(track.heading, dx / seconds, dy / seconds, seconds);
      [track.x, track.y] = [ship.x, ship.y];
      const last = track.points.at(-1);
      if (last && Math.hypot(ship.x - last.x, ship.y - last.y) < 0.5) last.at = now;
      else track.points.push({ x: ship.x, y: ship.y, at: now });
      while (track.points.length > 0 && now - track.points[0].at > TRAIL) track.points.shift();
    }
  }

  /// A ribbon that grows from nothing to the ship.
  #drawTrail(ship, now) {
    const { points } = this.#tracks.get(ship.key), first = points[0], last = points.at(-1);
    if (calm.matches || ship.state === "away" || points.length < 3 || Math.hypot(last.x - first.x, last.y - first.y) < 4) return;
    const pen = this.#pen, color = this.color(ship.seat), light = pen.createLinearGradient(first.x, first.y, last.x, last.y);
    light.addColorStop(0, `${color}00`);
    light.addColorStop(1, `${color}80`);
    pen.beginPath();
    for (const side of [1, -1]) {
      for (let k = 0; k < points.length; k++) {
        const i = side > 0 ? k : points.length - 1 - k, before = points[Math.max(0, i - 1)], after = points[Math.min(points.length - 1, i + 1)];
        const dx = after.x - before.x, dy = after.y - before.y, length = Math.hypot(dx, dy) || 1;
        const half = side * RADIUS * 0.8 * (1 - (now - points[i].at) / TRAIL);
        pen.lineTo(points[i].x - (dy / length) * half, points[i].y + (dx / length) * half);
      }
    }
    pen.fillStyle = light;
    pen.fill();
  }

  #drawSparks(seconds) {
    const pen = this.#pen;
    this.#sparks = this.#sparks.filter((spark) => (spark.life -= seconds * 1.7) > 0);
    for (const spark of this.#sparks) {
      spark.x += spark.vx * seconds;
      spark.y += spark.vy * seconds;
      pen.globalAlpha = spark.life;
      pen.fillStyle = spark.color;
      pen.beginPath();
      pen.arc(spark.x, spark.y, 4 * spark.life, 0, TAU);
      pen.fill();
    }
    pen.globalAlpha = 1;
  }

  /// A drop with its tip ahead and its seat's number inside. Stalled: hollow, in a dashed ring. Away: only an outline.
  #drawShip(ship, now) {
    const pen = this.#pen, color = this.color(ship.seat), isLive = ship.state === "live", { heading } = this.#tracks.get(ship.key);
    pen.save();
    pen.translate(ship.x, ship.y);
    pen.scale(this.#magnified, this.#magnified);
    if (ship.state === "away") pen.globalAlpha = 0.55;
    if (isLive) this.#glow(color, RADIUS * 2.4);
    pen.save();
    pen.rotate(heading);
    pen.beginPath();
    pen.arc(0, 0, RADIUS, 0.62, TAU - 0.62);
    pen.quadraticCurveTo(RADIUS * 1.12, -RADIUS * 0.28, RADIUS * 1.5, 0);
    pen.quadraticCurveTo(RADIUS * 1.12, RADIUS * 0.28, Math.cos(0.62) * RADIUS, Math.sin(0.62) * RADIUS);
    pen.closePath();
    pen.fillStyle = isLive ? color : this.#theme.floor;
    pen.strokeStyle = color;
    pen.lineWidth = 3;
    pen.lineJoin = "round";
    if (ship.state === "away") pen.setLineDash([5, 5]);
    pen.fill();
    pen.stroke();
    pen.restore();
    pen.setLineDash([]);
    this.#drawNumber(ship, isLive ? this.#theme["on-seat"] : color);
    if (ship.isMe) this.#drawRing(RADIUS * 1.75, this.#theme.ink, 1.5, []);
    if (ship.state === "stalled") {
      pen.rotate(calm.matches ? 0 : now / 1400);
      this.#drawRing(RADIUS * 1.75, this.#theme.warn, 4, [9, 9]);
    }
    pen.restore();
  }

  #drawNumber(ship, color) {
    const pen = this.#pen;
    pen.fillStyle = color;
    pen.font = `700 ${ship.seat > 99 ? 14 : 19}px ${FONT}`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText(ship.seat, 0, 1.5);
  }

  #drawRing(radius, color, width, dash) {
    const pen = this.#pen;
    pen.setLineDash(dash);
    pen.lineWidth = width;
    pen.strokeStyle = color;
    pen.beginPath();
    pen.arc(0, 0, radius, 0, TAU);
    pen.stroke();
    pen.setLineDash([]);
  }

  /// Over the head: what it says, its name, and its round trip or what is wrong. Outside of the view: a mark at the edge.
  #drawLabel(ship, now) {
    const { width, height } = this.#size, at = this.onCanvas(ship), reach = RADIUS * this.#view.scale * this.#magnified;
    if (at.x < -reach || at.x > width + reach || at.y < -reach || at.y > height + reach) return this.#drawAtEdge(ship, at);
    const below = at.y < 70;
    const y = below ? at.y + reach * 1.75 + 16 : at.y - reach * 1.75 - 8;
    const line = below ? 16 : -16;
    const trouble = { stalled: this.#theme.warn, away: this.#theme.muted }[ship.state];
    this.#text(ship.status, at.x, y, `500 12px ${FONT}`, trouble ?? this.#theme.muted);
    this.#text(ship.name, at.x, y + line, `650 13px ${FONT}`, this.#theme.ink);
    if (ship.bubble) this.#drawBubble(ship.bubble, at.x, y + line * (below ? 2.6 : 2.4), now);
  }

  /// Moves a text of this width so far that it does not leave the canvas.
  #inside(x, wide) {
    const { width } = this.#size, half = wide / 2 + 8;
    return half * 2 > width ? width / 2 : clamp(x, half, width - half);
  }

  #text(text, x, y, font, color) {
    const pen = this.#pen;
    pen.font = font;
    x = this.#inside(x, Math.min(260, pen.measureText(text).width));
    pen.textAlign = "center";
    pen.textBaseline = "alphabetic";
    pen.lineJoin = "round";
    pen.lineWidth = 4;
    pen.strokeStyle = this.#theme.floor;
    pen.strokeText(text, x, y, 260);
    pen.fillStyle = color;
    pen.fillText(text, x, y, 260);
  }

  #drawBubble({ text, isEmote, since, until }, x, y, now) {
    const pen = this.#pen, age = clamp((now - since) / 140, 0, 1), left = clamp((until - now) / 300, 0, 1);
    pen.save();
    pen.globalAlpha = Math.min(age, left);
    pen.font = isEmote ? `28px ${FONT}` : `500 14px ${FONT}`;
    const wide = Math.min(240, pen.measureText(text).width) + 20, high = isEmote ? 40 : 28;
    pen.translate(this.#inside(x, wide), y);
    if (!calm.matches) pen.scale(0.7 + 0.3 * age, 0.7 + 0.3 * age);
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.beginPath();
    pen.roundRect(-wide / 2, -high / 2 - 6, wide, high, 12);
    pen.fillStyle = this.#theme.ink;
    if (!isEmote) pen.fill();
    pen.fillStyle = this.#theme.floor;
    pen.fillText(text, 0, -5, 240);
    pen.restore();
  }

  #drawAtEdge(ship, at) {
    const pen = this.#pen, { width, height } = this.#size, inset = 20;
    const x = clamp(at.x, inset, width - inset), y = clamp(at.y, inset, height - inset);
    pen.save();
    pen.translate(x, y);
    pen.rotate(Math.atan2(at.y - y, at.x - x));
    pen.beginPath();
    pen.moveTo(14, 0);
    pen.arc(0, 0, 10, 0.7, TAU - 0.7);
    pen.closePath();
    pen.fillStyle = this.color(ship.seat);
    pen.globalAlpha = ship.state === "live" ? 1 : 0.5;
    pen.fill();
    pen.rotate(-Math.atan2(at.y - y, at.x - x));
    pen.scale(0.62, 0.62);
    this.#drawNumber(ship, this.#theme["on-seat"]);
    pen.restore();
  }

  #drawStick({ startX, startY, x, y }) {
    const pen = this.#pen, distance = Math.hypot(x - startX, y - startY) || 1, reach = Math.min(distance, 56) / distance;
    pen.globalAlpha = 0.5;
    pen.strokeStyle = pen.fillStyle = this.#theme.ink;
    pen.lineWidth = 2;
    pen.beginPath();
    pen.arc(startX, startY, 56, 0, TAU);
    pen.stroke();
    pen.beginPath();
    pen.arc(startX + (x - startX) * reach, startY + (y - startY) * reach, 22, 0, TAU);
    pen.fill();
    pen.globalAlpha = 1;
  }
}

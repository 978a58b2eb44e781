// Drawings of series, as SVG. Attributes only: the page's policy allows no style attribute.
import { WINDOW } from "./model.js";

const NAMESPACE = "http://www.w3.org/2000/svg";
const LEAST_SPAN = 20; // seconds that a line's width stands for at first, so that it is not a speck

export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

const place = (value) => Math.round(value * 100) / 100;

/** Path of the points, interrupted where there is nothing, and of the area below. */
function trace(points, x, y, bottom) {
  let [line, area, open] = ["", "", null];
  const close = (last) => { if (open !== null) area += `L${last} ${bottom}L${open} ${bottom}Z`; };
  let last = 0;
  for (const [time, value] of points) {
    if (value === null) { close(last); open = null; continue; }
    const at = `${place(x(time))} ${place(y(value))}`;
    line += `${open === null ? "M" : "L"}${at}`;
    area += `${open === null ? "M" : "L"}${at}`;
    open ??= place(x(time));
    last = place(x(time));
  }
  close(last);
  return [line, area];
}

const top = (series) => series.reduce((most, points) => points.reduce((most, [, value]) => Math.max(most, value ?? 0), most), 0);

/** A small line of one or two series; the second is fainter. `draw(series, now, { most })`. */
export function sparkline(label, height = 30) {
  const [width, pad] = [120, 3];
  const lines = [svg("path", { class: "area" }), svg("path", { class: "line faint" }), svg("path", { class: "line" }), svg("path", { class: "dot" })];
  const element = svg("svg", { class: "spark", viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", role: "img", "aria-label": label }, ...lines);
  const [area, second, first, dot] = lines;
  return {
    element,
    draw([points, other = []], now, { most = 0 } = {}) {
      const began = Math.min(points[0]?.[0] ?? now, other[0]?.[0] ?? now);
      const span = Math.min(WINDOW, Math.max(LEAST_SPAN, now - began));
      const limit = Math.max(most, top([points, other])) || 1;
      const x = (time) => width - pad - ((now - time) / span) * (width - pad);
      const y = (value) => height - pad - (value / limit) * (height - 2 * pad);
      const [line, below] = trace(points, x, y, height);
      first.setAttribute("d", line);
      area.setAttribute("d", below);
      second.setAttribute("d", trace(other, x, y, height)[0]);
      const last = points.at(-1);
      // What the drawing's height and width stand for.
      Object.assign(this, { limit, span });
      dot.setAttribute("d", last && last[1] !== null ? `M${place(x(last[0]))} ${place(y(last[1]))}h0.01` : "");
    },
  };
}

/** Bars over buckets of powers of two. `draw(buckets)`: counts; bucket i is below 2^i µs. Marks are `[microseconds, label, class]`. */
export function histogram(label, format) {
  const [width, height, floor, first, last] = [560, 150, 122, 5, 20]; // from 16 µs to 1 s
  const bars = svg("g", { class: "bars" });
  const marks = svg("g", { class: "marks" });
  const axis = svg("g", { class: "axis" }, svg("path", { d: `M0 ${floor + 0.5}H${width}` }));
  const step = width / (last - first + 1);
  const x = (microseconds) => Math.min(width, Math.max(0, (Math.log2(Math.max(1, microseconds)) - first + 1) * step));
  for (const [microseconds, name] of [[100, "100 µs"], [1000, "1 ms"], [10000, "10 ms"], [100000, "100 ms"]]) {
    axis.append(svg("path", { d: `M${x(microseconds)} ${floor}v5` }));
    const word = svg("text", { x: x(microseconds), y: height - 8, "text-anchor": "middle" });
    word.textContent = name;
    axis.append(word);
  }
  const element = svg("svg", { class: "histogram", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label }, bars, marks, axis);
  return {
    element,
    draw(buckets, lines) {
      const counts = Array(last - first + 1).fill(0);
      buckets.forEach((number, index) => (counts[Math.min(last, Math.max(first, index)) - first] += number));
      const total = counts.reduce((sum, number) => sum + number, 0);
      const most = Math.max(...counts) || 1;
      bars.replaceChildren(...counts.map((number, index) => bar(number, index)));
      function bar(number, index) {
        // Roots, so that the one tick in a thousand that was late is still to be seen.
        const tall = number ? Math.max(2, Math.sqrt(number / most) * (floor - 22)) : 0;
        const element = svg("rect", { x: place(index * step + 1.5), y: place(floor - tall), width: place(step - 3), height: place(tall), rx: 2 });
        const title = svg("title");
        title.textContent = number ? `${format(2 ** (index + first - 1))} to ${format(2 ** (index + first))}: ${number} of ${total} ticks` : "";
        element.append(title);
        return element;
      }
      marks.replaceChildren(...lines.flatMap(([microseconds, name, kind], row) => {
        const at = place(x(microseconds));
        const word = svg("text", { x: at > width - 90 ? at - 5 : at + 5, y: 10, class: kind, "text-anchor": at > width - 90 ? "end" : "start" });
        word.textContent = name;
        word.setAttribute("y", 10 + row * 13);
        return [svg("path", { d: `M${at} ${2 + row * 13}V${floor}`, class: kind }), word];
      }));
    },
  };
}

// Elements made and kept. Text only ever becomes text: a name that holds markup is shown as it is.

/** `h("p.quiet", { title: "…" }, "text", element)`: an element with classes, attributes and children. */
export function h(name, ...rest) {
  const [tag, ...classes] = name.split(".");
  const element = document.createElement(tag || "div");
  if (classes.length) element.className = classes.join(" ");
  const hasAttributes = rest.length && rest[0] !== null && typeof rest[0] === "object" && !(rest[0] instanceof Node);
  for (const [key, value] of Object.entries(hasAttributes ? rest.shift() : {})) if (value != null) element.setAttribute(key, value);
  element.append(...rest.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Writes only what changed, so that selections and screen readers are left in peace. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function mark(element, name, value) {
  if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value === true ? "" : value);
}

/** A list whose rows keep their elements: `make(item)` returns `{ element, update(item) }`. */
export class List {
  #rows = new Map();
  constructor(parent, key, make) { Object.assign(this, { parent, key, make }); }

  show(items) {
    const kept = new Map();
    let next = this.parent.firstChild;
    for (const item of items) {
      const key = this.key(item);
      if (kept.has(key)) continue;
      const row = this.#rows.get(key) ?? this.make(item);
      row.update(item);
      kept.set(key, row);
      if (row.element === next) next = next.nextSibling;
      else this.parent.insertBefore(row.element, next);
    }
    for (const [key, row] of this.#rows) if (!kept.has(key)) row.element.remove();
    this.#rows = kept;
  }
}

// Everything on the page that is not the arena. What others wrote is set as text, never as markup.

const FEED_LENGTH = 6;
const FEED_STAYS = 12_000; // milliseconds
const MOST_PLAYERS = 40; // in the strip

export const byId = (id) => document.getElementById(id);

/// Changes the page only where something differs: screen readers and layouts notice each change.
export function setText(element, text) {
  if (element.textContent !== String(text)) element.textContent = text;
}

export function make(tag, className, text) {
  const element = document.createElement(tag);
  element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

/// One line of chat or news.
export function say(text, { from, color } = {}) {
  const line = make("li", from ? "chat" : "news"), feed = byId("feed");
  if (from) {
    const name = make("b", "", from);
    name.style.setProperty("--seat", color);
    line.append(name, " ");
  }
  line.append(text);
  feed.append(line);
  while (feed.children.length > FEED_LENGTH) feed.firstChild.remove();
  setTimeout(() => line.remove(), FEED_STAYS);
}

/// `all`: {seat, name, status, state, score, color, isMe}.
export function showPlayers(all) {
  const rows = all.slice(0, MOST_PLAYERS);
  const list = byId("players"), before = new Map([...list.children].map((row) => [row.dataset.seat, row]));
  setText(byId("players-count"), all.length);
  for (const [place, row] of rows.entries()) {
    const item = before.get(String(row.seat)) ?? newRow(row.seat);
    before.delete(String(row.seat));
    item.dataset.state = row.state;
    item.classList.toggle("me", row.isMe);
    const [mark, name, status, score] = item.children;
    mark.style.setProperty("--seat", row.color);
    setText(name, row.name);
    setText(status, row.status);
    setText(score, row.score ? `★ ${row.score}` : "");
    if (list.children[place] !== item) list.insertBefore(item, list.children[place] ?? null);
  }
  for (const item of before.values()) item.remove();
}

function newRow(seat) {
  const item = document.createElement("li");
  item.dataset.seat = seat;
  item.append(make("span", "mark", seat), make("span", "who"), make("span", "status"), make("span", "score"));
  return item;
}

let noticeAction = null, noticeAsk = null;

/// A card over the arena; null takes it away. {kind, title, text, busy, action: [label, function], link, ask}: `ask` gets the password that is typed in.
export function showNotice(notice) {
  const card = byId("notice");
  card.hidden = !notice;
  if (!notice) return void (noticeAsk = null);
  card.dataset.kind = notice.kind;
  card.classList.toggle("busy", Boolean(notice.busy));
  setText(byId("notice-title"), notice.title);
  setText(byId("notice-text"), notice.text);
  const button = byId("notice-action"), link = byId("notice-window");
  byId("notice-form").hidden = !notice.ask;
  if (notice.ask && !noticeAsk) byId("notice-password").focus();
  noticeAsk = notice.ask ?? null;
  button.hidden = !notice.action;
  link.hidden = !notice.link;
  if (notice.link) link.href = notice.link;
  if (notice.action) setText(button, notice.action[0]);
  noticeAction = notice.action?.[1] ?? null;
}

byId("notice-action").addEventListener("click", () => noticeAction?.());
byId("notice-form").addEventListener("submit", (event) => {
  const field = byId("notice-password");
  event.preventDefault();
  if (field.value) noticeAsk?.(field.value);
  field.value = "";
});

export function showQuality(text, level) {
  byId("panel-toggle").dataset.level = level;
  setText(byId("quality-text"), text);
}

/// Copies by the clipboard, or where a page may not use it (no TLS), by a selection.
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = make("textarea", "unseen");
    field.value = text;
    document.body.append(field);
    field.select();
    const isCopied = document.execCommand("copy");
    field.remove();
    return isCopied;
  }
}

/// Says on a button what came of pressing it.
export function flash(button, text) {
  button.dataset.label ??= button.textContent;
  setText(button, text);
  setTimeout(() => setText(button, button.dataset.label), 1600);
}

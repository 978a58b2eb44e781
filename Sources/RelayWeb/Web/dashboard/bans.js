// Who is banned, where and until when.
import { h, List, mark, write } from "./dom.js";
import { whom } from "./operator.js";
import * as parts from "./parts.js";
import * as text from "./text.js";

const ASK_EVERY = 5000; // ms
const BANS = 500; // rows

const COLUMNS = ["whom", "where", "until", "by", "reason"];

export function bansView(model, acts, operator) {
  const known = { bans: null, problem: "" };
  let turn = 0;
  const [problem, empty, body, more, note] = [h("p.problem", { role: "alert" }), h("div.empty", h("p"), h("p.quiet")), h("div.rows"), h("p.more"), h("p.more")];
  const head = h("div.ban.head", { "aria-hidden": "true" }, ...COLUMNS.map((name) => h("span", name)));
  const title = h("div.crumbs", h("a", { href: "#/" }, "All rooms"), h("span", "›"), h("h2", "Bans"));
  const element = h("div.bansview", title, h("section.card", h("h2", "Who is kept out"), problem, head, body, empty, more, note));
  const list = new List(body, ({ id }) => id, banRow(operator, ask));

  async function ask() {
    const mine = ++turn; // an answer from before a lift must not bring the ban back
    const answer = await acts.bans().then((bans) => ({ bans, problem: "" }), ({ message }) => ({ problem: message }));
    if (mine !== turn) return;
    Object.assign(known, answer);
    update();
  }

  function update() {
    const bans = known.bans ?? [];
    list.show(bans.slice(0, BANS));
    head.hidden = !bans.length;
    [problem.hidden, empty.hidden] = [!known.problem, bans.length > 0 || (!known.bans && !!known.problem)];
    write(problem, known.problem && known.bans ? `${known.problem} What you see is as it was.` : known.problem);
    write(empty.firstChild, known.bans ? "Nobody is banned." : "Asking the relay …");
    write(empty.lastChild, known.bans ? "To ban a player, open a room and then the player's seat." : "");
    write(more, bans.length > BANS ? `and ${text.count(bans.length - BANS)} older ones, which GET /bans lists` : "");
    write(note, model.figures?.relay && !model.figures.relay.journal ? "Without a state directory bans end with the relay's process." : "");
  }

  const timer = setInterval(() => (element.isConnected ? ask() : clearInterval(timer)), ASK_EVERY);
  ask();
  return { element, update };
}

function banRow(operator, ask) {
  return (first) => {
    let shown = first;
    const cells = COLUMNS.map((name) => h("span", { "data-name": name }));
    const [name, where, until, by, reason] = cells;
    const lift = parts.button("Lift…", () => operator.lift(shown, ask), { "aria-label": `Lift the ban of ${whom(first)} …` });
    const element = h("div.ban", ...cells, lift);
    return {
      element,
      update(ban) {
        shown = ban;
        write(name, whom(ban));
        write(where, ban.room ?? "everywhere");
        write(until, text.moment(ban.until));
        mark(until, "title", `In ${text.span(ban.until - Date.now() / 1000)}; made ${text.moment(ban.made)}`);
        write(by, ban.by ?? "");
        write(reason, ban.reason ?? "");
      },
    };
  };
}

// Asks before anything is done. There is one dialog in the page. Escape, Cancel and going back leave everything as it is.
import { h, mark, write } from "./dom.js";
import { button } from "./parts.js";

/** A choice out of a few: `[[value, words], …]`. */
export function choice(label, options, chosen) {
  const select = h("select", {}, ...options.map(([value, words]) => h("option", { value, selected: value === chosen ? "" : null }, words)));
  return { element: h("label.field", h("span", label), select), get value() { return select.value; } };
}

export function line(label, attributes) {
  const input = h("input", { autocomplete: "off", ...attributes });
  return { element: h("label.field", h("span", label), input), input, get value() { return input.value.trim(); } };
}

/** A box to tick. Hidden at first, and again once `other` is changed: what was agreed to is something else then. */
export function consent(label, other) {
  const input = h("input", { type: "checkbox" });
  const element = h("label.consent", { hidden: "" }, input, h("span", label));
  other.element.addEventListener("change", () => ([input.checked, element.hidden] = [false, true]));
  return { element, get value() { return input.checked; } };
}

export class Dialog {
  #say;
  #home;
  #plan = null;
  #asked = null; // the plan whose answer is not there yet
  #title = h("h2", { id: "dialog-title" });
  #sentence = h("p", { id: "dialog-sentence", "aria-live": "polite" });
  #fields = h("div.fields");
  #problem = h("p.problem", { role: "alert" });
  #token = line("Admin token", { type: "password", spellcheck: "false" });
  #cancel = button("Cancel", () => this.close());
  #act = h("button.button.act", {});
  #element = h("dialog", { "aria-labelledby": "dialog-title", "aria-describedby": "dialog-sentence" });

  /** `say(words)` is told what has been done; `home` has the focus then, for what was pressed may be gone. */
  constructor({ say, home }) {
    [this.#say, this.#home] = [say, home];
    const form = h("form", {}, this.#title, this.#sentence, this.#fields, this.#problem, this.#token.element, h("div.buttons", this.#cancel, this.#act));
    form.addEventListener("input", () => this.#describe());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#asked !== this.#plan) this.#go(this.#plan);
    });
    this.#element.addEventListener("close", () => (this.#token.input.value = ""));
    this.#element.append(form);
    document.body.append(this.#element);
  }

  get isOpen() { return this.#element.open; }

  /**
   * `plan`: `{ title, sentence(), fields, verb, mood, act(token), refused(error) }`. `sentence()` returns what will happen, as children of an
   * element; `act` does it and returns the line about it; `refused`, if there is one, is called before the error is shown.
   */
  open(plan) {
    this.#plan = plan;
    write(this.#title, plan.title);
    write(this.#act, plan.verb);
    mark(this.#act, "data-mood", plan.mood);
    this.#fields.replaceChildren(...plan.fields.map(({ element }) => element));
    this.#token.element.hidden = true;
    this.#token.input.value = "";
    this.#wait(null);
    this.#complain("");
    this.#describe();
    this.#element.showModal();
    (this.#fields.querySelector("select") ?? this.#cancel).focus();
  }

  close() { this.#element.close(); }

  #isShown(plan) { return this.isOpen && this.#plan === plan; }

  /** Written only when it changes, as it is read out then. */
  #describe() {
    const said = h("p", ...this.#plan.sentence());
    if (said.textContent !== this.#sentence.textContent) this.#sentence.replaceChildren(...said.childNodes);
  }

  #complain(words) {
    this.#problem.hidden = !words;
    this.#problem.textContent = words;
  }

  /** Not `disabled`: that would take the focus away. */
  #wait(plan) {
    this.#asked = plan;
    mark(this.#act, "aria-disabled", plan && "true");
  }

  /** Whoever closes the dialog meanwhile is told all the same. */
  async #go(plan) {
    this.#complain("");
    this.#wait(plan);
    try {
      const words = await plan.act(this.#token.element.hidden ? "" : this.#token.value);
      if (this.#isShown(plan)) this.#end();
      this.#say(words);
    } catch (error) {
      if (this.#isShown(plan)) this.#refused(plan, error);
      else this.#say(error.message);
    }
    if (this.#asked === plan) this.#wait(null);
  }

  #end() {
    this.close();
    this.#home.focus({ preventScroll: true });
  }

  #refused(plan, error) {
    plan.refused?.(error);
    this.#complain(error.message);
    if (error.status !== 401) return;
    this.#token.element.hidden = false;
    this.#token.input.value = "";
    this.#token.input.focus();
  }
}

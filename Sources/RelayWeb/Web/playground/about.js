// The room that one is in: its code to share, and what its host may do.
import { byId, copyText, flash, make, setText } from "./hud.js";
import { GAME, signOf } from "./lobby.js";
import { linkTo } from "./place.js";
import { cleanText } from "./world.js";

const CODE_LENGTH = 6;
const NOTE_STAYS = 5000; // milliseconds

/// What a player is told of a refusal, by its code.
const REFUSALS = {
  notOwner: "You are not the host any more.",
  noReceiver: "That player is not there any more.",
  noMoreRoom: "There is no seat left to keep, or too many invitations wait.",
  cannotBeBanned: "Others share that address: remove the player instead.",
  lost: "The connection broke: look whether it was done.",
};

export class About {
  #dialog = byId("about");
  #copyLink;
  #room = null;
  #noteTimer = 0;

  /// `copyLink(button)` copies the room's link, and says so on the button.
  constructor(copyLink) {
    this.#copyLink = copyLink;
    this.#dialog.addEventListener("click", ({ target }) => { if (target === this.#dialog) this.#dialog.close(); });
    byId("about-close").addEventListener("click", () => this.#dialog.close());
    byId("about-copy").addEventListener("click", () => this.#copyLink(byId("about-copy")));
    byId("about-send").hidden = !navigator.share;
    byId("about-send").addEventListener("click", () => this.#send());
    for (const field of ["listed", "locked"]) byId(`host-${field}`).addEventListener("click", () => this.#turn(field));
    byId("host-password").addEventListener("submit", (event) => this.#setPassword(event));
    byId("host-password-none").addEventListener("click", () => this.#do("The password is gone.", () => this.#room.setPassword(null)));
    byId("host-invite").addEventListener("click", () => this.#invite());
    byId("invitation-copy").addEventListener("click", async ({ target }) => flash(target, (await copyText(byId("invitation-link").value)) ? "Copied" : "Select it"));
    byId("invitation-link").addEventListener("focus", ({ target }) => target.select());
  }

  open() {
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  enter(room) {
    this.#room = room;
    byId("invitation").hidden = true;
    byId("guests").replaceChildren();
    setText(byId("about-state"), "");
  }

  /// An invitation is for this room alone, and what is open is about it.
  leave() {
    this.#room = null;
    byId("invitation-link").value = "";
    byId("host-password-text").value = "";
    setText(byId("room-signs"), "");
    if (this.#dialog.open) this.#dialog.close();
  }

  // --- what there is ----------------------------------------------------------------------------------------------------

  show(game) {
    const { room } = game, { card, me, host } = room;
    setText(byId("room-signs"), signOf(card));
    if (!this.#dialog.open) return;
    const isHost = me.isHost;
    setText(byId("about-title"), cleanText(card.properties.title, 24) || "This room");
    setText(byId("about-code"), room.name);
    byId("about-code").classList.toggle("long", room.name.length > CODE_LENGTH);
    setText(byId("about-text"), doorOf(card));
    byId("host-part").hidden = !isHost;
    byId("guest-part").hidden = isHost;
    setText(byId("guest-part"), host ? `${game.nameOf(host)} is the host of this room.` : "This room has no host at present.");
    if (isHost) this.#showControls(game, card);
  }

  #showControls(game, card) {
    byId("host-listed").setAttribute("aria-pressed", card.listed);
    byId("host-locked").setAttribute("aria-pressed", card.locked);
    byId("host-password-none").hidden = !card.password;
    byId("host-password-text").placeholder = card.password ? "Another one" : "None";
    const list = byId("guests"), before = new Map([...list.children].map((item) => [item.dataset.key, item]));
    for (const row of game.rows().filter((row) => !row.isMe)) {
      const item = before.get(row.key) ?? list.appendChild(this.#newGuest(row));
      before.delete(row.key);
      item.dataset.state = row.state;
      setText(item.children[1], row.name);
    }
    for (const item of before.values()) item.remove();
  }

  #newGuest({ key, seat, color, joinedTick }) {
    const item = make("li", ""), mark = make("span", "mark", seat), acts = make("div", "doors");
    // Whoever sits there by then may be somebody else: the relay is told who was meant.
    const guest = () => ({ seat, joinedTick });
    const act = (label, done, run) => {
      const button = make("button", "quiet", label);
      button.type = "button";
      button.addEventListener("click", () => this.#do(done, () => run(guest())));
      acts.append(button);
    };
    act("Make host", "Another one is the host now.", (player) => this.#room.handOver(player));
    act("Remove", "Removed.", (player) => this.#room.kick(player));
    act("Ban", "Banned from this room.", (player) => this.#room.ban(player));
    item.dataset.key = key;
    item.dataset.seat = seat;
    mark.style.setProperty("--seat", color);
    item.append(mark, make("span", "who"), acts);
    return item;
  }

  // --- what the host does -----------------------------------------------------------------------------------------------

  async #turn(field) {
    const isOn = !this.#room.card[field];
    await this.#do({ listed: ["Not in the list any more.", "In the list."], locked: ["Open again.", "Locked."] }[field][Number(isOn)], async () => {
      // A room that was made without a card, by its name, would be listed as of some other game.
      if ((await this.#room.setCard({ [field]: isOn, ...GAME })).length) throw new Error("It was changed meanwhile.");
    });
  }

  #setPassword(event) {
    event.preventDefault();
    const password = byId("host-password-text").value;
    byId("host-password-text").value = "";
    if (password) this.#do("From now on newcomers need it.", () => this.#room.setPassword(password));
  }

  #invite() {
    return this.#do("Send this link to one player.", async () => {
      const room = this.#room, invitation = await room.invite({ held: "player" });
      byId("invitation-link").value = linkTo({ room: room.name, invitation });
      byId("invitation").hidden = false;
    });
  }

  #send() {
    navigator.share({ title: "TickRelay playground", url: linkTo({ room: this.#room.name }) }).catch(() => {}); // who changes their mind does not want to be told
  }

  /// Does something, and says what came of it.
  async #do(done, act) {
    try {
      await act();
      this.#say(done);
    } catch (error) {
      this.#say(REFUSALS[error.code] ?? error.message);
    }
  }

  #say(text) {
    setText(byId("about-state"), text);
    clearTimeout(this.#noteTimer);
    this.#noteTimer = setTimeout(() => setText(byId("about-state"), ""), NOTE_STAYS);
  }
}

/// Who gets in, in a sentence.
function doorOf({ listed, locked, password, seats }) {
  const way = locked ? "Locked: an invitation lets one in" : password ? "Who has the code and the password is in" : "Who has the code is in";
  return `${way}.${listed && !locked ? " It is in the list." : ""}${seats ? ` ${seats} ${seats === 1 ? "seat" : "seats"}.` : ""}`;
}

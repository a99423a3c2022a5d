// The list of recordings: search, order, keys. What a recording says only ever becomes text.

import { at, make, setText } from "../player/dom.js";
import { clock } from "../player/look.js";

const ORDERS = {
  newest: (one, other) => other.created_ms - one.created_ms,
  oldest: (one, other) => one.created_ms - other.created_ms,
  longest: (one, other) => other.seconds - one.seconds,
  shortest: (one, other) => one.seconds - other.seconds,
  name: (one, other) => one.file.localeCompare(other.file),
  game: (one, other) => one.game.localeCompare(other.game) || other.created_ms - one.created_ms,
};

export class Gallery {
  constructor(entries) {
    this.entries = entries.map((entry) => ({
      ...entry,
      seconds: entry.ticks / entry.ticks_per_second,
      text: textOf(entry),
      card: cardOf(entry),
    }));
    this.readLink();
    at("search").addEventListener("input", () => this.show());
    at("order").addEventListener("change", () => this.show());
    at("choice").addEventListener("submit", (event) => event.preventDefault());
    at("clear").addEventListener("click", () => this.clear());
    addEventListener("keydown", (event) => this.press(event));
    this.show();
  }

  // Every word has to occur.
  show() {
    const asked = at("search").value.trim();
    const words = asked.toLowerCase().split(/\s+/);
    const order = at("order").value;
    const found = this.entries.filter(({ text }) => words.every((word) => text.includes(word))).sort(ORDERS[order]);
    at("cards").replaceChildren(...found.map(({ card }) => card));
    const all = this.entries.length;
    setText(
      at("count"),
      found.length === all ? `${all.toLocaleString("en")} ${all === 1 ? "recording" : "recordings"}` : `${found.length} of ${all}`,
    );
    at("nothing").hidden = found.length > 0;
    at("clear").hidden = !all;
    setText(
      at("nothing-text"),
      all ? `No recording has “${asked}” in its players, game, result or name.` : "No recordings here yet.",
    );
    this.writeLink(asked, order);
  }

  clear() {
    at("search").value = "";
    this.show();
    at("search").focus();
  }

  press(event) {
    const search = at("search");
    const isTyping = document.activeElement === search;
    if (event.ctrlKey || event.metaKey || event.altKey || document.activeElement === at("order")) return;
    if (event.key === "/" && !isTyping) search.focus();
    else if (event.key === "Escape" && isTyping) this.clear();
    else if (!this.move(event.key, isTyping)) return;
    event.preventDefault();
  }

  // Arrows go from card to card, also out of the search box. Returns whether there was a card to go to.
  move(key, isTyping) {
    const cards = [...document.querySelectorAll(".card")];
    const here = cards.indexOf(document.activeElement);
    if (isTyping) return key === "ArrowDown" && focused(cards[0]);
    const top = cards[0]?.offsetTop;
    const row = Math.max(cards.filter((card) => card.offsetTop === top).length, 1);
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: row, ArrowUp: -row, Home: -here, End: cards.length - 1 - here }[key];
    if (step === undefined || (here < 0 && (key === "Home" || key === "End"))) return false;
    return focused(here < 0 ? cards[0] : cards[here + step]);
  }

  // --- the link to this choice: #q=ann&order=longest ---

  readLink() {
    const asked = new URLSearchParams(location.hash.slice(1));
    at("search").value = asked.get("q") ?? "";
    at("order").value = Object.hasOwn(ORDERS, asked.get("order") ?? "") ? asked.get("order") : "newest";
  }

  writeLink(words, order) {
    const asked = new URLSearchParams();
    if (words) asked.set("q", words);
    if (order !== "newest") asked.set("order", order);
    try {
      history.replaceState(null, "", `#${asked}`);
    } catch {
      // Some browsers do not allow it for a file.
    }
  }
}

function focused(card) {
  card?.focus();
  return card !== undefined;
}

function textOf({ title, game, players, result, file }) {
  return [title, game, ...players, result, file].join("\n").toLowerCase();
}

function cardOf({ href, title, game, players, result, file, created_ms: created, ticks, ticks_per_second: rate, picture }) {
  const image = picture
    ? make("img", { class: "picture", src: picture, alt: "", loading: "lazy", decoding: "async" })
    : make("span", { class: "picture blank", "aria-hidden": "true", text: [...game][0]?.toUpperCase() ?? "" });
  const names = players.flatMap((name, seat) => [...(seat ? [", "] : []), make("bdi", { text: name })]);
  const date = new Date(created).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
  const words = make(
    "span",
    { class: "words" },
    make("bdi", { class: "title", text: title }),
    make("span", { class: "players" }, ...names),
    make("bdi", { class: "result", text: result }),
    make("span", { class: "facts" }, make("span", { text: clock(ticks, rate, 0) }), make("span", { text: created ? date : "" })),
    make("bdi", { class: "file", text: file }),
  );
  return make("li", {}, make("a", { class: "card", href }, image, words));
}

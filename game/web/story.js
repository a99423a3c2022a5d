// What a match of arena tells: who shot whom with what, who leads, who won. As game/story.py has it, word for word.

import { Look, clock } from "../../replay/web/player/look.js";
import { resultOf } from "./match.js";

const plain = (text) => [text, "", -1];

export class ArenaStory extends Look {
  constructor({ header, constants }) {
    super({ header, constants });
    this.kinds = Object.keys(constants.kinds); // of these rules, whatever a stranger's header says
    const { lines } = constants.maps[header.config.map];
    this.world = [lines[0].length * constants.tile, lines.length * constants.tile];
    this.inTeams = header.config.mode === "teams";
    this.columns = constants.story.columns;
    this.weights = constants.story.marks;
    this.memorySeconds = constants.story.memory_seconds;
  }

  // As `config_text` of game/match.py.
  title() {
    const { map, mode, score_limit: limit, seconds } = this.header.config;
    return `${map}, ${mode}, first to ${limit}, ${clock(seconds, 1, 0)}`;
  }

  // --- events ---

  tell(event) {
    const { actor, target, amount } = event;
    const { items, story } = this.constants;
    const kind = this.kind(event);
    const item = items[event.item];
    const who = () => this.#player(actor);
    const whom = () => this.#player(target);
    switch (kind) {
      case "match_end":
        if (actor === this.constants.nobody) return [["the match ends in a draw", "outcome", -1]];
        return [this.inTeams ? [story.teams[actor % 2], "team", actor] : who(), [` wins with ${amount}`, "outcome", -1]];
      case "drop":
        return [whom(), plain(`  drops ${item}, worth ${amount}`)];
      case "death":
        return actor === target ? [who(), plain(" blew up")] : [who(), plain(`  ${item}  `), whom()];
      case "hit":
      case "critical":
        return [who(), plain(`  ${item} hits  `), whom(), [`  ${amount}${kind === "critical" ? "!" : ""}`, "harm", -1]];
      case "assist":
        return [who(), plain("  helped to kill  "), whom(), [`  +${amount}`, "gain", -1]];
      case "crown":
        return [who(), plain("  takes the crown of  "), whom(), [`  +${amount}`, "honour", -1]];
      case "purchase":
        return [who(), plain("  bought "), [item, "gain", -1]];
      default: {
        const [deed, role] = story.deeds[kind];
        return [who(), [`  ${deed.replace("{item}", item).replace("{amount}", amount)}`, role, -1]];
      }
    }
  }

  #player(seat) {
    return [this.names[seat] ?? "nobody", "player", seat]; // a clip of a stranger may have bullets of seats that are empty
  }

  feed(events) {
    const news = [];
    let death = null;
    for (const event of events) {
      const kind = this.kind(event);
      // A crown and an assist stand after the death that they belong to.
      if (kind === "crown" && death) death.crown = event.amount;
      if (kind === "assist" && death) death.assists.push(this.names[event.actor]);
      if (!this.constants.story.news.includes(kind)) continue;
      const line = { event, assists: [], crown: 0 };
      if (kind === "death") death = line;
      news.push(line);
    }
    return news.reverse().map(({ event, assists, crown }) => {
      const parts = this.tell(event);
      if (assists.length && event.actor !== event.target) parts.push(plain(`  with ${assists.join(" and ")}`));
      if (crown) parts.push([`  crown +${crown}`, "honour", -1]);
      return { tick: event.tick, parts };
    });
  }

  playersOf(event) {
    if (this.kind(event) === "match_end") return [];
    return [event.actor, event.target].filter((seat) => seat !== this.constants.nobody);
  }

  placeOf({ x, y }) {
    return x || y ? [x, y] : null;
  }

  // --- states ---

  place(state, seat) {
    const { x, y } = state.players[seat];
    const { subpixels } = this.constants;
    return x || y ? [x / subpixels, y / subpixels] : null;
  }

  standings(state) {
    const rows = this.names.map((_, player) => {
      const { score, kills, deaths, team, health } = state.players[player];
      return { player, cells: [score, kills, deaths].map(String), team, alive: health > 0 };
    });
    const { scores } = state;
    return rows.sort(
      (one, other) =>
        scores[other.team] - scores[one.team] ||
        one.team - other.team ||
        other.cells[0] - one.cells[0] ||
        one.player - other.player,
    );
  }

  // Who wears the crown: whoever leads alone. null if nobody does.
  crowned(state) {
    if (this.inTeams) return null;
    let leader = null;
    let best = -Infinity;
    let second = -Infinity;
    for (let seat = 0; seat < this.names.length; seat++) {
      const { score } = state.players[seat];
      if (score > best) [leader, best, second] = [seat, score, best];
      else if (score > second) second = score;
    }
    return best >= second + this.constants.crown_lead ? leader : null;
  }

  details(state, seat) {
    const { health, armour, gold, weapon, magazine, reserve, streak } = state.players[seat];
    const left = reserve[weapon];
    const rounds = left === this.constants.endless ? "endless" : left;
    return [
      `health ${health}   armour ${armour}   gold ${gold}`,
      `${this.constants.items[weapon]}  ${magazine[weapon]} / ${rounds}   streak ${streak}`,
    ];
  }

  inputs({ buttons, x, y, item }) {
    const { items, story, buttons: bits } = this.constants;
    const isUsing = Boolean(buttons & bits.USE);
    const used = isUsing && item > 0 && item < items.length ? items[item] : "use";
    const held = story.keys.map(([label, bit]) => [label, Boolean(buttons & bit)]);
    return [...held, [used, isUsing], [`${x},${y}`, false]];
  }

  // --- what it comes to ---

  lines(state) {
    const scores = this.names.map((_, seat) => state.players[seat].score);
    const sum = (team) => scores.reduce((total, score, seat) => total + (seat % 2 === team ? score : 0), 0);
    return this.inTeams ? [sum(0), sum(1)] : scores;
  }

  resultText(state) {
    const { players, winners } = resultOf(state, this.header);
    if (!winners.length) return "left before the end";
    const names = winners.map((seat) => this.names[seat]).join(" and ");
    const isDraw = new Set(winners.map((seat) => players[seat].team)).size > 1;
    const outcome = isDraw ? "a draw" : `${names} ${winners.length > 1 ? "win" : "wins"}`;
    const points = players.map(({ score }) => score).sort((one, other) => other - one);
    return `${outcome}   ${points.join(" : ")}`;
  }
}

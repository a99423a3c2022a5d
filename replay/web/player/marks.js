// What matters in a match, by tick: events that the look gives a weight, and the recording's own markers. And how busy it is.

import { plainText } from "./look.js";

export class Marks {
  constructor(look, source) {
    this.look = look;
    this.rate = source.rate;
    this.start = source.start;
    this.last = source.ticks;
    this.own = (source.recording?.markers ?? source.markers ?? []).map(({ tick, text }) => ({
      tick,
      text,
      kind: "",
      weight: 3,
      players: [],
    }));
    this.list = [...this.own].sort((one, other) => one.tick - other.tick);
    this.fresh = [];
    this.busy = []; // by second
    this.counts = new Map(); // by kind
  }

  // Events come in order, chunk by chunk.
  take(events) {
    for (const event of events) {
      const kind = this.look.kind(event);
      const weight = this.look.weights[kind];
      if (!weight) continue;
      this.fresh.push({ tick: event.tick, event, kind, weight, players: this.look.playersOf(event) });
      this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
      const second = Math.floor((event.tick - this.start) / this.rate);
      if (second < 0 || event.tick > this.last) continue; // a clip may begin with a state that has another tick
      this.busy[second] = (this.busy[second] ?? 0) + weight;
    }
  }

  all() {
    if (this.fresh.length) {
      this.list = this.list.concat(this.fresh).sort((one, other) => one.tick - other.tick);
      this.fresh = [];
    }
    return this.list;
  }

  text(mark) {
    return mark.text ?? plainText(this.look.tell(mark.event));
  }

  // The marks of ticks first..last.
  between(first, last) {
    const list = this.all();
    return list.slice(this.index(first), this.index(last + 1));
  }

  // How many marks lie before a tick.
  index(tick) {
    const list = this.all();
    let [low, high] = [0, list.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle].tick < tick) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  // The next (1) or previous (-1) mark that matters, of a player if one is given.
  neighbour(tick, direction, seat = null) {
    const matters = (mark) => mark.weight > 1 && (seat === null || !mark.players.length || mark.players.includes(seat));
    const list = this.all();
    return direction > 0 ? list.slice(this.index(tick + 1)).find(matters) : list.slice(0, this.index(tick)).findLast(matters);
  }

  bookmark(tick) {
    const text = `bookmark ${this.own.length + 1}`;
    this.own.push({ tick, text, kind: "", weight: 3, players: [] });
    this.list = [...this.all(), this.own.at(-1)].sort((one, other) => one.tick - other.tick);
    return text;
  }
}

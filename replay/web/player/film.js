// A recording of a game that no browser runs: what re-simulating it at export gave. To the page it is a source like `Simulation`,
// but it proves nothing: it says what the verifier said then.

import { fromBase64 } from "./bytes.js";
import { inflate } from "./inflate.js";
import { Look } from "./look.js";
import { Reel, Strip } from "./reel.js";

// What a page carries. `told`: deflated JSON and its size; `parts`: the pictures; `recording`: for those who prove it themselves.
export function openFilm({ told, size, parts, recording }) {
  const data = JSON.parse(new TextDecoder().decode(inflate(fromBase64(told), size)));
  const blobs = parts.map((part) => new Blob([fromBase64(part)], { type: data.film.kind }));
  const source = new Film(data, blobs);
  source.bytes = fromBase64(recording);
  return { source, look: new FilmLook(source) };
}

export class Film {
  constructor(data, blobs) {
    const { header, start_tick: start, ticks } = data;
    Object.assign(this, { data, blobs, header, start, ticks, done: ticks, bad: null });
    this.isFilm = true;
    this.rate = header.ticks_per_second;
    this.players = header.players.length;
    this.markers = data.markers.map(([tick, text]) => ({ tick, text }));
    header.chunk_ticks = this.rate; // the page is told of the match second by second
    this.told = data.events.map(([tick, kind, players, parts, place]) => ({ tick, kind, players, parts, place }));
    this.news = data.news.map((line) => (typeof line === "number" ? this.told[line] : { tick: line[0], parts: line[1] }));
    this.tables = new Map();
  }

  // --- what the exporter's verifier said ---

  get verdict() {
    if (this.broken) return { mood: "bad", text: "this page is broken", detail: this.broken };
    const { verdict, message, first_bad_tick: bad, at_ms: when, by, notes } = this.data.verdict;
    const name = this.data.film ? "recorded pictures" : "recorded fields";
    const date = new Date(when).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
    const said = `Not computed in this browser: ${name} of ${by}, whose verifier said on ${date}: ${this.sentence(verdict, bad)}`;
    const detail = [said, message, ...notes, "The recording is in this page, to be saved and verified"].filter(Boolean).join(". ");
    if (verdict === "ok" || verdict === "incomplete") return { mood: "unknown", text: name, detail };
    return { mood: "bad", text: `recorded, ${bad === null ? verdict : `diverged at tick ${bad}`}`, detail };
  }

  sentence(verdict, bad) {
    const { digests_compared: digests, hashes_compared: hashes } = this.data.verdict;
    const number = (value) => value.toLocaleString("en");
    if (verdict === "ok") return `verified, ${number(digests)} ticks and ${number(hashes)} hashes compared`;
    return verdict === "diverged" && bad !== null ? `it differs from the recording from tick ${number(bad)} on` : verdict;
  }

  get firstBadTick() {
    return this.data.verdict.first_bad_tick;
  }

  fail(error) {
    this.broken = error.message || String(error);
    this.done = this.ticks;
  }

  // All of it is there at once; `each` hears of every second as if it were only done.
  async survey(each, paint) {
    for (let index = 0; this.start + index * this.rate < this.ticks; index++) {
      const first = this.start + index * this.rate;
      const count = Math.min(this.rate, this.ticks - first);
      this.done = first + count;
      each({ first, count }, index);
    }
    paint();
  }

  get newest() {
    return this.state(this.done);
  }

  // --- looking around ---

  // What is known of the moment at or before a tick.
  state(tick) {
    const { step_ticks: step } = this.data;
    const last = Math.ceil((this.ticks - this.start) / step);
    const number = tick >= this.ticks ? last : Math.floor((tick - this.start) / step);
    return { tick, number, isLast: number === last };
  }

  // Fields by their paths.
  table(tick) {
    const { every, columns } = this.data.fields;
    const { number, isLast } = this.state(tick);
    const seen = isLast ? number : Math.floor(number / every) * every;
    if (!this.tables.has(seen)) {
      if (this.tables.size > 8) this.tables.delete(this.tables.keys().next().value);
      const rows = Object.entries(columns).map(([path, column]) => [path, valueAt(column, seen)]);
      this.tables.set(seen, new Map(rows.filter(([, value]) => value !== null)));
    }
    return this.tables.get(seen);
  }

  // The events of the ticks first..stop-1, in order.
  events(first, stop) {
    return within(this.told, first, stop);
  }

  eventsOf(index) {
    const first = this.start + index * this.rate;
    return this.events(first, first + this.rate);
  }

  // What a player did in the tick that leads to `tick`: labels, each lit or not; null if the game has none.
  inputs(tick, seat) {
    const { labels, seats } = this.data.inputs;
    const line = seats[seat] ? valueAt(seats[seat], Math.max(tick - 1, this.start)) : null;
    return line === null ? null : labels[line];
  }
}

// The index of the last of sorted values (every `step`-th of a list, or a field of its parts) that is not above; -1 if all are.
function before(list, wanted, step, name = null) {
  let [low, high] = [0, list.length / step];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((name === null ? list[middle * step] : list[middle][name]) <= wanted) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

// Of things by tick, in order, those of the ticks first..stop-1.
function within(list, first, stop) {
  return list.slice(before(list, first - 1, 1, "tick") + 1, before(list, stop - 1, 1, "tick") + 1);
}

// Out of [from, value, from, value ...]: what holds at a moment; null before the first.
function valueAt(column, moment) {
  const index = before(column, moment, 2);
  return index < 0 ? null : column[2 * index + 1];
}

export class FilmLook extends Look {
  constructor(film) {
    super({ header: film.header });
    const { look, film: pictures } = film.data;
    Object.assign(this, { film, given: look, pictures, again: null });
    this.hasPicture = pictures !== null;
    this.world = look.world;
    this.columns = look.columns;
    this.memorySeconds = look.memory_seconds;
    this.weights = look.weights;
  }

  attend(app) {
    if (!this.hasPicture) return;
    const { film, pictures } = this;
    const open = (ready) =>
      pictures.kind.startsWith("video/") ? new Reel(film.blobs[0], pictures, ready) : new Strip(film.blobs, ready);
    this.reel = open(() => app.invalidate());
    this.smallReel = open(() => this.again?.()); // for the seek bar, which looks elsewhere
    const { transport } = app;
    this.speed = () => (transport.playing && transport.direction > 0 ? transport.speed * film.rate : 0); // ticks a second
  }

  title() {
    return this.header.config_text || super.title();
  }

  draw(ctx, scene) {
    if (!this.hasPicture) return;
    const { small } = scene.options;
    if (small) this.again = () => this.paint(ctx, scene, this.smallReel, 0);
    if (small) this.again();
    else this.paint(ctx, scene, this.reel, this.speed());
  }

  // The picture of a moment, where the camera sees the world.
  paint(ctx, { camera, time }, reel, speed) {
    const { first_tick: first, step_ticks: step } = this.pictures;
    const picture = reel.picture(Math.max(time - first, 0) / step, speed / step);
    if (!picture) return;
    const [left, top] = camera.toScreen(0, 0);
    ctx.save();
    ctx.beginPath();
    ctx.rect(...camera.area);
    ctx.clip();
    ctx.drawImage(picture, left, top, this.world[0] * camera.scale, this.world[1] * camera.scale);
    ctx.restore();
  }

  colour(seat) {
    return this.given.colours[seat] ?? super.colour(seat);
  }

  shape(seat) {
    return this.given.shapes[seat] ?? super.shape(seat);
  }

  teamColour(team) {
    return this.given.part_colours[`team:${team}`] ?? this.colour(team);
  }

  graphColour(index) {
    return this.given.graph_colours[index] ?? super.graphColour(index);
  }

  mark(kind) {
    const given = this.given.marks[kind];
    return given ? { shape: given[0], colour: given[1] } : super.mark(kind);
  }

  partColour(part) {
    return this.given.part_colours[`${part[1]}:${part[2]}`] ?? super.partColour(part);
  }

  tell(event) {
    return event.parts;
  }

  playersOf(event) {
    return event.players;
  }

  placeOf(event) {
    return event.place;
  }

  // Newest first, of the ticks that these events span: what is news was found out at export.
  feed(events) {
    if (!events.length) return [];
    const { film } = this;
    return within(film.news, events[0].tick, events.at(-1).tick + 1).reverse();
  }

  standings({ number }) {
    const rows = valueAt(this.film.data.standings, number) ?? [];
    return rows.map(([player, cells, team, alive]) => ({ player, cells, team, alive }));
  }

  lines({ tick }) {
    const { graph } = this.film.data;
    const index = graph ? Math.max(before(graph.ticks, tick, 1), 0) : 0;
    return graph ? graph.lines.map((line) => line[index]) : [];
  }

  details({ number }, seat) {
    const column = this.film.data.details[seat];
    return (column && valueAt(column, number)) ?? [];
  }

  place({ number }, seat) {
    return this.film.data.places[number]?.[seat] ?? null;
  }

  inputs(labels) {
    return labels;
  }

  resultText({ tick }) {
    return tick === this.film.ticks ? this.given.result : "";
  }
}

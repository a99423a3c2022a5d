// One open recording: proves it while it can be watched already, and keeps every part of the page right.

import { actionsOf } from "./commands.js";
import { Director } from "./director.js";
import { at, refill, save, setText } from "./dom.js";
import { Inspector } from "./inspector.js";
import { legend } from "./lanes.js";
import { clock } from "./look.js";
import { Marks } from "./marks.js";
import { Graph, ScoreTable, showFeed } from "./panels.js";
import { Stage } from "./stage.js";
import { Timeline } from "./timeline.js";
import { Transport, parseTime } from "./transport.js";

const LEAD_SECONDS = 1.5; // before a mark
const SAY_MS = 1800;
const PANEL_MS = 90; // between two looks at the panels of a running match
const HASH_MS = 500;
const LONGEST_FRAME = 0.1;

export class App {
  constructor(source, look, name) {
    Object.assign(this, { source, look, name, header: look.header, samples: [], theme: "dark", tab: "match" });
    this.closing = new AbortController();
    for (const id of ["feed", "legend", "fields-table"]) delete at(id).$key; // what stands there belongs to the recording before
    this.switches = { inputs: false, shake: true, hidden: false };
    this.transport = new Transport(source);
    this.director = new Director(look, source.rate);
    this.marks = new Marks(look, source);
    this.stage = new Stage(this, at("stage"));
    this.timeline = new Timeline(this, {
      bar: at("bar"),
      canvas: at("lanes"),
      tip: at("tip"),
      picture: at("tip-picture"),
      words: at("tip-words"),
    });
    this.table = new ScoreTable(this, at("table"));
    this.graph = new Graph(this, at("graph"));
    const parts = {
      root: at("fields"),
      search: at("search"),
      table: at("fields-table"),
      chart: at("chart"),
      caption: at("chart-caption"),
    };
    this.inspector = new Inspector(this, parts);
    this.actions = actionsOf(this);
    this.isDirty = true;
    this.before = this.panelsAt = this.newsAt = 0;
    this.frame = this.frame.bind(this);
    look.attend(this);
  }

  get reduced() {
    return matchMedia("(prefers-reduced-motion: reduce)").matches;
  }

  // For listeners: they go with the recording.
  get signal() {
    return this.closing.signal;
  }

  get isOpen() {
    return !this.signal.aborted;
  }

  close() {
    this.closing.abort();
    clearTimeout(this.linkTimer);
    clearTimeout(this.sayTimer);
  }

  // isOwn: whether it is the page's own recording, to which a link to a moment belongs.
  begin(isOwn) {
    delete document.documentElement.dataset.verdict;
    setText(at("say"), "");
    setText(at("game"), this.header.game);
    setText(at("title"), this.look.title());
    document.title = `${this.header.game}: ${this.look.names.join(", ")}`.slice(0, 120);
    document.body.classList.toggle("no-picture", !this.look.hasPicture);
    if (!this.look.hasPicture) this.tab = "inspector";
    if (isOwn) this.readLink();
    this.transport.playing = !this.reduced;
    this.showTab(this.tab);
    requestAnimationFrame(this.frame);
    return this.survey();
  }

  // Prove it, and gather what the bar and the graph show.
  async survey() {
    try {
      await this.source.survey(
        (chunk, index) => {
          this.marks.take(this.source.eventsOf(index));
          this.samples.push({ tick: this.source.done, lines: this.look.lines(this.source.newest) });
        },
        () => this.hasNews(),
        () => this.isOpen,
      );
    } catch (error) {
      this.source.fail(error);
    }
    if (!this.isOpen) return;
    this.invalidate();
    performance.mark("proved");
    // For whoever drives the page: once the verdict is on it too.
    requestAnimationFrame(() => {
      if (this.isOpen) document.documentElement.dataset.verdict = this.source.verdict.mood;
    });
  }

  // Something was proved: that need not be seen at once.
  hasNews() {
    const now = performance.now();
    if (now - this.newsAt < PANEL_MS) return;
    this.newsAt = now;
    this.invalidate();
  }

  // --- frames ---

  invalidate() {
    if (this.isDirty) return;
    this.isDirty = true;
    requestAnimationFrame(this.frame);
  }

  frame(now) {
    if (!this.isOpen) return;
    const seconds = Math.min((now - this.before) / 1000, LONGEST_FRAME);
    this.before = now;
    const moved = this.transport.advance(seconds) || this.director.mode === "auto";
    this.isDirty = false;
    this.draw(seconds, now);
    if (!performance.getEntriesByName("picture").length) performance.mark("picture");
    if (moved) this.invalidate(); // a paused picture costs nothing
  }

  draw(seconds, now) {
    if (this.look.hasPicture) this.stage.draw(seconds);
    else this.transport.jumped = false;
    this.timeline.draw();
    this.showControls();
    const isRunning = this.transport.playing && !this.timeline.drag;
    if (isRunning && now - this.panelsAt < PANEL_MS) return;
    this.panelsAt = now;
    this.showPanels();
    clearTimeout(this.linkTimer);
    if (!isRunning) this.linkTimer = setTimeout(() => this.writeLink(), HASH_MS);
  }

  // The picture of a moment, as data.
  scene(time, camera = null, options = {}) {
    const { source, look, director } = this;
    const tick = Math.min(Math.floor(time), source.done);
    const before = source.state(tick);
    const after = time > tick && tick < source.done ? source.state(tick + 1) : before;
    const events = source.events(tick - look.memorySeconds * source.rate, tick);
    return { camera, before, after, alpha: time - tick, time, events, follow: director.seat, options };
  }

  showControls() {
    const { transport, source } = this;
    document.body.classList.toggle("playing", transport.playing);
    document.body.classList.toggle("bare", this.switches.hidden);
    at("play").setAttribute("aria-label", transport.playing ? "pause" : "play");
    at("inputs").setAttribute("aria-pressed", String(this.switches.inputs));
    const moment = clock(transport.tick, source.rate);
    setText(at("clock"), moment.slice(0, -3));
    setText(at("hundredths"), moment.slice(-3));
    setText(at("whole"), clock(source.ticks, source.rate, 0));
    setText(at("tick"), `tick ${transport.tick} / ${source.ticks}`);
    setText(at("speed"), `${transport.direction < 0 ? "-" : ""}${transport.speed}x`);
    const { mood, text, detail } = source.verdict;
    at("verdict").dataset.mood = mood;
    at("verdict").title = detail;
    at("verdict").classList.toggle("leads", source.firstBadTick !== null);
    setText(at("verdict-text"), text);
    setText(at("verdict-detail"), detail);
  }

  showPanels() {
    if (this.tab === "match") {
      this.table.show();
      showFeed(this, at("feed"));
      this.graph.draw();
      const kinds = this.timeline.lanes().flat();
      const counts = kinds.map((kind) => [kind, this.marks.counts.get(kind)]);
      refill(at("legend"), JSON.stringify([counts, this.marks.own.length, this.theme]), () => legend(this, kinds));
    } else this.inspector.show();
    const { playing, position } = this.transport;
    if (!playing) at("stage").setAttribute("aria-label", this.stage.describe());
    const result = position >= this.source.ticks ? this.look.resultText(this.source.state(this.source.ticks)) : "";
    at("outcome").hidden = !result;
    setText(at("outcome"), result);
  }

  // --- asking ---

  run(name) {
    this.actions[name]();
    this.invalidate();
  }

  say(text) {
    clearTimeout(this.sayTimer);
    setText(at("say"), text);
    this.sayTimer = setTimeout(() => setText(at("say"), ""), SAY_MS);
  }

  goTo(tick, lead = LEAD_SECONDS) {
    this.transport.jump(tick - lead * this.source.rate);
    this.invalidate();
  }

  goToMark(direction) {
    const lead = LEAD_SECONDS * this.source.rate;
    const mark = this.marks.neighbour(this.transport.tick + lead, direction, this.director.seat);
    if (!mark) return this.say(direction > 0 ? "no marker after this" : "no marker before this");
    this.goTo(mark.tick);
    return this.say(this.marks.text(mark));
  }

  follow(seat) {
    this.director.follow(seat);
    this.say(seat === null ? "everyone" : this.look.names[seat]);
    this.invalidate();
  }

  followBy(step) {
    const count = this.look.names.length;
    const { seat } = this.director;
    this.follow(seat === null ? (step > 0 ? 0 : count - 1) : (seat + step + count) % count);
  }

  // Esc: what is open goes first, then the camera.
  letGo() {
    if (this.timeline.cancel()) return;
    this.director.free();
  }

  showTab(name) {
    this.tab = name;
    document.body.classList.toggle("inspecting", name === "inspector" && this.look.hasPicture);
    for (const tab of document.querySelectorAll("[role=tab]")) {
      const isShown = tab.dataset.tab === name;
      tab.setAttribute("aria-selected", String(isShown));
      tab.tabIndex = isShown ? 0 : -1;
      at(tab.getAttribute("aria-controls")).hidden = !isShown;
    }
    this.panelsAt = 0;
    this.invalidate();
  }

  toggleHelp() {
    const card = at("help-card");
    if (card.open) card.close();
    else card.showModal();
  }

  askTime() {
    at("go-card").showModal();
    at("go-time").select();
  }

  toggleFullScreen() {
    const asked = document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen?.();
    asked?.catch(() => this.say("full screen is not allowed here"));
  }

  savePicture() {
    at("stage").toBlob((blob) => save(`${this.name.replace(/\.replay$/, "")}-${this.transport.tick}.png`, blob));
  }

  saveRecording() {
    if (this.source.bytes) save(this.name, new Blob([this.source.bytes]));
    else this.say("this page holds pictures, not the recording");
  }

  // --- the link to this moment: #t=1:20.5&follow=Ada ---

  readLink() {
    const asked = new URLSearchParams(location.hash.slice(1));
    const tick = parseTime(asked.get("t") ?? "", this.source) ?? this.begins;
    if (tick !== null && tick !== undefined) this.transport.place(tick);
    const seat = this.look.names.indexOf(asked.get("follow"));
    if (seat >= 0) this.director.follow(seat);
  }

  writeLink() {
    const asked = new URLSearchParams({ t: `${(this.transport.tick / this.source.rate).toFixed(2)}s` });
    if (this.director.seat !== null) asked.set("follow", this.look.names[this.director.seat]);
    try {
      history.replaceState(null, "", `#${asked}`);
    } catch {
      // Some browsers do not allow it for a file.
    }
  }
}

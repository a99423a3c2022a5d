// Beside the picture: score table, graph of the score, feed.

import { fitCanvas, make, refill, setText, themed } from "./dom.js";
import { clock, css, drawShape, mix } from "./look.js";

const FEED_SECONDS = 12;
const FEED_LINES = 8;

// A colour that reads on the ground of the theme.
function readable(app, colour) {
  return css(app.theme === "light" ? mix(colour, [0, 0, 0], 0.42) : colour);
}

function badge(app, seat) {
  const canvas = make("canvas", { width: 28, height: 28, class: "shape", "aria-hidden": "true" });
  const ctx = canvas.getContext("2d");
  ctx.fillStyle = readable(app, app.look.colour(seat));
  drawShape(ctx, app.look.shape(seat), 14, 14, 11);
  return canvas;
}

// The score table. Rows are kept: in a jump only their words and their order are others.
export class ScoreTable {
  constructor(app, table) {
    this.app = app;
    this.head = make("thead");
    this.body = make("tbody");
    this.rows = new Map();
    table.replaceChildren(this.head, this.body);
  }

  show() {
    const { app } = this;
    const { look, source, transport, director } = app;
    const told = look.standings(source.state(transport.tick));
    const rows = told.length ? told : look.names.map((_, player) => ({ player, cells: [] }));
    const titles = ["player", ...(told.length ? look.columns : [])];
    refill(this.head, titles.join(), () => [make("tr", {}, ...titles.map((text) => make("th", { scope: "col", text })))]);
    if (this.theme !== app.theme) this.rows.clear();
    this.theme = app.theme;
    for (const { player, cells, alive } of rows) {
      const { row, button } = this.row(player, cells.length);
      const isFollowed = director.seat === player;
      cells.forEach((text, index) => setText(row.cells[index + 1], text));
      row.className = `${alive === false ? "dead" : ""} ${isFollowed ? "followed" : ""}`;
      button.setAttribute("aria-pressed", String(isFollowed));
    }
    refill(this.body, `${this.theme} ${rows.map(({ player }) => player)}`, () =>
      rows.map(({ player }) => this.rows.get(player).row),
    );
  }

  row(player, cells) {
    if (!this.rows.has(player)) {
      const { app } = this;
      const { name, kind } = app.header.players[player];
      const follow = () => app.follow(app.director.seat === player ? null : player);
      const words = { type: "button", class: "player", title: `${kind}: follow`, onclick: follow };
      const button = make("button", words, badge(app, player), make("bdi", { text: name }));
      const row = make("tr", {}, make("th", { scope: "row" }, button), ...Array.from({ length: cells }, () => make("td")));
      this.rows.set(player, { row, button });
    }
    return this.rows.get(player);
  }
}

export function showFeed(app, list) {
  const { look, source, transport } = app;
  const { tick } = transport;
  const news = look.feed(source.events(tick - FEED_SECONDS * source.rate, tick)).slice(0, FEED_LINES);
  refill(list, JSON.stringify([news, app.theme]), () =>
    news.map(({ tick: when, parts }) =>
      make(
        "li",
        {},
        make("button", {
          type: "button",
          class: "when",
          text: clock(when, source.rate, 0),
          title: "go there",
          onclick: () => app.goTo(when),
        }),
        make("span", {}, ...parts.map((part) => sentencePart(app, part))),
      ),
    ),
  );
}

function sentencePart(app, part) {
  const element = make("bdi", { text: part[0] });
  if (part[1]) element.style.color = readable(app, app.look.partColour(part));
  return element;
}

// The score over the whole match.
export class Graph {
  constructor(app, canvas) {
    Object.assign(this, { app, canvas, layer: document.createElement("canvas"), key: "" });
  }

  toX(tick) {
    const { start, ticks } = this.app.source;
    return ((tick - start) / Math.max(ticks - start, 1)) * this.canvas.width;
  }

  draw() {
    const { app, canvas, layer } = this;
    const { samples } = app;
    canvas.parentElement.hidden = !samples[0]?.lines.length;
    if (canvas.parentElement.hidden || !canvas.clientWidth) return;
    const { ctx, share } = fitCanvas(canvas);
    const key = [canvas.width, canvas.height, samples.length, app.theme].join();
    if (key !== this.key) this.drawLayer(share, (this.key = key));
    ctx.clearRect(0, 0, canvas.width, canvas.height);
    ctx.drawImage(layer, 0, 0);
    ctx.fillStyle = themed("ink");
    ctx.fillRect(this.toX(app.transport.position) - share / 2, 0, share, canvas.height);
  }

  // All but where we are: an hour has thousands of points.
  drawLayer(share) {
    const { app, canvas, layer } = this;
    const { samples, look } = app;
    const { width, height } = Object.assign(layer, { width: canvas.width, height: canvas.height });
    const ctx = layer.getContext("2d");
    let [low, high] = [0, 1];
    for (const { lines } of samples) [low, high] = [Math.min(low, ...lines), Math.max(high, ...lines)];
    const toY = (value) => height - 4 * share - ((value - low) / (high - low)) * (height - 10 * share);
    ctx.strokeStyle = themed("line");
    ctx.lineWidth = share;
    ctx.beginPath();
    for (const part of [0.25, 0.5, 0.75]) {
      ctx.moveTo(0, Math.round(part * height) + 0.5);
      ctx.lineTo(width, Math.round(part * height) + 0.5);
    }
    ctx.stroke();
    const step = Math.max(1, Math.floor(samples.length / width));
    for (const line of samples[0].lines.keys()) {
      ctx.beginPath();
      for (let index = 0; index < samples.length; index += step)
        ctx.lineTo(this.toX(samples[index].tick), toY(samples[index].lines[line]));
      ctx.lineTo(this.toX(samples.at(-1).tick), toY(samples.at(-1).lines[line]));
      ctx.strokeStyle = readable(app, look.graphColour(line));
      ctx.lineWidth = 1.6 * share;
      ctx.stroke();
    }
  }
}

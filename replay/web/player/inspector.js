// Any game's state by the names of its fields: a column for each player, a row for each field, and a chart of one over time.

import { fitCanvas, make, refill, setText, themed } from "./dom.js";
import { clock } from "./look.js";

const ROW = /^(.+)\[(\d+)\]\.(.+)$/;
const MOST_ROWS = 400;
const CHART_POINTS = 240;

export class Inspector {
  constructor(app, { root, search, table, chart, caption }) {
    Object.assign(this, { app, root, search, table, chart, caption, chosen: null, key: "" });
    const { signal } = app;
    chart.parentElement.hidden = true;
    search.addEventListener("input", () => app.invalidate(), { signal });
    chart.addEventListener(
      "click",
      (event) => {
        const { source } = app;
        app.goTo(source.start + (event.offsetX / chart.clientWidth) * (source.ticks - source.start), 0);
      },
      { signal },
    );
  }

  show() {
    const { app } = this;
    const { tick } = app.transport;
    const now = app.source.table(tick);
    const before = app.source.table(Math.max(tick - 1, app.source.start));
    const wanted = this.search.value.trim().toLowerCase();
    const [columns, rest] = this.grouped(now);
    const matches = (name) => name.toLowerCase().includes(wanted);
    const rows = [...columns].filter(([name]) => matches(name));
    const others = rest.filter(([path]) => matches(path)).slice(0, MOST_ROWS);
    const changed = (path) => now.get(path) !== before.get(path);
    const shape = JSON.stringify([rows.map(([name]) => name), others.map(([path]) => path), app.header.players, this.chosen]);
    refill(this.table, shape, () => this.build(rows, others));
    for (const [path, cell] of this.cells) {
      setText(cell, String(now.get(path)));
      cell.classList.toggle("changed", changed(path));
    }
    if (this.chosen !== null) this.drawChart();
  }

  // Fields of the array that has a row for each player, by name; and all others.
  grouped(values) {
    const { players } = this.app.header;
    const columns = new Map();
    const rest = [];
    for (const [path, value] of values) {
      const [, array, row, name] = ROW.exec(path) ?? [];
      if (array === "players" && Number(row) < players.length) {
        if (!columns.has(name)) columns.set(name, []);
        columns.get(name)[Number(row)] = path;
      } else if (array !== "players") rest.push([path, value, array && `${array}[${row}]`]);
    }
    // Of other arrays only rows in which there is anything.
    const used = new Set(rest.filter(([, value]) => Number(value) !== 0).map(([, , row]) => row));
    return [columns, rest.filter(([, , row]) => !row || used.has(row))];
  }

  build(rows, others) {
    this.cells = [];
    const cell = (path, tag = "td") => {
      const element = make(tag, {
        class: path === this.chosen ? "chosen" : null,
        tabindex: "0",
        title: `${path}: chart`,
        onclick: () => this.choose(path),
      });
      element.addEventListener("keydown", (event) => event.key === "Enter" && this.choose(path));
      this.cells.push([path, element]);
      return element;
    };
    const names = this.app.look.names;
    const head = make(
      "tr",
      {},
      make("th", { scope: "col", text: "field" }),
      ...names.map((name) => make("th", { scope: "col" }, make("bdi", { text: name }))),
    );
    const line = ([name, ...paths]) => make("tr", {}, make("th", { scope: "row", text: name }), ...paths.map((path) => cell(path)));
    const players = rows.map(([name, paths]) => line([name, ...paths]));
    const single = others.map(([path]) => line([path, path]));
    // Two tables: the width of a column of one is not that of the other.
    const first = make("table", {}, make("thead", {}, head), make("tbody", {}, ...players));
    return [...(rows.length ? [first] : []), make("table", {}, make("tbody", {}, ...single))];
  }

  choose(path) {
    this.chosen = this.chosen === path ? null : path;
    this.chart.parentElement.hidden = this.chosen === null;
    this.app.invalidate();
  }

  // The chosen field over the whole match; a click goes there.
  drawChart() {
    const { app, chart, chosen } = this;
    const { source } = app;
    const { ctx, share } = fitCanvas(chart);
    const key = [chosen, source.done, chart.width].join();
    if (key !== this.key) {
      this.key = key;
      const step = Math.max(1, (source.done - source.start) / CHART_POINTS);
      this.points = [];
      for (let tick = source.start; tick <= source.done; tick += step) {
        this.points.push([tick, Number(source.table(Math.floor(tick)).get(chosen))]);
      }
    }
    const values = this.points.map(([, value]) => value).filter(Number.isFinite);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const toX = (tick) => ((tick - source.start) / Math.max(source.ticks - source.start, 1)) * chart.width;
    ctx.clearRect(0, 0, chart.width, chart.height);
    ctx.strokeStyle = themed("accent");
    ctx.lineWidth = 1.5 * share;
    ctx.beginPath();
    for (const [tick, value] of this.points) {
      if (Number.isFinite(value))
        ctx.lineTo(toX(tick), chart.height - 4 - ((value - low) / (high - low || 1)) * (chart.height - 8));
    }
    ctx.stroke();
    ctx.fillStyle = themed("ink");
    ctx.fillRect(toX(app.transport.position), 0, share, chart.height);
    setText(
      this.caption,
      values.length
        ? `${chosen}: ${low} to ${high}, over ${clock(source.ticks - source.start, source.rate, 0)}`
        : `${chosen}: no number`,
    );
  }
}

// Marks on the bar: a lane for each kind, and what is near one another as one, with its count.

import { make, themed } from "./dom.js";
import { DIM, css, drawShape, mix } from "./look.js";

const HEIGHT = 13; // pixels of a lane, at least
const NEAR = 9; // pixels: marks of a lane that are nearer are one cluster
const WIDE = 22; // pixels: a cluster that is wider is two
const MOST = 5;
const RARE = 2; // marks of a kind that is not worth a lane of its own

// The kinds of each lane, from above: weighty ones first, rare ones together. Where there is no room for all of them, the last lane
// is of what one looks for. unit: how much larger letters are than on a usual screen.
export function lanesOf({ look, marks }, height, unit) {
  const kinds = [...marks.counts.keys()].sort((one, other) => look.weights[other] - look.weights[one]);
  const isRare = (kind) => marks.counts.get(kind) <= RARE;
  const rare = [...(marks.own.length ? [""] : []), ...kinds.filter(isRare)];
  const lanes = [...(rare.length ? [rare] : []), ...kinds.filter((kind) => !isRare(kind)).map((kind) => [kind])];
  const room = Math.max(1, Math.min(MOST, Math.floor(height / (HEIGHT * unit))));
  const last = lanes.slice(room - 1).flat();
  const weighty = last.filter((kind) => !(look.weights[kind] <= 1));
  const shown = lanes.length > room && weighty.length ? weighty : last;
  return [...lanes.slice(0, room - 1), shown].filter((lane) => lane.length);
}

function clustersOf(app, kinds, { toX, range, unit }) {
  const clusters = [];
  const { seat } = app.director;
  for (const mark of app.marks.between(...range)) {
    if (!kinds.includes(mark.kind)) continue;
    const x = toX(mark.tick);
    const isMine = seat === null || !mark.players.length || mark.players.includes(seat);
    const last = clusters.at(-1);
    if (last && x - last.to < NEAR * unit && x - last.from < WIDE * unit) {
      const best = mark.weight > last.mark.weight ? mark : last.mark;
      Object.assign(last, { to: x, count: last.count + 1, isMine: last.isMine || isMine, mark: best });
    } else clusters.push({ from: x, to: x, count: 1, mark, isMine });
  }
  return clusters;
}

// place: {toX, range, unit, width}. y, height: of the lane.
export function drawLane(ctx, app, kinds, place, y, height) {
  const { unit, width } = place;
  const size = Math.min(height * 0.36, 5.5 * unit);
  Object.assign(ctx, { font: `600 ${9 * unit}px system-ui, sans-serif`, textAlign: "center", textBaseline: "middle" });
  const clusters = clustersOf(app, kinds, place);
  for (const [index, { from, to, count, mark, isMine }] of clusters.entries()) {
    const { shape, colour } = styleOf(app, mark.kind);
    ctx.fillStyle = css(colour, isMine ? 1 : 0.25);
    if (count === 1 || to - from < 2) {
      drawShape(ctx, shape, Math.min(Math.max(from, size), width - size), y, size);
      continue;
    }
    const right = Math.min(to + size, (clusters[index + 1]?.from ?? Infinity) - size - 1, width);
    const left = Math.max(from - size, 0);
    ctx.globalAlpha = isMine ? 0.55 : 1;
    ctx.beginPath();
    ctx.roundRect(left, y - size, right - left, 2 * size, size);
    ctx.fill();
    ctx.globalAlpha = 1;
    ctx.fillStyle = themed("ink");
    if (ctx.measureText(String(count)).width < right - left - 2) ctx.fillText(String(count), (left + right) / 2, y + 0.5);
  }
}

// How marks of a kind look on the ground of the theme.
function styleOf(app, kind) {
  const { shape, colour } = kind ? app.look.mark(kind) : { shape: "triangle", colour: DIM };
  return { shape, colour: app.theme === "light" ? mix(colour, [0, 0, 0], 0.3) : colour };
}

// The names of the kinds, for those who do not know the shapes.
export function legend(app, kinds) {
  return kinds.map((kind) => {
    const label = kind ? `${kind.replaceAll("_", " ")} ${app.marks.counts.get(kind)}` : `markers ${app.marks.own.length}`;
    const sample = make("canvas", { width: 24, height: 24, "aria-hidden": "true" });
    const ctx = sample.getContext("2d");
    const { shape, colour } = styleOf(app, kind);
    ctx.fillStyle = css(colour);
    drawShape(ctx, shape, 12, 12, 9);
    return make("li", {}, sample, make("span", { text: label }));
  });
}

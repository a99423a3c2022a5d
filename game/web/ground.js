// The map as a picture: painted once for each size that a camera shrinks it from. Floor, walls with a lit top, shade at their feet:
// as game/look/ground.py paints them.

import { mix } from "../../replay/web/player/look.js";
import { BLACK, Brush, nearest, sheet } from "./brush.js";
import { bell } from "./chance.js";

const SOLID = "#%";
const TINT = [0.97, 0.99, 1.04]; // of the light
const SMALLER = 3; // how often the picture is halved at most
const grounds = new Map();

// The ground of a map: maps look the same in every match.
export function groundOf(name, constants) {
  if (!grounds.has(name)) grounds.set(name, new Ground(constants.maps[name].lines, constants));
  return grounds.get(name);
}

class Ground {
  constructor(lines, constants) {
    this.constants = constants;
    this.lines = lines;
    this.rows = lines.length;
    this.columns = lines[0].length;
    this.pictures = [];
  }

  // The map so that its corner lies at a point of the canvas.
  draw(ctx, left, top, scale) {
    const { detail } = this.constants.measures;
    const { tile } = this.constants;
    // From the smallest that is large enough: shrunk to less than a half it would be grainy.
    const level = Math.min(Math.max(Math.floor(Math.log2(detail / scale) + 1e-6), 0), SMALLER);
    const [width, height] = [this.columns, this.rows].map((tiles) => nearest(tiles * tile * scale));
    ctx.drawImage((this.pictures[level] ??= this.#paint(0.5 ** level)), nearest(left), nearest(top), width, height);
  }

  isWall(column, row) {
    return SOLID.includes(this.lines[row]?.[column] ?? "#");
  }

  // share: of its full size. Forms are smooth: painted at a half they are what they would be if shrunk to it.
  #paint(share) {
    const { measures, streams, colours, tile } = this.constants;
    const size = tile * measures.detail;
    const [width, height] = [this.columns * size, this.rows * size];
    const picture = sheet(width * share, height * share);
    const ctx = picture.getContext("2d");
    ctx.scale(share, share);
    const brush = new Brush(ctx);
    const noise = bell(streams.tiles, this.rows * this.columns);
    brush.box(colours.void, 0, 0, width, height);
    for (const isWall of [false, true]) {
      for (let row = 0; row < this.rows; row++) {
        for (let column = 0; column < this.columns; column++) {
          if (this.isWall(column, row) !== isWall) continue;
          const each = noise[row * this.columns + column];
          if (isWall) this.#paintWall(brush, column, row, each);
          else this.#paintFloor(brush, column, row, each);
        }
      }
      if (!isWall) this.#shade(ctx, width, height);
    }
    return picture;
  }

  #paintFloor(brush, column, row, noise) {
    const { colours, measures, tile: tilePixels } = this.constants;
    const tile = this.lines[row][column];
    const size = tilePixels * measures.detail;
    const [x, y] = [column * size, row * size];
    const base = tile === ":" ? colours.floor_other : colours.floor;
    const shade = Math.min(Math.max(1 + noise * 0.035, 0.86), 1.14);
    brush.box(colours.grout, x, y, size, size);
    brush.round(
      base.map((part) => nearest(part * shade)),
      x + 1,
      y + 1,
      size - 2,
      size - 2,
      5,
    );
    brush.line(mix(base, [255, 255, 255], 0.06), x + 6, y + 2, x + size - 6, y + 2);
    const [middle, centre] = [x + size / 2, y + size / 2];
    if (tile === ":") {
      const reach = Math.floor(size / 5);
      const points = [
        [middle, centre - reach],
        [middle + reach, centre],
        [middle, centre + reach],
        [middle - reach, centre],
      ];
      brush.polygon(mix(base, [120, 110, 200], 0.16), points);
    } else if ((column + row) % 4 === 0 && noise > 0.4) {
      for (const dx of [10, size - 10]) for (const dy of [10, size - 10]) brush.disc(colours.grout, x + dx, y + dy, 2);
    }
    if (tile === "S") {
      brush.disc(mix(base, colours.wall_glow, 0.35), middle, centre, 24, 2);
      brush.disc(mix(base, colours.wall_glow, 0.2), middle, centre, 15, 2);
    } else if (tile === "o") {
      brush.round(mix(base, [230, 190, 90], 0.25), middle - 16, centre - 16, 32, 32, 8, 2);
    }
  }

  // Darkness at the feet of walls, light in the open and a slow fall towards the corners, multiplied onto the floor.
  #shade(ctx, right, bottom) {
    const cells = this.constants.tile / this.constants.measures.light;
    const [width, height] = [this.columns * cells, this.rows * cells];
    const walls = new Float64Array(width * height);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) walls[y * width + x] = this.isWall(Math.floor(x / cells), Math.floor(y / cells)) ? 1 : 0;
    }
    const [near, far] = [7, 26].map((reach) => blurred(walls, width, height, reach));
    const small = sheet(width, height);
    const smallCtx = small.getContext("2d");
    const pixels = smallCtx.createImageData(width, height);
    for (let place = 0; place < width * height; place++) {
      const [x, y] = [(place % width) / width - 0.5, Math.floor(place / width) / height - 0.5];
      const feet = Math.min(Math.max(1.18 - 0.75 * near[place] - 0.42 * far[place], 0.2), 1);
      const light = feet * Math.min(Math.max(1.12 - 0.42 * 1.5 ** 2 * (x ** 2 + y ** 2), 0.4), 1);
      for (let part = 0; part < 3; part++) pixels.data[4 * place + part] = Math.floor(Math.min(light * TINT[part], 1) * 255);
      pixels.data[4 * place + 3] = 255;
    }
    smallCtx.putImageData(pixels, 0, 0);
    ctx.globalCompositeOperation = "multiply";
    ctx.drawImage(small, 0.5, 0.5, width - 1, height - 1, 0, 0, right, bottom);
    ctx.globalCompositeOperation = "source-over";
  }

  // A block: its top shifted up, the face below where the floor begins, a lit edge where it meets the open.
  #paintWall(brush, column, row, noise) {
    const { colours, measures, tile } = this.constants;
    const size = tile * measures.detail;
    const rise = measures.rise * measures.detail;
    const [x, y] = [column * size, row * size];
    const isCrate = this.lines[row][column] === "%";
    const [top, edge, face] = (isCrate ? ["crate", "crate_edge", "crate_face"] : ["wall_top", "wall_edge", "wall_face"]).map(
      (name) => colours[name],
    );
    const opens = (dx, dy) => !this.isWall(column + dx, row + dy);
    const around = [-1, 0, 1].some((dx) => [-1, 0, 1].some((dy) => opens(dx, dy)));
    const shade = (1 + noise * 0.02) * (around ? 1 : 0.5);
    const height = opens(0, 1) ? size - rise : size;
    brush.box(
      top.map((part) => Math.min(nearest(part * shade), 255)),
      x,
      y,
      size,
      height,
    );
    if (opens(0, 1)) {
      brush.box(face, x, y + height, size, rise);
      brush.line(edge, x, y + height - 1, x + size, y + height - 1, 2);
      if (!isCrate) brush.line(colours.wall_glow, x, y + height + 5, x + size, y + height + 5, 2);
      brush.box(mix(face, BLACK, 0.5), x, y + size - 4, size, 4);
    }
    const light = mix(top, edge, 0.7);
    if (opens(0, -1)) brush.line(edge, x, y + 1, x + size, y + 1, 3);
    if (opens(-1, 0)) brush.line(light, x + 1, y, x + 1, y + height, 3);
    if (opens(1, 0)) brush.line(mix(top, BLACK, 0.35), x + size - 2, y, x + size - 2, y + height, 3);
    if (isCrate) {
      const [left, upper, right, lower] = [x + 8, y + 8, x + size - 8, y + height - 8];
      brush.round(mix(top, BLACK, 0.25), left, upper, right - left, lower - upper, 0, 3);
      brush.line(mix(top, edge, 0.6), left, upper, right, lower, 5);
      brush.line(mix(top, edge, 0.6), left, lower, right, upper, 5);
    } else if (around) {
      brush.round(mix(top, BLACK, 0.14), x + 9, y + 9, size - 18, Math.max(height - 18, 4), 6, 2);
    }
  }
}

// Box-blurred twice along both axes; what is outside is as the border.
function blurred(field, width, height, reach) {
  let result = field;
  for (let pass = 0; pass < 2; pass++) {
    result = blurredAlong(result, height, width, width, 1, reach);
    result = blurredAlong(result, width, height, 1, width, reach);
  }
  return result;
}

// `count` cells that lie `step` apart, `other` times, their beginnings `jump` apart.
function blurredAlong(field, count, other, step, jump, reach) {
  const half = Math.floor(reach / 2);
  const result = new Float64Array(field.length);
  const at = (start, index) => field[start + Math.min(Math.max(index, 0), count - 1) * step];
  for (let start = 0; start < other * jump; start += jump) {
    let sum = 0;
    for (let index = -half; index < reach - half; index++) sum += at(start, index);
    for (let index = 0; index < count; index++) {
      result[start + index * step] = sum / reach;
      sum += at(start, index + reach - half) - at(start, index - half);
    }
  }
  return result;
}

// Pictures of players, things and light, made once for a scale: as game/look/sprites.py has them. Light and shadow have one picture
// for all sizes and strengths; what turns (weapons, rockets) is painted as it is needed.

import { css, drawShape, mix } from "../../replay/web/player/look.js";
import { BLACK, Brush, nearest, pixelShare, sheet } from "./brush.js";
import { shares } from "./chance.js";

const FINE = 4; // points of a picture's grid for each of its pixels
const MOST_SHEETS = 400;
const SOFT = 64; // pixels of the radius of light and shadow, before they are scaled
const STEPS = 4; // sizes in a doubling, while somebody zooms
const THINNER = 0.14; // pixels by which the window's circles are thinner than they say
const CROWN = [
  [0.06, 0.9],
  [0.02, 0.2],
  [0.28, 0.5],
  [0.5, 0.06],
  [0.72, 0.5],
  [0.98, 0.2],
  [0.94, 0.9],
];
const ARMOUR = [
  [-0.8, -0.9],
  [0, -1.05],
  [0.8, -0.9],
  [0.75, 0.15],
  [0, 1.05],
  [-0.75, 0.15],
];

// Radius in whole pixels, as light has it.
function lightPixels(radius) {
  return radius < 12 ? Math.max(2, nearest(radius)) : nearest(radius / 4) * 4;
}

export class Sprites {
  #sheets = new Map();
  #blotches = new Map();
  #last = new Map(); // the scale of the last picture, of each kind of pictures
  #made = 1; // the scale that pictures are made for

  constructor(constants) {
    this.constants = constants;
  }

  // Before a picture of some kind, as large as `scale`. A scale that is only passed through gets no sprites of its own: it takes
  // those of the next of a few sizes, shrunk, so that a zoom makes few canvases.
  suit(scale, kind) {
    const isHeld = (this.#last.get(kind) ?? scale) === scale;
    this.#last.set(kind, scale);
    this.#made = isHeld ? scale : 2 ** (Math.ceil(Math.log2(scale) * STEPS) / STEPS);
  }

  // --- light: where "lighter" is how one draws ---

  glow(ctx, x, y, radius, colour, strength = 1) {
    const pixels = lightPixels(radius);
    ctx.globalAlpha = strength;
    ctx.drawImage(this.#soft(colour), nearest(x) - pixels, nearest(y) - pixels, 2 * pixels, 2 * pixels);
    ctx.globalAlpha = 1;
  }

  // An expanding circle: bright, with a faint edge on both sides.
  ring(ctx, x, y, radius, colour, strength, width) {
    const pixels = Math.max(3, nearest(radius));
    const [left, top] = [nearest(x), nearest(y)];
    for (const [reach, thick, share] of [
      [pixels, width + 2, 0.45],
      [Math.max(pixels - 1, 1), width, 0.55],
    ]) {
      ctx.globalAlpha = strength * share;
      ctx.strokeStyle = css(colour);
      ctx.lineWidth = thick - THINNER;
      ctx.beginPath();
      ctx.arc(left, top, Math.max(reach - thick / 2 - THINNER / 2, 0), 0, 2 * Math.PI);
      ctx.stroke();
    }
    ctx.globalAlpha = 1;
  }

  #soft(colour) {
    return this.#kept(`soft ${colour}`, () => softDisc((far) => Math.max(1 - far, 0) ** 2, colour));
  }

  // --- dark things ---

  shadow(ctx, x, y, radius) {
    const pixels = Math.max(2, nearest(radius));
    const dark = this.#kept("shadow", () => softDisc((far) => (Math.min(Math.max(1.25 - far * 1.25, 0), 1) * 150) / 255, null));
    ctx.drawImage(dark, nearest(x) - pixels, nearest(y) - pixels, 2 * pixels, 2 * pixels);
  }

  // A stain on the floor.
  scorch(ctx, x, y, radius, colour, level, variant) {
    const pixels = Math.max(3, nearest(radius));
    const [left, top] = [nearest(x), nearest(y)];
    ctx.fillStyle = css(colour);
    ctx.globalAlpha = (level * 13) / 255;
    ctx.beginPath();
    for (const [angle, reach, size] of this.#blotch(variant)) {
      const away = reach * pixels * 0.62;
      const [dx, dy] = [Math.cos(angle), Math.sin(angle)].map((share) => Math.trunc(pixels + share * away) - pixels);
      const blot = Math.trunc(pixels * (0.12 + 0.26 * size * (1 - reach * 0.5)));
      ctx.moveTo(left + dx + blot, top + dy);
      ctx.arc(left + dx, top + dy, blot, 0, 2 * Math.PI);
    }
    ctx.fill();
    ctx.globalAlpha = 1;
  }

  #blotch(variant) {
    if (!this.#blotches.has(variant)) {
      const { measures, streams } = this.constants;
      const drawn = shares(streams.blotches + variant, measures.blots * 3);
      const blots = Array.from({ length: measures.blots }, (_, index) => drawn.slice(3 * index, 3 * index + 3));
      this.#blotches.set(
        variant,
        blots.map(([angle, reach, size]) => [angle * 2 * Math.PI, reach, size]),
      );
    }
    return this.#blotches.get(variant);
  }

  // --- figures ---

  // What a dash leaves behind.
  ghost(ctx, x, y, colour, level, scale) {
    const odd = (nearest(22 * scale + 2) % 2) / 2;
    ctx.globalAlpha = (26 + 22 * level) / 255;
    ctx.fillStyle = css(colour);
    ctx.beginPath();
    ctx.arc(nearest(x) + odd, nearest(y) + odd, 11 * scale, 0, 2 * Math.PI);
    ctx.fill();
    ctx.globalAlpha = 1;
  }

  body(ctx, x, y, colour, shape, scale, isLit) {
    const make = (made) => bodyPicture(colour, shape, made, isLit, this.constants);
    this.#put(ctx, x, y, scale, `body ${colour} ${shape} ${isLit}`, make);
  }

  item(ctx, x, y, item, scale) {
    this.#put(ctx, x, y, scale, `item ${item}`, (made) => itemPicture(item, 26 * made, this.constants));
  }

  // What the one that leads alone wears; x, y is the middle of its foot.
  crown(ctx, x, y, scale) {
    const high = Math.max(10, nearest(14 * scale));
    this.#put(ctx, x, nearest(y) - high + Math.floor(high / 2), scale, "crown", (made) => crownPicture(made, this.constants));
  }

  // A weapon held in a direction (radians), its middle at the player's.
  weapon(ctx, x, y, item, angle, scale) {
    const { measures, items, item_colours: itemColours, colours } = this.constants;
    const [length, width] = measures.barrels[items[item]] ?? measures.barrels.blaster;
    this.#turned(ctx, x, y, 74, angle, scale, [
      [colours.ink, 5, length + 2.4, width + 3],
      [[150, 160, 178], 6, length, width],
      [[206, 214, 228], 6, length, width * 0.34],
      [itemColours[item], 6 + length * 0.72, length * 0.28, width],
    ]);
  }

  rocket(ctx, x, y, angle, scale) {
    const { items, item_colours: itemColours, colours } = this.constants;
    this.#turned(ctx, x, y, 34, angle, scale, [
      [colours.ink, -10, 18, 8],
      [[210, 214, 222], -8, 14, 5],
      [itemColours[items.indexOf("launcher")], 4, 5, 5],
    ]);
  }

  // Bars in a direction: [colour, where it begins, length, width] in world pixels. size: of the picture that the window would make.
  #turned(ctx, x, y, size, angle, scale, bars) {
    const { angles } = this.constants.measures;
    const odd = (nearest(size * scale) % 2) / 2;
    const grain = 1 / FINE / 2; // the last points belong to a form
    ctx.save();
    ctx.translate(nearest(x) + odd, nearest(y) + odd);
    ctx.rotate((nearest((angle / (2 * Math.PI)) * angles) * 2 * Math.PI) / angles);
    for (const [colour, start, length, width] of bars) {
      ctx.fillStyle = css(colour);
      ctx.fillRect(start * scale - grain, (-width / 2) * scale - grain, length * scale + 2 * grain, width * scale + 2 * grain);
    }
    ctx.restore();
  }

  // --- words ---

  // A line of words with a dark edge, so that it reads on everything. Returns its picture.
  words(text, pixels, colour, edge) {
    const size = Math.max(nearest(9 * pixelShare()), nearest(pixels));
    const make = () => wordsPicture(text, size, colour, edge, this.constants);
    return this.#kept(`words ${text} ${size} ${colour} ${edge.length}`, make);
  }

  // --- keeping ---

  #put(ctx, x, y, scale, key, make) {
    const made = this.#made;
    const picture = this.#kept(`${key} ${made.toFixed(3)}`, () => make(made));
    const [width, height] = [picture.width, picture.height].map((size) => (size * scale) / made);
    ctx.drawImage(picture, nearest(x) - Math.floor(width / 2), nearest(y) - Math.floor(height / 2), width, height);
  }

  // The picture of a key, made at the first call. The one that was not asked for longest goes when there are too many.
  #kept(key, make) {
    const sheets = this.#sheets;
    let picture = sheets.get(key);
    if (picture) sheets.delete(key);
    else picture = make();
    sheets.set(key, picture);
    if (sheets.size > MOST_SHEETS) sheets.delete(sheets.keys().next().value);
    return picture;
  }
}

// How far from its middle (0..1 at its border) each pixel of a soft picture is.
const FAR = Float32Array.from({ length: 4 * SOFT * SOFT }, (_, place) => {
  const [x, y] = [place % (2 * SOFT), Math.floor(place / (2 * SOFT))];
  return Math.sqrt(((x + 0.5) / SOFT - 1) ** 2 + ((y + 0.5) / SOFT - 1) ** 2);
});

// A round picture whose strength (0..1) follows from how far from the middle one is: light of a colour, or without one darkness.
function softDisc(strength, colour) {
  const picture = sheet(2 * SOFT, 2 * SOFT);
  const ctx = picture.getContext("2d");
  const pixels = ctx.createImageData(2 * SOFT, 2 * SOFT);
  const [red, green, blue] = colour ?? BLACK;
  let at = 0;
  for (const far of FAR) {
    const share = strength(far);
    pixels.data[at++] = Math.floor(red * share);
    pixels.data[at++] = Math.floor(green * share);
    pixels.data[at++] = Math.floor(blue * share);
    pixels.data[at++] = colour ? 255 : share * 255;
  }
  ctx.putImageData(pixels, 0, 0);
  return picture;
}

// A picture of width x height pixels, painted on a finer grid.
function fine(width, height, paint) {
  const picture = sheet(width, height);
  const ctx = picture.getContext("2d");
  ctx.scale(1 / FINE, 1 / FINE);
  paint(new Brush(ctx), width * FINE, height * FINE);
  return picture;
}

// A round figure with a dark edge, light from above, and its shape on the back.
function bodyPicture(colour, shape, scale, isLit, { colours }) {
  const { ink, white } = colours;
  const radius = 13 * scale;
  const size = nearest(radius * 2 + 4);
  const fill = isLit ? mix(colour, white, 0.75) : colour;
  return fine(size, size, (brush, width) => {
    const middle = width / 2;
    brush.disc(ink, middle, middle, radius * FINE);
    brush.disc(mix(fill, ink, 0.38), middle, middle, (radius - 1.6 * scale) * FINE);
    brush.disc(fill, middle, middle - 1.6 * scale * FINE, (radius - 3.4 * scale) * FINE);
    brush.disc(mix(fill, white, 0.35), middle, middle - 4.2 * scale * FINE, (radius - 8.4 * scale) * FINE);
    brush.disc(fill, middle, middle - 2.6 * scale * FINE, (radius - 7.6 * scale) * FINE);
    brush.ctx.fillStyle = css(ink);
    drawShape(brush.ctx, shape, middle, middle, 5.6 * scale * FINE);
  });
}

function crownPicture(scale, { colours }) {
  const [wide, high] = [Math.max(14, nearest(20 * scale)), Math.max(10, nearest(14 * scale))];
  return fine(wide, high, (brush, width, height) => {
    const points = CROWN.map(([x, y]) => [x * width, y * height]);
    brush.polygon(colours.gold, points);
    brush.polygon(colours.ink, points, Math.max(FINE, nearest(1.4 * scale * FINE)));
    for (const x of [0.28, 0.5, 0.72]) brush.disc(colours.white, x * width, 0.7 * height, 0.06 * width);
  });
}

// Anything that can be picked up, as a picture `pixels` wide.
function itemPicture(item, pixels, constants) {
  const { colours, items } = constants;
  const { ink, white, gold, heal, shield } = colours;
  const size = Math.max(8, nearest(pixels));
  return fine(size, size, (brush, width) => {
    const unit = width / 26;
    const middle = width / 2;
    const box = (x, y, w, h, colour, radius = 0) =>
      brush.round(colour, middle + x * unit, middle + y * unit, w * unit, h * unit, nearest(radius * unit));
    switch (items[item]) {
      case "coin":
        for (const [colour, reach] of [
          [ink, 9],
          [gold, 7.6],
          [mix(gold, ink, 0.35), 5.4],
          [mix(gold, white, 0.4), 4.4],
        ]) {
          brush.disc(colour, middle, middle, reach * unit);
        }
        break;
      case "medkit":
        box(-10, -9, 20, 18, ink, 4);
        box(-8.6, -7.6, 17.2, 15.2, white, 3);
        box(-2, -6, 4, 12, heal);
        box(-6, -2, 12, 4, heal);
        break;
      case "armour":
        for (const [reach, colour] of [
          [11, ink],
          [9.2, shield],
          [5.6, mix(shield, white, 0.5)],
        ]) {
          brush.polygon(
            colour,
            ARMOUR.map(([x, y]) => [middle + x * reach * unit, middle + y * reach * unit]),
          );
        }
        break;
      case "ammunition":
        for (const x of [-7.5, -2.5, 2.5]) {
          box(x, -8, 5, 16, ink, 2);
          box(x + 1, -7, 3, 5, [230, 180, 90], 1.5);
          box(x + 1, -2, 3, 9, [170, 140, 80]);
        }
        break;
      default:
        weaponPicture(item, box, constants);
    }
  });
}

function weaponPicture(item, box, { measures, items, item_colours: itemColours, colours }) {
  const [length, width] = measures.barrels[items[item]] ?? measures.barrels.blaster;
  const high = (width * 22) / (length + 3);
  box(-11, -high / 2 - 1.4, 22, high + 2.8, colours.ink, 2);
  box(-10, -high / 2, 20, high, [170, 178, 194], 1);
  box(-10, -high / 2, 20, high * 0.35, [216, 222, 234], 1);
  box(5, -high / 2, 5, high, itemColours[item]);
  box(-9, high / 2, 4.5, 7, [120, 128, 146], 1);
}

// As high as the window's font is. edge: where the dark copies of the words stand, in pixels of the page; they stand at (2, 2).
function wordsPicture(given, size, colour, edge, { colours }) {
  const text = given.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "·");
  const font = `600 ${size * 0.93}px system-ui, sans-serif`;
  const picture = sheet(1, 1);
  const ctx = picture.getContext("2d");
  ctx.font = font;
  const unit = Math.max(nearest(pixelShare()), 1);
  picture.width = Math.ceil(ctx.measureText(text).width) + 4 * unit;
  picture.height = Math.floor(size * 0.92) + 4 * unit;
  ctx.font = font; // a canvas of another size forgets it
  const base = size * 0.75;
  ctx.fillStyle = css(colours.ink);
  for (const [x, y] of edge) ctx.fillText(text, x * unit, y * unit + base);
  ctx.fillStyle = css(colour);
  ctx.fillText(text, 2 * unit, 2 * unit + base);
  return picture;
}

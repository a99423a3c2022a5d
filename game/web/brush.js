// Forms as the window paints them: their points are whole numbers of the grid they are painted on, the last pixel belongs to them.

import { css } from "../../replay/web/player/look.js";

export const BLACK = [0, 0, 0];
const { trunc } = Math;

// To the nearest whole number, from the middle to the even one, as Python does.
export function nearest(value) {
  const up = Math.floor(value + 0.5);
  return up - value === 0.5 && up % 2 ? up - 1 : up;
}

// Pixels of a canvas in one of the page: letters are as large on a fine screen as on a coarse one.
export function pixelShare() {
  return window.devicePixelRatio || 1;
}

// A canvas that nobody sees.
export function sheet(width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(Math.ceil(width), 1);
  canvas.height = Math.max(Math.ceil(height), 1);
  return canvas;
}

export class Brush {
  constructor(ctx) {
    this.ctx = ctx;
  }

  box(colour, x, y, width, height) {
    this.ctx.fillStyle = css(colour);
    this.ctx.fillRect(trunc(x), trunc(y), trunc(width), trunc(height));
  }

  // A box with round corners, filled, or an edge `thick` wide inside of it.
  round(colour, x, y, width, height, radius, thick = 0) {
    const { ctx } = this;
    const inset = thick / 2;
    ctx.beginPath();
    ctx.roundRect(trunc(x) + inset, trunc(y) + inset, trunc(width) - thick, trunc(height) - thick, Math.max(radius - inset, 0));
    this.#show(colour, thick);
  }

  // A disc, or a circle whose width `thick` lies inside of the radius.
  disc(colour, x, y, radius, thick = 0) {
    this.ctx.beginPath();
    this.ctx.arc(trunc(x), trunc(y), Math.max(trunc(radius) - thick / 2, 0), 0, 2 * Math.PI);
    this.#show(colour, thick);
  }

  polygon(colour, points, thick = 1) {
    const { ctx } = this;
    ctx.beginPath();
    for (const [x, y] of points) ctx.lineTo(trunc(x) + 0.5, trunc(y) + 0.5);
    ctx.closePath();
    if (thick === 1) this.#show(colour, 0);
    this.#show(colour, thick);
  }

  // A line that is `thick` across the axis that it keeps nearer to.
  line(colour, x0, y0, x1, y1, thick = 1) {
    const { ctx } = this;
    const flat = Math.abs(trunc(x1) - trunc(x0)) > Math.abs(trunc(y1) - trunc(y0));
    let [from, to, start, end] = flat ? [x0, x1, y0, y1].map(trunc) : [y0, y1, x0, x1].map(trunc);
    if (from > to) [from, to, start, end] = [to, from, end, start];
    to += 1;
    const above = trunc((thick - 1) / 2);
    if (start === end) {
      // a box, which is quicker
      this.box(colour, ...(flat ? [from, start - above, to - from, thick] : [start - above, from, thick, to - from]));
      return;
    }
    const corners = [
      [from, start - above],
      [to, end - above],
      [to, end - above + thick],
      [from, start - above + thick],
    ];
    ctx.beginPath();
    for (const [along, across] of corners) ctx.lineTo(flat ? along : across, flat ? across : along);
    ctx.closePath();
    this.#show(colour, 0);
  }

  #show(colour, thick) {
    const { ctx } = this;
    if (thick) {
      ctx.lineWidth = thick;
      ctx.strokeStyle = css(colour);
      ctx.stroke();
    } else {
      ctx.fillStyle = css(colour);
      ctx.fill();
    }
  }
}

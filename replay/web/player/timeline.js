// The seek bar: a lane of marks for each kind, how busy the match is, where we are, and what is wrong. The wheel zooms it.

import { fitCanvas, setText, themed } from "./dom.js";
import { drawLane, lanesOf } from "./lanes.js";
import { Camera, clock } from "./look.js";
import { Span } from "./span.js";

const FINE = 0.1; // Shift+drag moves a tenth as far
const TRACK = 6;
const OVERVIEW = 4; // pixels at the top, where one is in the match while the bar shows a part of it
const STAGES = 24; // in which the bar fills with marks
const SNAP = 5; // pixels: a mark so near is what one points at
const MARK_LEAD_SECONDS = 1.5;

export class Timeline {
  constructor(app, { bar, canvas, tip, picture, words }) {
    Object.assign(this, { app, bar, canvas, tip, picture, words });
    this.layer = document.createElement("canvas");
    this.span = new Span(app.source);
    this.drag = null;
    this.hover = null;
    tip.hidden = true;
    const { signal } = app;
    const isMine = (event) => !this.drag || this.drag.pointer === event.pointerId; // a second finger does nothing
    bar.addEventListener("wheel", (event) => this.wheel(event), { passive: false, signal });
    bar.addEventListener("dblclick", () => this.showAll(), { signal });
    bar.addEventListener("pointerdown", (event) => this.press(event), { signal });
    bar.addEventListener("pointermove", (event) => isMine(event) && this.move(event), { signal });
    bar.addEventListener("pointerup", (event) => isMine(event) && this.release(), { signal });
    bar.addEventListener("pointercancel", (event) => isMine(event) && this.cancel(), { signal });
    bar.addEventListener("pointerleave", (event) => isMine(event) && this.leave(), { signal });
  }

  // --- what lies under a pixel ---

  get width() {
    return this.bar.clientWidth;
  }

  // How much larger letters are here than on a usual screen.
  get unit() {
    return parseFloat(getComputedStyle(document.documentElement).fontSize) / 14;
  }

  get range() {
    return this.span.range;
  }

  toX(tick) {
    const [from, to] = this.range;
    return ((tick - from) / Math.max(to - from, 1)) * this.width;
  }

  toTick(x) {
    const [from, to] = this.range;
    return from + Math.min(Math.max(x / Math.max(this.width, 1), 0), 1) * (to - from);
  }

  lanes() {
    return lanesOf(this.app, this.bar.clientHeight - TRACK, this.unit);
  }

  // One answer for the click, the words and the picture: a tick, and the mark there.
  under(x, y) {
    const lanes = this.lanes();
    const share = y / Math.max(this.bar.clientHeight - TRACK, 1);
    const kinds = lanes[Math.min(Math.max(Math.floor(share * lanes.length), 0), lanes.length - 1)];
    const near = this.app.marks.between(Math.floor(this.toTick(x - SNAP)), Math.ceil(this.toTick(x + SNAP)));
    const distance = (mark) => Math.abs(this.toX(mark.tick) - x);
    const here = near.filter((mark) => kinds?.includes(mark.kind)).sort((one, other) => distance(one) - distance(other));
    return { tick: Math.round(here.length ? here[0].tick : this.toTick(x)), mark: here[0] ?? null, more: here.length - 1 };
  }

  // --- pointing ---

  press(event) {
    if (event.button || this.drag) return;
    this.bar.setPointerCapture(event.pointerId);
    const { transport } = this.app;
    this.drag = {
      pointer: event.pointerId,
      position: transport.position,
      playing: transport.playing,
      x: event.offsetX,
      shown: event.offsetX,
    };
    transport.past.push(transport.position);
    transport.playing = false;
    this.go(event.offsetX, event.offsetY);
  }

  move(event) {
    if (!this.drag) this.point(event.offsetX, event.offsetY);
    else {
      this.drag.shown += (event.offsetX - this.drag.x) * (event.shiftKey ? FINE : 1);
      this.drag.x = event.offsetX;
      this.go(this.drag.shown, event.offsetY, false);
    }
  }

  go(x, y, snaps = true) {
    const found = this.under(x, y);
    const lead = found.mark && snaps ? MARK_LEAD_SECONDS * this.app.source.rate : 0;
    this.app.transport.jump(snaps ? found.tick - lead : Math.round(this.toTick(x)), false);
    this.point(x, y);
    this.app.invalidate();
  }

  release() {
    if (!this.drag) return;
    this.app.transport.playing = this.drag.playing;
    this.drag = null;
    this.app.invalidate();
  }

  // Back to where the drag began.
  cancel() {
    if (!this.drag) return false;
    this.app.transport.jump(this.drag.position, false);
    this.release();
    return true;
  }

  // Up is nearer to what is under the pointer; sideways, or with Shift, along.
  wheel(event) {
    event.preventDefault();
    const [from, to] = this.range;
    const along = event.deltaX || (event.shiftKey ? event.deltaY : 0);
    const unit = event.deltaMode ? 30 : 1;
    if (along) this.span.pan(((along * unit) / Math.max(this.width, 1)) * (to - from));
    else this.span.zoom(Math.exp(-event.deltaY * unit * 0.002), this.toTick(event.offsetX));
    this.point(event.offsetX, event.offsetY);
  }

  // All of the match.
  showAll() {
    this.span.reset();
    this.app.invalidate();
  }

  leave() {
    this.hover = null;
    this.tip.hidden = true;
    this.app.invalidate();
  }

  point(x, y) {
    this.hover = x;
    const { app, words, tip } = this;
    const { tick, mark, more } = this.under(x, y);
    const about = mark ? `\n${app.marks.text(mark)}${more > 0 ? ` and ${more} more` : ""}` : "";
    setText(words, `${clock(tick, app.source.rate)}   tick ${tick}${about}`);
    tip.hidden = false;
    const half = tip.offsetWidth / 2;
    const left = this.bar.getBoundingClientRect().left;
    tip.style.left = `${Math.min(Math.max(x + left, half + 4), window.innerWidth - half - 4) - left}px`;
    this.drawPicture(tick);
    app.invalidate();
  }

  drawPicture(tick) {
    const { app, picture } = this;
    picture.hidden = !app.look.hasPicture;
    if (picture.hidden) return;
    const { ctx } = fitCanvas(picture);
    const area = [0, 0, picture.width, picture.height];
    const scene = app.scene(Math.min(tick, app.source.done), Camera.fit(area, app.look.world), { small: true });
    ctx.fillStyle = "#07090d";
    ctx.fillRect(...area);
    app.look.draw(ctx, scene);
  }

  // --- drawing ---

  draw() {
    const { app, canvas } = this;
    if (!this.width) return; // the interface is hidden
    const { ctx, isNew, share } = fitCanvas(canvas);
    const { source, transport, marks, director } = app;
    if (!this.drag && transport.position !== this.shown) this.span.keep(transport.position);
    this.shown = transport.position;
    // While it is proved, only now and then.
    const part = Math.floor((STAGES * (source.done - source.start)) / Math.max(source.ticks - source.start, 1));
    const key = [
      canvas.width,
      canvas.height,
      marks.own.length,
      part,
      director.seat,
      app.theme,
      source.firstBadTick,
      ...this.range,
    ].join();
    if (isNew || key !== this.key) this.drawLayer(share, (this.key = key));
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.clearRect(0, 0, canvas.width, canvas.height);
    ctx.drawImage(this.layer, 0, 0);
    ctx.scale(share, share);
    const height = this.bar.clientHeight;
    const x = this.toX(transport.position);
    ctx.fillStyle = themed("accent");
    ctx.fillRect(0, height - TRACK, x, TRACK);
    if (!this.span.isWhole) this.drawOverview(ctx);
    if (transport.loopIn !== null || transport.loopOut !== null) {
      const [from, to] = transport.range.map((tick) => this.toX(tick));
      ctx.fillStyle = transport.looping ? themed("warn") : themed("dim");
      ctx.fillRect(from, 0, Math.max(to - from, 2), 3);
      for (const edge of [from, to]) ctx.fillRect(edge - 0.5, 0, 1, height);
    }
    ctx.fillStyle = themed("dim");
    if (this.hover !== null) ctx.fillRect(this.hover - 0.5, 0, 1, height);
    ctx.fillStyle = themed("ink");
    ctx.fillRect(x - 1, 0, 2, height);
    ctx.beginPath();
    ctx.arc(Math.min(Math.max(x, 6), this.width - 6), height - TRACK / 2, 6, 0, 2 * Math.PI);
    ctx.fill();
    this.describe();
  }

  drawOverview(ctx) {
    const { source, transport } = this.app;
    const toX = (tick) => ((tick - source.start) / Math.max(source.ticks - source.start, 1)) * this.width;
    const [from, to] = this.range.map(toX);
    ctx.fillStyle = themed("line");
    ctx.fillRect(0, 0, this.width, OVERVIEW);
    ctx.fillStyle = themed("dim");
    ctx.fillRect(from, 0, Math.max(to - from, 3), OVERVIEW);
    ctx.fillStyle = themed("accent");
    ctx.fillRect(toX(transport.position) - 1, 0, 3, OVERVIEW);
  }

  // What a screen reader says of the slider.
  describe() {
    const { source, transport } = this.app;
    const values = { valuemin: source.start, valuemax: source.ticks, valuenow: transport.tick };
    for (const [name, value] of Object.entries(values)) this.bar.setAttribute(`aria-${name}`, value);
    const [now, whole] = [transport.tick, source.ticks].map((tick) => clock(tick, source.rate, 0));
    this.bar.setAttribute("aria-valuetext", `${now} of ${whole}, tick ${transport.tick}`);
  }

  // What stays while playing.
  drawLayer(share) {
    const { layer, canvas, app } = this;
    Object.assign(layer, { width: canvas.width, height: canvas.height });
    const ctx = layer.getContext("2d");
    ctx.scale(share, share);
    const [width, height] = [this.width, this.bar.clientHeight];
    this.drawBusy(ctx, width, height - TRACK);
    ctx.fillStyle = themed("line");
    ctx.fillRect(0, height - TRACK, width, TRACK);
    ctx.fillStyle = themed("faint");
    ctx.fillRect(0, height - TRACK, this.toX(app.source.done), TRACK);
    const lanes = this.lanes();
    const each = (height - TRACK) / Math.max(lanes.length, 1);
    const place = { toX: (tick) => this.toX(tick), range: this.range, unit: this.unit, width };
    for (const [index, kinds] of lanes.entries()) drawLane(ctx, app, kinds, place, (index + 0.5) * each, each);
    if (app.source.firstBadTick !== null) this.hatch(ctx, this.toX(app.source.firstBadTick), width, height);
  }

  drawBusy(ctx, width, height) {
    const { busy, rate, start } = this.app.marks;
    const top = busy.reduce((most, value) => Math.max(most, value), 1);
    ctx.beginPath();
    ctx.moveTo(0, height);
    const [from, to] = this.range.map((tick) => (tick - start) / rate);
    const step = Math.max(1, Math.floor((to - from) / width));
    for (let second = Math.max(Math.floor(from) - step, 0); second < Math.min(busy.length, to + step); second += step) {
      let value = 0;
      for (let each = second; each < second + step; each++) value = Math.max(value, busy[each] ?? 0);
      ctx.lineTo(this.toX(start + (second + step / 2) * rate), height - Math.sqrt(value / top) * (height - 2));
    }
    ctx.lineTo(this.toX(start + busy.length * rate), height);
    ctx.fillStyle = themed("busy");
    ctx.fill();
  }

  // Red stripes from the first divergent tick on.
  hatch(ctx, from, width, height) {
    ctx.save();
    ctx.beginPath();
    ctx.rect(from, 0, width - from, height);
    ctx.clip();
    ctx.strokeStyle = themed("bad");
    ctx.lineWidth = 2;
    ctx.strokeRect(from, 0, 0, height);
    ctx.globalAlpha = 0.4;
    ctx.beginPath();
    for (let x = from - height; x < width; x += 14) {
      ctx.moveTo(x, height);
      ctx.lineTo(x + height, 0);
    }
    ctx.stroke();
    ctx.restore();
  }
}

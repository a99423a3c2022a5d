// The picture, and what a pointer does to it: drag, wheel and pinch move the camera, a tap plays, a double tap jumps.

import { clock, css, drawShape } from "./look.js";
import { fitCanvas } from "./dom.js";

const STILL = 8; // pixels: a press that moves no further is a tap
const REACH = 26; // how near a click must be to a player
const DOUBLE_MS = 280;
const TAP_SECONDS = 5;

export class Stage {
  constructor(app, canvas) {
    Object.assign(this, { app, canvas, pointers: new Map(), moved: 0, tapped: 0, timer: 0, camera: null });
    const { signal } = app;
    canvas.addEventListener("pointerdown", (event) => this.press(event), { signal });
    canvas.addEventListener("pointermove", (event) => this.move(event), { signal });
    canvas.addEventListener("pointerup", (event) => this.release(event), { signal });
    canvas.addEventListener("pointercancel", (event) => this.pointers.delete(event.pointerId), { signal });
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false, signal });
    signal.addEventListener("abort", () => clearTimeout(this.timer));
  }

  get share() {
    return this.canvas.width / Math.max(this.canvas.clientWidth, 1);
  }

  draw(seconds) {
    const { app, canvas } = this;
    const { ctx } = fitCanvas(canvas);
    const { look, director, transport } = app;
    const area = [0, 0, canvas.width, canvas.height];
    const scene = app.scene(transport.position, null, app.reduced ? {} : { shake: app.switches.shake });
    scene.camera = this.camera = director.camera(area, scene.before, scene.time, seconds, app.marks, transport.jumped);
    transport.jumped = false;
    ctx.fillStyle = "#07090d";
    ctx.fillRect(...area);
    look.draw(ctx, scene);
    if (app.switches.inputs) this.drawInputs(ctx, scene.before);
  }

  // What players hold: of the followed one, or of all.
  drawInputs(ctx) {
    const { look, source, director, transport } = this.app;
    const seats = director.seat === null ? look.names.map((_, seat) => seat) : [director.seat];
    const unit = this.share;
    const line = Math.min(22 * unit, (this.canvas.height * 0.6) / seats.length);
    ctx.font = `600 ${line * 0.52}px system-ui, sans-serif`;
    ctx.textBaseline = "middle";
    for (const [index, seat] of seats.entries()) {
      const row = source.inputs(transport.tick, seat);
      let x = 10 * unit;
      const y = this.canvas.height - (seats.length - index) * line - 6 * unit;
      ctx.fillStyle = css(look.colour(seat));
      drawShape(ctx, look.shape(seat), x + line * 0.3, y + line / 2, line * 0.28);
      x += line * 0.9;
      for (const [label, lit] of row ? look.inputs(row) : []) {
        const width = ctx.measureText(label).width + line * 0.5;
        ctx.fillStyle = lit ? css(look.colour(seat), 0.9) : "rgb(20 25 35 / 0.6)";
        ctx.beginPath();
        ctx.roundRect(x, y + 1, width, line - 3, line * 0.2);
        ctx.fill();
        ctx.fillStyle = lit ? "#0a0c12" : "#96a0b0";
        ctx.fillText(label, x + line * 0.25, y + line / 2);
        x += width + line * 0.16;
      }
    }
  }

  // What somebody hears who does not see the picture.
  describe() {
    const { look, source, transport } = this.app;
    const alive = look
      .standings(source.state(transport.tick))
      .slice(0, 3)
      .map((row) => `${look.names[row.player]} ${row.cells[0] ?? ""}`);
    return `The match at ${clock(transport.tick, source.rate, 0)}. ${alive.length ? `Ahead: ${alive.join(", ")}.` : ""}`;
  }

  // --- pointers ---

  press(event) {
    if (event.button) return;
    this.canvas.setPointerCapture(event.pointerId);
    if (!this.pointers.size) this.moved = 0;
    this.pointers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
  }

  move(event) {
    const pointer = this.pointers.get(event.pointerId);
    if (!pointer || !this.camera) return;
    const [dx, dy] = [event.offsetX - pointer.x, event.offsetY - pointer.y];
    this.moved += Math.hypot(dx, dy);
    const { director } = this.app;
    const before = this.spread();
    Object.assign(pointer, { x: event.offsetX, y: event.offsetY });
    if (this.pointers.size === 2) {
      const after = this.spread();
      if (before.distance)
        director.zoomBy(after.distance / before.distance, this.camera, after.x * this.share, after.y * this.share);
    } else if (this.moved > STILL && (event.pointerType === "mouse" || director.mode === "free")) {
      director.pan(this.camera, dx * this.share, dy * this.share);
    }
    this.app.invalidate();
  }

  // How far two fingers are apart, and where their middle is.
  spread() {
    const [one, other = one] = this.pointers.values();
    return { distance: Math.hypot(one.x - other.x, one.y - other.y), x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 };
  }

  release(event) {
    if (!this.pointers.delete(event.pointerId) || this.pointers.size || this.moved > STILL) return;
    if (event.pointerType === "mouse") this.click(event.offsetX, event.offsetY);
    else this.tap(event.offsetX, event.offsetY);
  }

  // A click on a player follows; on anything else it plays or pauses.
  click(x, y) {
    const seat = this.seatAt(x * this.share, y * this.share);
    if (seat !== null) this.app.follow(seat === this.app.director.seat ? null : seat);
    else this.app.run("play");
  }

  // One tap is a click, but only once it is sure that it is not half of a double tap: that one jumps.
  tap(x, y) {
    clearTimeout(this.timer);
    const now = performance.now();
    const third = Math.floor((3 * x) / Math.max(this.canvas.clientWidth, 1)) - 1;
    if (now - this.tapped < DOUBLE_MS) {
      this.tapped = 0;
      if (third) this.app.transport.skip(third * TAP_SECONDS);
      else this.app.run("full_screen");
      this.app.say(third ? `${third > 0 ? "+" : "-"}${TAP_SECONDS} s` : "");
    } else {
      this.tapped = now;
      this.timer = setTimeout(() => this.click(x, y), DOUBLE_MS);
    }
    this.app.invalidate();
  }

  seatAt(x, y) {
    const { look, source, transport } = this.app;
    const state = source.state(transport.tick);
    let [best, least] = [null, REACH * this.share];
    for (const seat of look.names.keys()) {
      const place = look.place(state, seat);
      if (!place || !this.camera) continue;
      const [px, py] = this.camera.toScreen(...place);
      const distance = Math.hypot(px - x, py - y);
      if (distance < least) [best, least] = [seat, distance];
    }
    return best;
  }

  wheel(event) {
    event.preventDefault();
    const factor = Math.exp(-event.deltaY * (event.deltaMode ? 0.06 : 0.0015));
    this.app.director.zoomBy(factor, this.camera, event.offsetX * this.share, event.offsetY * this.share);
    this.app.invalidate();
  }
}

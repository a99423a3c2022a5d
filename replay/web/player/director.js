// Where the camera is: on everything, on a player, where the user dragged it, or where something is about to happen.

import { Camera } from "./look.js";

const NEAREST = 6;
const FURTHEST = 0.8;
const CLOSE = 1.65; // how much nearer than "all" one looks at a player
const HASTE = 5; // shares of the way per second
const AHEAD_SECONDS = 3;
const LINGER_SECONDS = 1.2;

export class Director {
  constructor(look, rate) {
    Object.assign(this, { look, rate, mode: "all", seat: null, zoom: 1 });
    [this.x, this.y] = [look.world[0] / 2, look.world[1] / 2];
  }

  follow(seat) {
    this.seat = seat;
    this.mode = seat === null ? "all" : "follow";
    this.wanted = seat === null ? 1 : CLOSE;
  }

  // Let go. Asked twice, everything is in view again.
  free() {
    this.mode = this.mode === "free" || this.mode === "all" ? "all" : "free";
    this.seat = null;
    if (this.mode === "all") this.zoom = 1;
  }

  auto() {
    this.mode = this.mode === "auto" ? "all" : "auto";
    this.seat = null;
  }

  // Drag the world by canvas pixels.
  pan(camera, dx, dy) {
    Object.assign(this, { mode: "free", seat: null });
    this.x = camera.x - dx / camera.scale;
    this.y = camera.y - dy / camera.scale;
  }

  // Nearer or further; the point of the world under (x, y) stays where it is.
  zoomBy(factor, camera, x, y) {
    const before = this.zoom;
    this.zoom = Math.min(Math.max(this.zoom * factor, FURTHEST), NEAREST);
    if (Math.abs(this.zoom - 1) < 0.02) this.zoom = 1;
    if (this.mode === "follow") {
      this.wanted = this.zoom;
      return;
    }
    this.mode = "free";
    if (camera && x !== undefined) {
      const [wx, wy] = camera.toWorld(x, y);
      this.x = wx + ((camera.x - wx) * before) / this.zoom;
      this.y = wy + ((camera.y - wy) * before) / this.zoom;
    }
  }

  // The camera for a moment, `seconds` after the last one. marks: what matters, by tick. snap: be there at once.
  camera(area, state, time, seconds, marks, snap) {
    const { world } = this.look;
    const camera = Camera.fit(area, world);
    if (this.mode === "all") return camera;
    const [[x, y], zoom] = this.goal(state, time, marks);
    const share = snap || this.mode === "free" ? 1 : 1 - Math.exp(-HASTE * seconds);
    this.x += (x - this.x) * share;
    this.y += (y - this.y) * share;
    this.zoom += (zoom - this.zoom) * share;
    if (Math.abs(zoom - this.zoom) < 0.01) this.zoom = zoom;
    camera.scale *= this.zoom;
    camera.x = this.x = held(this.x, area[2] / camera.scale, world[0]);
    camera.y = this.y = held(this.y, area[3] / camera.scale, world[1]);
    return camera;
  }

  goal(state, time, marks) {
    const here = [this.x, this.y];
    if (this.mode === "follow") return [this.look.place(state, this.seat) ?? here, this.wanted];
    if (this.mode === "auto") {
      const from = time - LINGER_SECONDS * this.rate;
      const next = marks.between(from, time + AHEAD_SECONDS * this.rate).find((mark) => mark.weight > 1 && mark.event);
      const place = next && this.look.placeOf(next.event);
      return place ? [place, CLOSE] : [[this.look.world[0] / 2, this.look.world[1] / 2], 1];
    }
    return [here, this.zoom];
  }
}

// The middle of what is seen, so that no more than the world's edge is.
function held(middle, seen, whole) {
  return seen >= whole ? whole / 2 : Math.min(Math.max(middle, seen / 2), whole - seen / 2);
}

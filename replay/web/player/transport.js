// Where in the match we are, and how we move: the clock of the page.

const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 64];
const MOST_JUMPS = 100;

export class Transport {
  // source: start, ticks, done (how far there are states yet), rate.
  constructor(source) {
    this.source = source;
    this.position = source.start;
    this.playing = false;
    this.speed = 1;
    this.direction = 1;
    this.loopIn = this.loopOut = null;
    this.looping = false;
    this.jumped = true; // a camera is then there at once
    this.wish = null; // a tick that is not reached yet
    this.past = [];
  }

  get tick() {
    return Math.floor(this.position);
  }

  get range() {
    return [this.loopIn ?? this.source.start, this.loopOut ?? this.source.ticks];
  }

  // An end of the loop is here. The other one goes if it does not lie beyond this one.
  mark(name, other, direction) {
    this[name] = this.tick;
    if (this[other] !== null && (this[other] - this.tick) * direction <= 0) this[other] = null;
  }

  // `seconds` later. Returns whether anything moved.
  advance(seconds) {
    if (this.wish !== null) this.place(this.wish);
    if (!this.playing) return this.wish !== null;
    const { start, ticks, done, rate } = this.source;
    const [first, last] = this.looping ? this.range : [start, ticks];
    let position = this.position + seconds * rate * this.speed * this.direction;
    if (this.looping && (position >= last || position < first)) {
      position = this.direction > 0 ? first : last;
      this.jumped = true;
    }
    this.position = Math.min(Math.max(position, start), done);
    if (this.position === (this.direction > 0 ? ticks : start)) this.playing = false;
    return true;
  }

  place(tick) {
    const { start, ticks, done } = this.source;
    const target = Math.min(Math.max(tick, start), ticks);
    this.wish = target > done ? target : null;
    this.position = Math.min(target, done);
    this.jumped = true;
  }

  jump(tick, remember = true) {
    if (remember) this.past = [...this.past.slice(1 - MOST_JUMPS), this.position];
    this.place(tick);
  }

  undo() {
    if (this.past.length) this.place(this.past.pop());
  }

  skip(seconds) {
    this.jump(this.position + seconds * this.source.rate);
  }

  // Whole ticks on or back; pauses.
  nudge(ticks) {
    this.playing = false;
    this.place(ticks > 0 ? this.tick + ticks : Math.ceil(this.position) + ticks);
  }

  toggle(direction = 1) {
    this.playing = this.direction === direction ? !this.playing : true;
    this.direction = direction;
    const { start, ticks } = this.source;
    if (this.playing && this.position === (direction > 0 ? ticks : start)) this.place(direction > 0 ? start : ticks);
  }

  faster(steps) {
    const at = SPEEDS.indexOf(this.speed) + steps;
    this.speed = SPEEDS[Math.min(Math.max(at, 0), SPEEDS.length - 1)];
  }
}

// A time as people write it: 1204 (tick), 20.07s, 1:20.5, 50%, end. Returns a tick, or null for anything else.
export function parseTime(text, { start, ticks, rate }) {
  const written = text.trim();
  if (written === "end") return ticks;
  const found = /^(?:(\d+)|(\d+(?:\.\d+)?)(s|%)|(?:(\d+):)?(\d+):(\d+(?:\.\d+)?))$/.exec(written);
  if (!found) return null;
  const [, tick, number, unit, hours = 0, minutes, seconds] = found;
  if (tick !== undefined) return Number(tick);
  if (unit === "%") return Math.round(start + ((ticks - start) * Math.min(Number(number), 100)) / 100);
  if (unit === "s") return Math.round(Number(number) * rate);
  return Math.round((Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * rate);
}

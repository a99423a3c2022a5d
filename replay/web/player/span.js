// What the seek bar shows of a match: all of it, or a part that one has zoomed to.

const LEAST_SECONDS = 2;

export class Span {
  constructor(source) {
    this.source = source;
    this.reset();
  }

  reset() {
    this.part = null;
  }

  get isWhole() {
    return this.part === null;
  }

  // First and last tick.
  get range() {
    return this.part ?? [this.source.start, this.source.ticks];
  }

  // Nearer (a factor above 1) or further; `tick` stays where it is on the bar.
  zoom(factor, tick) {
    const { start, ticks, rate } = this.source;
    const [from, to] = this.range;
    const whole = ticks - start;
    const length = Math.max((to - from) / factor, Math.min(LEAST_SECONDS * rate, whole));
    if (length >= whole) this.reset();
    else this.place(tick - ((tick - from) / Math.max(to - from, 1)) * length, length);
  }

  pan(ticks) {
    if (!this.isWhole) this.place(this.part[0] + ticks, this.part[1] - this.part[0]);
  }

  // Go with a moment that leaves what is seen.
  keep(tick) {
    if (this.isWhole || (tick >= this.part[0] && tick <= this.part[1])) return;
    const length = this.part[1] - this.part[0];
    this.place(tick - length / 10, length);
  }

  place(from, length) {
    const { start, ticks } = this.source;
    const first = Math.min(Math.max(from, start), ticks - length);
    this.part = [first, first + length];
  }
}

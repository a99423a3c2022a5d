// Pictures that were drawn when a recording was exported: one film that is sought through, or a strip of stills.

const MOST_OPEN = 40; // stills that are kept decoded
const LATE_SECONDS = 0.15; // a film that runs may be so far from where it should be

// A film. It runs by itself while the match does at a speed that browsers play; for all else it is sought picture by picture.
export class Reel {
  constructor(blob, { fps, pictures }, ready) {
    Object.assign(this, { fps, pictures, wanted: null, shown: -1 });
    this.video = document.createElement("video");
    Object.assign(this.video, { muted: true, playsInline: true, preload: "auto", src: URL.createObjectURL(blob) });
    this.last = null; // while it is sought, a film has no picture
    const done = () => {
      this.keep();
      if (this.wanted !== null) this.seek(this.wanted);
      ready();
    };
    for (const name of ["loadeddata", "seeked"]) this.video.addEventListener(name, done);
    // Some browsers have sought before they have the picture; most tell when that is there.
    const presented = (now, { mediaTime }) => {
      this.shown = Math.floor(mediaTime * fps + 0.01);
      done();
      this.video.requestVideoFrameCallback(presented);
    };
    this.video.requestVideoFrameCallback?.(presented);
  }

  // What can be drawn of picture `index` (which may be broken: 3.5 is half way to the next), or null if there is nothing yet.
  // speed: how many pictures a second go by, or 0. A picture that is not there yet is drawn when `ready` is called.
  picture(index, speed) {
    const { video } = this;
    const rate = speed / this.fps;
    if (rate >= 0.25 && rate <= 4 && index < this.pictures - 1) this.run(index / this.fps, rate);
    else {
      if (!video.paused) video.pause();
      this.seek((Math.floor(Math.min(index, this.pictures - 1)) + 0.5) / this.fps); // its middle: no browser rounds that away
    }
    return video.readyState >= 2 && !video.seeking ? video : this.last;
  }

  keep() {
    const { video } = this;
    if (video.readyState < 2) return;
    this.last ??= Object.assign(document.createElement("canvas"), { width: video.videoWidth, height: video.videoHeight });
    this.last.getContext("2d").drawImage(video, 0, 0);
  }

  run(target, rate) {
    const { video } = this;
    if (video.playbackRate !== rate) video.playbackRate = rate;
    if (Math.abs(video.currentTime - target) > LATE_SECONDS * Math.max(rate, 1)) this.seek(target);
    if (video.paused) video.play().catch(() => {}); // where a browser does not let it run, it is sought
  }

  // To a moment; where it is on its way to another, the last wish counts.
  seek(target) {
    const { video } = this;
    this.wanted = null;
    if (video.readyState < 1 || video.seeking) this.wanted = target;
    else if (Math.abs(video.currentTime - target) > 0.4 / this.fps) video.currentTime = target;
  }
}

// Stills, each decoded when it is wanted. Until it is, the last one stays.
export class Strip {
  constructor(blobs, ready) {
    Object.assign(this, { blobs, ready, open: new Map(), last: null });
  }

  picture(index) {
    const number = Math.min(Math.floor(index), this.blobs.length - 1);
    if (!this.open.has(number)) this.load(number);
    this.last = this.open.get(number) ?? this.last;
    return this.last;
  }

  async load(number) {
    this.open.set(number, null);
    const picture = await createImageBitmap(this.blobs[number]).catch(() => null);
    this.open.set(number, picture);
    const oldest = this.open.keys().next().value;
    if (this.open.size > MOST_OPEN && oldest !== number) {
      if (this.open.get(oldest) !== this.last) this.open.get(oldest)?.close();
      this.open.delete(oldest);
    }
    this.ready();
  }
}

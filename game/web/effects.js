// What events look like for a moment: as game/look/effects.py has it. Every effect follows from the event and its age alone.

import { mix } from "../../replay/web/player/look.js";
import { BLACK, nearest, pixelShare } from "./brush.js";
import { shares } from "./chance.js";

const THIN_EDGE = [
  [1, 2],
  [3, 2],
  [2, 1],
  [2, 3],
  [3, 3],
];
const WARM = [
  [255, 214, 120],
  [255, 190, 110],
];
const SHAKE_LIMIT = 9;

export class Effects {
  constructor(look, sprites) {
    this.look = look;
    this.sprites = sprites;
    const { measures, streams } = look.constants;
    this.levels = measures.levels;
    const count = measures.bursts * measures.sparks;
    // Directions, reaches and lives of sparks: a few bursts to choose from.
    this.angles = shares(streams.spark_angles, count).map((share) => share * 2 * Math.PI);
    this.reaches = shares(streams.spark_reaches, count).map((share) => 0.25 + 0.75 * share);
    this.lives = shares(streams.spark_lives, count).map((share) => 0.5 + 0.5 * share);
  }

  // How far the picture is off its place, in world pixels. Loud things that are near count; they add up, up to a limit.
  shake(scene) {
    const { shakes } = this.look.constants.measures;
    let [x, y] = [0, 0];
    for (let index = scene.events.length - 1; index >= 0; index--) {
      const event = scene.events[index];
      const age = scene.time - event.tick;
      if (age > 24) break;
      const [strength, lasts] = shakes[this.look.kind(event)] ?? [0, 1];
      if (age >= lasts) continue;
      const left = strength * (1 - age / lasts) ** 2;
      x += left * Math.sin(age * 1.9 + event.x);
      y += left * Math.cos(age * 2.3 + event.y);
    }
    return [x, y].map((way) => Math.max(-SHAKE_LIMIT, Math.min(SHAKE_LIMIT, way)));
  }

  // Calls `show(event, age in ticks, kind)` for what still shows.
  #current(scene, show) {
    const { lasts } = this.look.constants.measures;
    for (const event of scene.events) {
      const age = scene.time - event.tick - 1;
      const kind = this.look.kind(event);
      if (age >= 0 && age < (lasts[kind] ?? 0)) show(event, age, kind);
    }
  }

  // Stains and scorch marks on the floor.
  under(ctx, scene) {
    const { colours, measures } = this.look.constants;
    this.#current(scene, (event, age, kind) => {
      if (kind !== "death" && kind !== "explosion") return;
      const isScorch = kind === "explosion";
      const level = Math.max(1, nearest(this.levels * Math.min(1, (measures.lasts[kind] - age) / 60)));
      const colour = isScorch ? colours.ink : mix(this.look.colour(event.target), colours.ink, 0.7);
      const [x, y] = scene.camera.toScreen(event.x, event.y);
      this.sprites.scorch(ctx, x, y, (isScorch ? 34 : 24) * scene.camera.scale, colour, level, event.tick % 16);
    });
  }

  // Light, sparks, numbers.
  over(ctx, scene) {
    ctx.globalCompositeOperation = "lighter";
    this.#current(scene, (event, age, kind) => this.#shine(ctx, scene, event, age, kind));
    ctx.globalCompositeOperation = "source-over";
    if (!scene.options.small) this.#current(scene, (event, age, kind) => this.#write(ctx, scene, event, age, kind));
  }

  #shine(ctx, scene, event, age, kind) {
    const { look } = this;
    const { measures, item_colours: itemColours } = look.constants;
    const share = age / measures.lasts[kind];
    switch (kind) {
      case "shot":
        return this.#muzzle(ctx, scene, event, 1 - share);
      case "hit":
      case "critical":
        return this.#hit(ctx, scene, event, age, kind === "critical");
      case "death":
        return this.#death(ctx, scene, event, age);
      case "explosion":
        return this.#explosion(ctx, scene, event, age);
      case "spawn":
        this.#ring(ctx, scene, event, 10 + 34 * (1 - share), look.colour(event.actor), 1 - share);
        return this.#light(ctx, scene, event, 40 * (1 - share) + 8, look.colour(event.actor), 1 - share);
      case "pickup":
        return this.#ring(ctx, scene, event, 8 + age * 0.8, itemColours[event.item], 1 - age / 26);
      case "dash":
        return this.#ring(ctx, scene, event, 8 + age * 1.7, look.colour(event.actor), 1 - share);
      default:
        return undefined;
    }
  }

  // --- single effects ---

  #light(ctx, scene, event, radius, colour, strength) {
    const level = Math.ceil(strength * this.levels);
    const [x, y] = scene.camera.toScreen(event.x, event.y);
    if (level > 0) this.sprites.glow(ctx, x, y, radius * scene.camera.scale, colour, level / this.levels);
  }

  #ring(ctx, scene, event, radius, colour, strength) {
    const level = Math.ceil(strength * this.levels);
    if (level <= 0) return;
    const { scale } = scene.camera;
    const [x, y] = scene.camera.toScreen(event.x, event.y);
    this.sprites.ring(ctx, x, y, radius * scale, colour, level / this.levels, Math.max(1, nearest(2 * scale)));
  }

  // Dots that fly out, slow down and go out.
  #sparks(ctx, scene, event, age, count, reach, lasts, size, colours) {
    const { bursts, sparks } = this.look.constants.measures;
    const burst = (event.tick * 7 + event.actor * 13 + event.x) % bursts;
    const { scale } = scene.camera;
    const [x, y] = scene.camera.toScreen(event.x, event.y);
    const radius = Math.max(size * scale, 2);
    const step = scene.options.small ? 2 : 1;
    let alive = -1;
    for (let spark = burst * sparks; spark < burst * sparks + count; spark++) {
      const share = age / (lasts * this.lives[spark]);
      if (share >= 1 || ++alive % step) continue;
      const way = reach * this.reaches[spark] * (1 - (1 - share) ** 3) * scale;
      const colour = colours[(alive / step) % colours.length];
      const strength = Math.ceil((1 - share) * this.levels) / this.levels;
      const [dx, dy] = [Math.cos(this.angles[spark]) * way, Math.sin(this.angles[spark]) * way];
      this.sprites.glow(ctx, x + dx, y + dy, radius, colour, strength);
    }
  }

  #muzzle(ctx, scene, event, strength) {
    const { constants } = this.look;
    const { scale } = scene.camera;
    const player = scene.before.players[event.actor];
    const [x, y] = [player.x / constants.subpixels, player.y / constants.subpixels];
    const [dx, dy] = [player.aim_x - Math.trunc(x), player.aim_y - Math.trunc(y)];
    const length = Math.hypot(dx, dy) || 1;
    const size = { shotgun: 34, launcher: 38 }[constants.items[event.item]] ?? 24;
    const colour = constants.item_colours[event.item];
    for (const [reach, share] of [
      [27, 1],
      [36, 0.6],
    ]) {
      const [left, top] = scene.camera.toScreen(x + (dx / length) * reach, y + (dy / length) * reach);
      const level = Math.ceil(strength * this.levels * share);
      this.sprites.glow(ctx, left, top, size * share * scale, colour, level / this.levels);
    }
    const [left, top] = scene.camera.toScreen(x, y);
    this.sprites.glow(ctx, left, top, 70 * scale, mix(colour, BLACK, 0.72), Math.ceil(strength * this.levels) / this.levels);
  }

  #hit(ctx, scene, event, age, isCritical) {
    const { white, hot } = this.look.constants.colours;
    const colours = [white, this.look.colour(event.target), hot];
    if (age < 22) this.#sparks(ctx, scene, event, age, isCritical ? 14 : 8, isCritical ? 34 : 24, 22, 4.5, colours);
    if (age < 7) this.#light(ctx, scene, event, 26, white, 0.8 * (1 - age / 7));
  }

  #death(ctx, scene, event, age) {
    const { white } = this.look.constants.colours;
    const colour = this.look.colour(event.target);
    if (age < 50) this.#sparks(ctx, scene, event, age, 34, 76, 50, 6.5, [colour, colour, white]);
    if (age < 24) {
      this.#ring(ctx, scene, event, 10 + 46 * (1 - (1 - age / 24) ** 2), colour, 1 - age / 24);
      this.#light(ctx, scene, event, 74, colour, 0.9 * (1 - age / 24));
    }
    if (age < 6) this.#light(ctx, scene, event, 40, white, 1 - age / 6);
  }

  #explosion(ctx, scene, event, age) {
    const { white, hot, hurt } = this.look.constants.colours;
    if (age < 46) this.#sparks(ctx, scene, event, age, 40, 92, 46, 8, [hot, WARM[0], hurt]);
    if (age < 22) {
      const share = age / 22;
      this.#light(ctx, scene, event, 110 - 30 * share, hot, (1 - share) ** 1.4);
      this.#ring(ctx, scene, event, 14 + 74 * (1 - (1 - share) ** 2), WARM[1], 1 - share);
    }
    if (age < 8) this.#light(ctx, scene, event, 62, white, 1 - age / 8);
  }

  // --- numbers and words that rise and fade ---

  // [text, size, colour] of an event that has any.
  #words({ amount, item }, kind) {
    const { colours, items, item_colours: itemColours } = this.look.constants;
    switch (kind) {
      case "hit":
        return [String(amount), 14, colours.white];
      case "critical":
        return [`${amount}!`, 19, colours.hot];
      case "pickup":
        return [items[item] === "coin" ? `+${amount}` : `+ ${items[item]}`, 15, itemColours[item]];
      case "purchase":
        return [`${items[item]}  -${amount}`, 15, colours.gold];
      case "crown":
        return [`crown +${amount}`, 18, colours.gold];
      case "streak":
        return [`${amount} in a row`, 17, colours.gold];
      default:
        return null;
    }
  }

  #write(ctx, scene, event, age, kind) {
    const words = this.#words(event, kind);
    if (!words) return;
    const [text, size, colour] = words;
    const share = age / this.look.constants.measures.lasts[kind];
    const isHarm = kind === "hit" || kind === "critical";
    const spread = isHarm ? ((event.tick * 17) % 23) - 11 : 0;
    const rise = 26 * (1 - (1 - share) ** 2);
    // Harm above the player, what it gains below.
    const above = isHarm ? -24 - rise : 42 - rise / 2;
    const [x, y] = scene.camera.toScreen(event.x + spread, event.y + above);
    const fine = pixelShare();
    const scale = Math.min(Math.max(scene.camera.scale, 0.75 * fine), 2.2 * fine);
    const label = this.sprites.words(text, size * scale, colour, THIN_EDGE);
    ctx.globalAlpha = Math.min(this.levels, Math.ceil((1 - share) * this.levels * 2)) / this.levels;
    ctx.drawImage(label, nearest(x) - Math.floor(label.width / 2), nearest(y) - Math.floor(label.height / 2));
    ctx.globalAlpha = 1;
  }
}

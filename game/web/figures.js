// What stands and moves on the ground: things, players with their names, bullets. As game/look/picture.py draws them.

import { css, mix } from "../../replay/web/player/look.js";
import { BLACK, Brush, nearest, pixelShare } from "./brush.js";

const ROUND_EDGE = [1, 2, 3].flatMap((x) => [1, 2, 3].map((y) => [x, y]));
const FAST = 1400; // subpixels per tick: such a player leaves ghosts
const HURT_TICKS = 6;
const LATELY = 12; // events

// Light is added to what is there.
function shining(ctx, draw) {
  ctx.globalCompositeOperation = "lighter";
  draw();
  ctx.globalCompositeOperation = "source-over";
}

export class Figures {
  constructor(look, sprites) {
    this.look = look;
    this.sprites = sprites;
    this.constants = look.constants;
  }

  // [player, x, y on the canvas] of everyone alive, between the two states.
  places({ before, after, alpha, camera }) {
    const { subpixels, measures } = this.constants;
    const places = [];
    for (let seat = 0; seat < this.look.names.length; seat++) {
      const [now, then] = [before.players[seat], after.players[seat]];
      if (now.health <= 0) continue;
      const [x, y] = [now.x / subpixels, now.y / subpixels];
      const [dx, dy] = [then.x / subpixels - x, then.y / subpixels - y];
      const share = Math.abs(dx) + Math.abs(dy) < measures.jump && then.health > 0 ? alpha : 0;
      places.push([seat, ...camera.toScreen(x + dx * share, y + dy * share)]);
    }
    return places;
  }

  drawPickups(ctx, { before, camera, time }, scale) {
    const { sprites } = this;
    for (let index = 0; index < before.pickup_count; index++) {
      const { x, y, item } = before.pickups[index];
      const [left, top] = camera.toScreen(x, y);
      const bob = Math.sin(time / 22 + x) * 2 * scale;
      sprites.shadow(ctx, left, top + 7 * scale, 11 * scale);
      const light = mix(this.constants.item_colours[item], BLACK, 0.55);
      shining(ctx, () => sprites.glow(ctx, left, top + bob, 20 * scale, light));
      sprites.item(ctx, left, top + bob, item, scale);
    }
  }

  drawPlayers(ctx, scene, scale, places) {
    const hurt = new Set();
    for (const event of scene.events.slice(-LATELY)) {
      const kind = this.look.kind(event);
      if ((kind === "hit" || kind === "critical") && scene.time - event.tick < HURT_TICKS) hurt.add(event.target);
    }
    for (const [seat, x, y] of places) this.#drawPlayer(ctx, scene, scale, seat, x, y, hurt.has(seat));
  }

  #drawPlayer(ctx, scene, scale, seat, x, y, isHurt) {
    const { sprites, look } = this;
    const { subpixels, colours, measures } = this.constants;
    const row = scene.before.players[seat];
    const { tick } = scene.before;
    const { vx, vy } = row;
    const colour = look.colour(seat);
    shining(ctx, () => sprites.glow(ctx, x, y, 40 * scale, mix(colour, BLACK, 0.62)));
    sprites.shadow(ctx, x, y + 5 * scale, 17 * scale);
    if (row.dashing_until > tick || vx ** 2 + vy ** 2 > FAST ** 2) {
      for (let step = 4; step > 0; step--) {
        const back = (step * 1.2 * scale) / subpixels;
        sprites.ghost(ctx, x - vx * back, y - vy * back, colour, 4 - step, scale);
      }
    }
    const aim = Math.atan2(row.aim_y * subpixels - row.y, row.aim_x * subpixels - row.x);
    sprites.weapon(ctx, x, y, row.weapon, aim, scale);
    sprites.body(ctx, x, y, colour, look.shape(seat), scale, isHurt);
    if (scene.options.contrast) {
      new Brush(ctx).disc(colours.white, nearest(x), nearest(y), nearest(16 * scale), Math.max(2, nearest(2.4 * scale)));
    }
    shining(ctx, () => {
      if (row.protected_until > tick) {
        const level = 3 + nearest(3 * Math.sin(scene.time / 4) ** 2);
        sprites.ring(ctx, x, y, 20 * scale, colours.white, level / measures.levels, Math.max(1, nearest(2 * scale)));
      }
      if (seat === scene.follow) sprites.ring(ctx, x, y, 24 * scale, colour, 1, Math.max(1, nearest(1.5 * scale)));
    });
  }

  // Bullets fly straight: between two states they are where their speed brings them.
  drawBullets(ctx, { before, camera, alpha }) {
    const { subpixels, items, item_colours: itemColours } = this.constants;
    for (let index = 0; index < before.bullet_count; index++) {
      const bullet = before.bullets[index];
      const [vx, vy] = [bullet.vx / subpixels, bullet.vy / subpixels];
      const [x, y] = camera.toScreen(bullet.x / subpixels + vx * alpha, bullet.y / subpixels + vy * alpha);
      const weapon = items[bullet.weapon];
      const colour = mix(itemColours[bullet.weapon], this.look.colour(bullet.owner), 0.35);
      if (weapon === "launcher") this.#drawRocket(ctx, x, y, vx, vy, camera.scale);
      else this.#drawBullet(ctx, x, y, vx, vy, camera.scale, weapon, colour);
    }
  }

  #drawRocket(ctx, x, y, vx, vy, scale) {
    const { colours } = this.constants;
    const { levels } = this.constants.measures;
    shining(ctx, () => {
      for (let step = 1; step <= 5; step++) {
        const back = step * 0.8 * scale;
        this.sprites.glow(ctx, x - vx * back, y - vy * back, (9 - step) * scale, colours.hot, (levels - step) / levels);
      }
    });
    this.sprites.rocket(ctx, x, y, Math.atan2(vy, vx), scale);
  }

  #drawBullet(ctx, x, y, vx, vy, scale, weapon, colour) {
    const { ink, white } = this.constants.colours;
    const brush = new Brush(ctx);
    const back = ({ blaster: 1.1, rifle: 1.9 }[weapon] ?? 0.8) * scale;
    const [left, top] = [x - vx * back * 0.45, y - vy * back * 0.45];
    const width = Math.max(1, nearest((weapon === "rifle" ? 2.4 : 3.4) * scale));
    brush.line(mix(colour, ink, 0.55), x - vx * back, y - vy * back, x, y, width);
    brush.line(colour, left, top, x, y, width);
    brush.line(white, (left + x) / 2, (top + y) / 2, x, y, Math.max(1, width - 2));
    shining(ctx, () => this.sprites.glow(ctx, x, y, (weapon === "blaster" ? 13 : 10) * scale, colour));
  }

  // Name, health, armour, and the ring of a reload.
  drawNames(ctx, scene, places) {
    const { scale } = scene.camera;
    const { colours, full } = this.constants;
    const brush = new Brush(ctx);
    const share = pixelShare();
    const crowned = this.look.crowned(scene.before);
    const [width, height] = [nearest(34 * scale), Math.max(2, nearest(4 * scale))];
    for (const [seat, x, y] of places) {
      const { health, armour, reloaded_at: reloadedAt, weapon } = scene.before.players[seat];
      const [left, top] = [nearest(x) - Math.floor(width / 2), nearest(y - 25 * scale)];
      brush.box(colours.ink, left - 1, top - 1, width + 2, height + 2);
      brush.box(this.#healthColour(health), left, top, nearest((width * health) / full), height);
      if (armour) {
        brush.box(colours.ink, left - 1, top - height, width + 2, height);
        brush.box(colours.shield, left, top - height + 1, nearest((width * armour) / full), Math.max(height - 1, 1));
      }
      const foot = top - (armour ? height : 0) - 2;
      const label = this.#label(seat, Math.min(Math.max(scale * 1.1, 0.95 * share), 2.2 * share));
      ctx.drawImage(label, nearest(x) - Math.floor(label.width / 2), foot - label.height);
      if (seat === crowned) this.sprites.crown(ctx, x, foot - label.height, scale);
      if (reloadedAt > scene.before.tick) this.#drawReload(ctx, x, y, scale, reloadedAt - scene.time, weapon);
    }
  }

  #drawReload(ctx, x, y, scale, left, weapon) {
    const share = 1 - left / Math.max(this.constants.reload[weapon], 1);
    // An arc of the window is wider than it says by a pixel, half of it outside.
    const width = Math.max(1, nearest(2 * scale)) + 1;
    const radius = Math.max((nearest(38 * scale) + 1 - width) / 2, 0);
    ctx.strokeStyle = css(this.constants.colours.white);
    ctx.lineWidth = width;
    ctx.beginPath();
    ctx.arc(nearest(x), nearest(y), radius, -Math.PI / 2, -Math.PI / 2 + share * 2 * Math.PI);
    ctx.stroke();
  }

  #healthColour(health) {
    const { heal, gold, hurt } = this.constants.colours;
    return health > 50 ? heal : health > 25 ? gold : hurt;
  }

  // Number and name with a dark edge, so that they read on everything.
  #label(seat, scale) {
    const colour = mix(this.look.colour(seat), this.constants.colours.white, 0.25);
    const name = Array.from(this.look.names[seat]).slice(0, 14).join("");
    return this.sprites.words(`${seat + 1} ${name}`, 12 * scale, colour, ROUND_EDGE);
  }
}

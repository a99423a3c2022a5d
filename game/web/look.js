// One match of arena as a picture: as game/look/picture.py draws it. It is made of a scene alone and changes nothing in it.

import { Camera, css, mix } from "../../replay/web/player/look.js";
import { nearest } from "./brush.js";
import { Effects } from "./effects.js";
import { Figures } from "./figures.js";
import { groundOf } from "./ground.js";
import { Sprites } from "./sprites.js";
import { ArenaStory } from "./story.js";

const SMALLEST_FIGURES = 0.42; // in a thumbnail they are larger than the map they stand on, or nobody would see them

export class GameLook extends ArenaStory {
  hasPicture = true;

  constructor({ header, constants }) {
    super({ header, constants });
    this.ground = groundOf(header.config.map, constants);
    this.sprites = new Sprites(constants);
    this.effects = new Effects(this, this.sprites);
    this.figures = new Figures(this, this.sprites);
  }

  colour(seat) {
    const { team_colours: teamColours, white } = this.constants.colours;
    if (!this.inTeams) return super.colour(seat);
    return mix(teamColours[seat % 2], white, 0.12 * (Math.floor(seat / 2) % 4));
  }

  teamColour(team) {
    return this.constants.colours.team_colours[team % 2];
  }

  graphColour(index) {
    return this.inTeams ? this.teamColour(index) : this.colour(index);
  }

  mark(kind) {
    return this.constants.marks[kind] ?? super.mark(kind);
  }

  partColour(part) {
    return this.constants.role_colours[part[1]] ?? super.partColour(part);
  }

  draw(ctx, scene) {
    const { options } = scene;
    const moved = options.shake && !options.small ? { ...scene, camera: this.#shaken(scene) } : scene;
    ctx.save();
    ctx.beginPath();
    ctx.rect(...scene.camera.area);
    ctx.clip();
    this.#drawGround(ctx, moved);
    this.#drawFigures(ctx, moved);
    ctx.restore();
  }

  #shaken(scene) {
    const { area, x, y, scale } = scene.camera;
    const [dx, dy] = this.effects.shake(scene);
    return new Camera(area, x + dx, y + dy, scale);
  }

  #drawGround(ctx, { camera, options }) {
    const { colours, measures } = this.constants;
    const { area, scale } = camera;
    const [left, top] = camera.toScreen(0, 0);
    ctx.fillStyle = css(colours.void);
    ctx.fillRect(...area);
    this.ground.draw(ctx, left, top, scale);
    if (!options.contrast) return;
    ctx.globalCompositeOperation = "multiply";
    ctx.fillStyle = css(measures.dull);
    ctx.fillRect(...[left, top, this.world[0] * scale, this.world[1] * scale].map(nearest));
    ctx.globalCompositeOperation = "source-over";
  }

  #drawFigures(ctx, scene) {
    const { scale } = scene.camera;
    const small = Boolean(scene.options.small);
    const figureScale = small ? Math.max(scale, SMALLEST_FIGURES) : scale;
    this.sprites.suit(figureScale, small);
    this.effects.under(ctx, scene);
    this.figures.drawPickups(ctx, scene, figureScale);
    const places = this.figures.places(scene);
    this.figures.drawPlayers(ctx, scene, figureScale, places);
    this.figures.drawBullets(ctx, scene);
    this.effects.over(ctx, scene);
    if (!small) this.figures.drawNames(ctx, scene, places);
  }
}

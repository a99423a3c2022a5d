// How a match of any game is told and drawn: what a game without a look of its own gets, and what every look builds on.

// In an order in which neighbours differ most: Okabe and Ito's, lightened for a dark ground.
export const PLAYER_COLOURS = [
  [86, 180, 233],
  [230, 159, 0],
  [0, 186, 137],
  [240, 228, 66],
  [224, 139, 190],
  [255, 112, 46],
  [64, 136, 222],
  [214, 214, 224],
];
export const PLAYER_SHAPES = ["circle", "triangle", "square", "diamond", "pentagon", "star", "hexagon", "cross"];
const MARK_SHAPES = ["diamond", "triangle", "square", "circle", "pentagon", "star", "hexagon", "cross"];
const MARK_COLOURS = [...PLAYER_COLOURS.slice(0, 6), PLAYER_COLOURS[7]];
const ROLE_COLOURS = { gain: [0, 186, 137], harm: [240, 88, 62], honour: [230, 159, 0], outcome: [232, 236, 242] };
export const DIM = [150, 160, 176];
const SEATS = ["actor", "target", "player"];

export function mix(colour, other, share) {
  return colour.map((part, index) => Math.round(part + (other[index] - part) * share));
}

export function css(colour, alpha = 1) {
  return alpha === 1 ? `rgb(${colour.join(" ")})` : `rgb(${colour.join(" ")} / ${alpha})`;
}

// A tick as m:ss.cc, or h:mm:ss.cc.
export function clock(tick, rate, digits = 2) {
  const hundredths = Math.floor((tick * 100) / rate);
  const seconds = Math.floor(hundredths / 100);
  const two = (value) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const text = `${hours ? `${hours}:${two(Math.floor(seconds / 60) % 60)}` : Math.floor(seconds / 60)}:${two(seconds % 60)}`;
  return digits ? `${text}.${two(hundredths % 100)}` : text;
}

// Corners of a shape around (0, 0), its reach 1.
function corners(shape) {
  const star = (points, inner, turn) =>
    Array.from({ length: points * (inner < 1 ? 2 : 1) }, (_, index) => {
      const angle = turn + (index * Math.PI * (inner < 1 ? 1 : 2)) / points;
      const reach = inner < 1 && index % 2 ? inner : 1;
      return [Math.cos(angle) * reach, Math.sin(angle) * reach];
    });
  const up = -Math.PI / 2;
  const cross = [
    [-0.36, -1],
    [0.36, -1],
    [0.36, -0.36],
    [1, -0.36],
    [1, 0.36],
    [0.36, 0.36],
    [0.36, 1],
    [-0.36, 1],
    [-0.36, 0.36],
    [-1, 0.36],
    [-1, -0.36],
    [-0.36, -0.36],
  ];
  const turned = ([x, y]) => [(x - y) * 0.75, (x + y) * 0.75];
  return {
    triangle: star(3, 1, up),
    square: star(4, 1, up / 2),
    diamond: star(4, 1, up),
    pentagon: star(5, 1, up),
    hexagon: star(6, 1, up),
    star: star(5, 0.45, up),
    burst: star(8, 0.5, up),
    cross,
    x: cross.map(turned),
  }[shape];
}

// Fill a shape with the current colour.
export function drawShape(ctx, shape, x, y, radius) {
  const points = corners(shape);
  ctx.beginPath();
  if (points) for (const [dx, dy] of points) ctx.lineTo(x + dx * radius, y + dy * radius);
  else ctx.arc(x, y, radius, 0, 2 * Math.PI);
  ctx.fill();
}

// What one picture shows of the world: which of its points lies in the middle of `area`, and how large. All in canvas pixels.
export class Camera {
  constructor(area, x, y, scale) {
    Object.assign(this, { area, x, y, scale });
  }

  toScreen(x, y) {
    const [left, top, width, height] = this.area;
    return [left + width / 2 + (x - this.x) * this.scale, top + height / 2 + (y - this.y) * this.scale];
  }

  toWorld(x, y) {
    const [left, top, width, height] = this.area;
    return [this.x + (x - left - width / 2) / this.scale, this.y + (y - top - height / 2) / this.scale];
  }

  // All of the world, as large as it fits.
  static fit(area, world) {
    const scale = Math.max(Math.min(area[2] / world[0], area[3] / world[1]), 1e-3);
    return new Camera(area, world[0] / 2, world[1] / 2, scale);
  }
}

export class Look {
  hasPicture = false; // else the page shows the fields of the state
  world = [1280, 720];
  columns = [];
  memorySeconds = 2;

  constructor({ header, constants = {} }) {
    this.header = header;
    this.constants = constants;
    this.names = header.players.map((player) => player.name);
    this.kinds = header.event_kinds;
    this.weights = Object.fromEntries(this.kinds.map((kind, index) => [kind, index < 3 ? 2 : 1]));
  }

  // What was played, in a few words.
  title() {
    const settings = Object.entries(this.header.config).filter(([name]) => !name.endsWith("_hash"));
    return settings.map(([name, value]) => `${name} ${value}`).join(", ");
  }

  // Called once, before anything is drawn. app: the page, for a look whose pictures come later than they are asked for.
  attend(app) {}

  // --- how things look ---

  draw(ctx, scene) {}

  colour(seat) {
    return PLAYER_COLOURS[seat % PLAYER_COLOURS.length];
  }

  shape(seat) {
    return PLAYER_SHAPES[seat % PLAYER_SHAPES.length];
  }

  teamColour(team) {
    return this.colour(team);
  }

  graphColour(index) {
    return this.colour(index);
  }

  mark(kind) {
    const index = Math.max(this.kinds.indexOf(kind), 0);
    return { shape: MARK_SHAPES[index % MARK_SHAPES.length], colour: MARK_COLOURS[index % MARK_COLOURS.length] };
  }

  partColour([, role, seat]) {
    if (role === "player") return this.colour(seat);
    if (role === "team") return this.teamColour(seat);
    if (role === "kind") return this.mark(this.kinds[seat]).colour;
    return ROLE_COLOURS[role] ?? DIM;
  }

  // --- what happened ---

  kind(event) {
    return typeof event.kind === "number" ? (this.kinds[event.kind] ?? String(event.kind)) : event.kind;
  }

  // One event in words: parts of [text, role, seat].
  tell(event) {
    const kind = this.kind(event);
    const parts = [[kind.replaceAll("_", " "), "kind", this.kinds.indexOf(kind)]];
    for (const [name, value] of Object.entries(event)) {
      if (name === "tick" || name === "kind") continue;
      if (SEATS.includes(name) && this.names[value] !== undefined)
        parts.push([`  ${name} `, "", -1], [this.names[value], "player", value]);
      else parts.push([`  ${name} ${value}`, "", -1]);
    }
    return parts;
  }

  // What of these events is news, newest first.
  feed(events) {
    return events
      .filter((event) => this.weights[this.kind(event)])
      .reverse()
      .map((event) => ({ tick: event.tick, parts: this.tell(event) }));
  }

  playersOf(event) {
    return SEATS.map((name) => event[name]).filter((seat) => this.names[seat] !== undefined);
  }

  placeOf(event) {
    return null;
  }

  // --- how it stands ---

  // Rows of the score table, best first: {player, cells}, a text for each of `columns`; `alive: false` is dimmed.
  standings(state) {
    return [];
  }

  // Numbers of which the graph has a line each.
  lines(state) {
    return [];
  }

  details(state, seat) {
    return [];
  }

  place(state, seat) {
    return null;
  }

  resultText(state) {
    return "";
  }

  inputs(row) {
    return Object.entries(row).map(([name, value]) => [`${name} ${value}`, Boolean(value)]);
  }
}

export function plainText(parts) {
  return parts
    .map(([text]) => text)
    .join("")
    .split(/\s+/)
    .filter(Boolean)
    .join(" ");
}

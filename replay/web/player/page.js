// The page: what it listens to, and what it opens.

import { App } from "./app.js";
import { ReplayError, fromBase64 } from "./bytes.js";
import { actionsOf, byKey, helpCard, keyWord } from "./commands.js";
import { at, setText } from "./dom.js";
import { givenMatch } from "./given.js";
import { inflate } from "./inflate.js";
import { Look } from "./look.js";
import { Recording } from "./recording.js";
import { Simulation } from "./simulation.js";
import { parseTime } from "./transport.js";

const MOST_FILE_BYTES = 2 ** 28;

// A recording out of its bytes, with the game of this page.
export async function openRecording(bytes, game) {
  const recording = new Recording(bytes);
  const { header } = recording;
  if (!game.code) throw new ReplayError("this page has the pictures of one match, and no rules to run another");
  const ours = `${game.name} rules ${game.rules}`;
  if (header.game !== game.name || header.rules !== game.rules)
    throw new ReplayError(`it needs ${header.game} rules ${header.rules}; this page has ${ours}`);
  const newMatch = game.newMatch ?? ((engine) => givenMatch(engine, header, game.begin));
  const source = await Simulation.open(recording, { ...game, newMatch });
  source.bytes = bytes;
  return { source, look: new (game.GameLook ?? Look)({ header, constants: game.constants }) };
}

function showProblem(name, error) {
  const card = at("problem");
  setText(at("problem-text"), `${name} cannot be opened: ${error.message || error}`);
  card.hidden = false;
}

// Buttons, keys, dropped files: once a page, whatever recording is open.
function listen(commands, groups, current, open) {
  const names = byKey(commands);
  at("help-list").append(...helpCard(commands, groups));
  addEventListener("keydown", (event) => {
    const isTyping = event.target.matches("input:not([type=file]), select");
    // The button of a dialog that was closed just now keeps the focus until the next frame.
    const isGone = event.target.closest("dialog:not([open])");
    const isPressing = !isGone && event.target.matches("button, td") && ["Enter", " "].includes(event.key);
    const name = names[keyWord(event)];
    if (isTyping || isPressing || !name || !current() || (document.querySelector("dialog[open]") && name !== "help")) return;
    event.preventDefault();
    current().run(name);
  });
  for (const button of document.querySelectorAll("[data-run]"))
    button.addEventListener("click", () => current()?.run(button.dataset.run));
  for (const tab of document.querySelectorAll("[role=tab]")) {
    tab.addEventListener("click", () => current()?.showTab(tab.dataset.tab));
    tab.addEventListener("keydown", (event) => {
      if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
      event.stopPropagation();
      const other = document.querySelector("[role=tab][aria-selected=false]");
      other.click();
      other.focus();
    });
  }
  at("graph").addEventListener("click", (event) => {
    const { source } = current();
    current().goTo(source.start + (event.offsetX / at("graph").clientWidth) * (source.ticks - source.start), 0);
  });
  at("go-form").addEventListener("submit", () => {
    const tick = parseTime(at("go-time").value, current().source);
    if (tick === null) current().say("a time is like 1204, 20.07s, 1:20.5, 50% or end");
    else current().goTo(tick, 0);
  });
  at("file").addEventListener("change", () => {
    const [file] = at("file").files;
    if (file) open(file);
    at("file").value = ""; // so that the same file can be chosen again
  });
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) open(event.dataTransfer.files[0]);
  });
  const resized = new ResizeObserver(() => current()?.invalidate());
  for (const name of ["stage", "bar", "match", "fields"]) resized.observe(at(name));
  document.addEventListener("visibilitychange", () => document.hidden && current() && (current().before = performance.now()));
}

// light: a style for daylight. Returns the theme that is shown.
function chooseTheme(theme) {
  document.documentElement.dataset.theme = theme;
  return theme;
}

// Start the page. game: what the script was made with; data: what this page shows.
export async function start(game, data, commands, groups) {
  let app = null;
  let theme = chooseTheme(matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark");
  let asked = 0; // for how many recordings
  const shown = (opened, name, isOwn, begins = null) => {
    app?.close();
    app = new App(opened.source, opened.look, name);
    Object.assign(app, { theme, begins, commands: own });
    at("problem").hidden = true;
    window.replay = app; // for whoever drives the page
    return app.begin(isOwn);
  };
  const open = async (file) => {
    const number = ++asked;
    try {
      if (file.size > MOST_FILE_BYTES) throw new ReplayError("it is larger than any recording");
      const opened = await openRecording(new Uint8Array(await file.arrayBuffer()), game);
      if (number === asked) await shown(opened, file.name, false);
    } catch (error) {
      if (number === asked) showProblem(file.name, error);
    }
  };
  const possible = new Set(Object.keys(actionsOf({ transport: null, director: null })));
  const own = commands.filter(([name]) => possible.has(name));
  listen(own, groups, () => app, open);
  at("home").hidden = !data.home;
  at("theme").addEventListener("click", () => {
    theme = chooseTheme(theme === "light" ? "dark" : "light");
    if (app) app.theme = theme;
    app?.showTab(app.tab);
  });
  try {
    game.code = game.packed && inflate(fromBase64(game.packed), game.size);
    game.begin = data.begin;
    const opened = await (data.told ? game.openFilm(data) : openRecording(fromBase64(data.recording), game));
    if (!asked) await shown(opened, data.name, true, data.at);
  } catch (error) {
    showProblem(data.name, error);
    document.documentElement.dataset.verdict = "bad";
  }
}

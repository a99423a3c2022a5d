// What keys and buttons do. The table of commands (name, keys, help, group) is the window's own and comes with the page.

import { at, make } from "./dom.js";

const SPECIAL = { " ": "Space", ArrowLeft: "Left", ArrowRight: "Right", ArrowUp: "Up", ArrowDown: "Down" };

// The key of an event as the table writes it: `Space`, `Shift+Left`, `Ctrl+S`.
export function keyWord(event) {
  const name = SPECIAL[event.key] ?? (event.key.length === 1 ? event.key.toUpperCase() : event.key);
  const isSign = event.key.length === 1 && event.key.toUpperCase() === event.key.toLowerCase() && event.key !== " ";
  const held = [
    [event.ctrlKey || event.metaKey, "Ctrl"],
    [event.altKey, "Alt"],
    [event.shiftKey && !isSign, "Shift"],
  ];
  return [...held.flatMap(([isHeld, word]) => (isHeld ? [word] : [])), name].join("+");
}

export function actionsOf(app) {
  const { transport, director } = app;
  const skip = (seconds) => () => transport.skip(seconds);
  const zoom = (factor) => () => director.zoomBy(factor);
  const switched = (name) => () => (app.switches[name] = !app.switches[name]);
  const percent = (share) => () => transport.jump(app.source.start + share * (app.source.ticks - app.source.start));
  const actions = {
    play: () => transport.toggle(),
    reverse: () => transport.toggle(-1),
    slower: () => transport.faster(-1),
    faster: () => transport.faster(1),
    normal_speed: () => (transport.speed = 1),
    tick_back: () => transport.nudge(-1),
    tick_on: () => transport.nudge(1),
    back_5: skip(-5),
    on_5: skip(5),
    back_10: skip(-10),
    on_10: skip(10),
    back_1: skip(-1),
    on_1: skip(1),
    start: percent(0),
    end: () => {
      transport.playing = false;
      percent(1)();
    },
    go_to: () => app.askTime(),
    undo_jump: () => transport.undo(),
    bookmark: () => app.say(`${app.marks.bookmark(transport.tick)} at tick ${transport.tick}`),
    next_marker: () => app.goToMark(1),
    previous_marker: () => app.goToMark(-1),
    mark_in: () => transport.mark("loopIn", "loopOut", 1),
    mark_out: () => transport.mark("loopOut", "loopIn", -1),
    loop: () => (transport.looping = !transport.looping),
    save_clip: () => app.saveRecording(),
    follow_next: () => app.followBy(1),
    follow_previous: () => app.followBy(-1),
    free_camera: () => app.letGo(),
    auto_camera: () => director.auto(),
    zoom_in: zoom(1.15),
    zoom_out: zoom(1 / 1.15),
    inputs: switched("inputs"),
    shake: switched("shake"),
    hide: switched("hidden"),
    inspector: () => app.showTab(app.tab === "inspector" ? "match" : "inspector"),
    screenshot: () => app.savePicture(),
    full_screen: () => app.toggleFullScreen(),
    browser: () => at("file").click(),
    help: () => app.toggleHelp(),
    verdict: () => app.source.firstBadTick !== null && app.goTo(app.source.firstBadTick, 0),
  };
  for (let tenth = 0; tenth < 10; tenth++) actions[`percent_${tenth}0`] = percent(tenth / 10);
  return actions;
}

// The command that a key means, or undefined.
export function byKey(commands) {
  return Object.fromEntries(commands.flatMap(([name, keys]) => keys.map((key) => [key, name])));
}

export function helpCard(commands, groups) {
  return Object.entries(groups).map(([group, title]) => {
    const own = commands.filter((command) => command[3] === group && !/^percent_[1-8]/.test(command[0]));
    const lines = own.flatMap(([, keys, help]) => [
      make("dt", {}, ...keys.map((key) => make("kbd", { text: key }))),
      make("dd", { text: help }),
    ]);
    return make("section", {}, make("h3", { text: title }), make("dl", {}, ...lines));
  });
}

// Plays moments: each in a page of its own, in a frame that has no rights, made when it is asked for.
"use strict";

const textOf = (id) => document.getElementById(id).textContent;

function pageOf({ player, moment }) {
  const [before, after] = JSON.parse(textOf(player));
  return before + textOf(moment) + after;
}

function play(button) {
  const place = button.closest(".moment");
  const open = place.querySelector("iframe");
  const { says = button.textContent } = button.dataset;
  if (open) open.remove();
  else {
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-scripts allow-downloads");
    frame.allow = "fullscreen";
    frame.title = says;
    frame.srcdoc = pageOf(button.dataset);
    place.append(frame);
  }
  button.dataset.says = says;
  button.textContent = open ? says : "Close it";
  button.setAttribute("aria-expanded", String(!open));
}

function save(button) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([pageOf(button.dataset)], { type: "text/html" }));
  link.download = button.dataset.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

addEventListener("click", (event) => {
  const button = event.target.closest("button[data-moment]");
  if (button) (button.dataset.name ? save : play)(button);
});

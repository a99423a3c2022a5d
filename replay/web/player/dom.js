// Elements of the page. What a recording says only ever becomes text.

export const at = (id) => document.getElementById(id);

export function make(tag, { text, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  if (text !== undefined) element.textContent = text;
  element.append(...children);
  return element;
}

// New children, only if what they are made of is another: `key` says what that is.
export function refill(element, key, build) {
  if (element.$key === key) return;
  element.$key = key;
  element.replaceChildren(...build());
}

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// Make a canvas as large as it is shown, in device pixels. Returns its 2D context, and whether the size is new.
export function fitCanvas(canvas) {
  const share = window.devicePixelRatio || 1;
  const [width, height] = [
    Math.max(Math.round(canvas.clientWidth * share), 1),
    Math.max(Math.round(canvas.clientHeight * share), 1),
  ];
  const isNew = canvas.width !== width || canvas.height !== height;
  if (isNew) Object.assign(canvas, { width, height });
  return { ctx: canvas.getContext("2d"), isNew, share };
}

// A colour of the page's style sheet by its name.
export function themed(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

export function save(name, blob) {
  const url = URL.createObjectURL(blob);
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

// What all parts of the page share: elements, numbers as text, arrays, colours.

const find = (id) => document.getElementById(id);

/** An element with properties and children; a text is a child too. */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function makeSvg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** A number in as few characters as tell it: 0.00123, 12.5 k, 3.1e-9. */
function shortNumber(value, digits = 4) {
  if (value === null || Number.isNaN(value)) return "–";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e15)) {
    return value.toExponential(digits - 1).replace(/\.?0+e/, "e").replace("e+", "e");
  }
  for (const [unit, name] of [[1e12, " T"], [1e9, " G"], [1e6, " M"], [1e4, " k"]]) {
    if (size >= unit) return Number((value / (unit === 1e4 ? 1e3 : unit)).toPrecision(digits)) + name;
  }
  return String(Number(value.toPrecision(digits)));
}

const decoded = new Map();

/** Array number k of the report, as doubles. */
function array(k) {
  if (!decoded.has(k)) {
    const bytes = Uint8Array.from(atob(DATA.arrays[k]), (letter) => letter.charCodeAt(0));
    decoded.set(k, new Float64Array(bytes.buffer));
  }
  return decoded.get(k);
}

const inForce = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// Okabe and Ito's colours stand in the style sheet, for light and for dark pages.
const COLOURS = 7;
const DASHES = [[], [8, 4], [2, 3], [9, 3, 2, 3]];
const MARKERS = ["circle", "square", "triangle", "diamond", "down", "plus", "cross", "ring"];

/** The look of the k-th curve: colour, dashes and marker change at different paces, so that neighbours differ in two. */
function look(k) {
  const dash = DASHES[(k + Math.floor(k / COLOURS)) % 4], marker = MARKERS[(k + Math.floor(k / 56)) % 8];
  return {colour: inForce(`--curve-${k % COLOURS}`), dash, marker};
}

const CORNERS = {
  square: [[-1, -1], [1, -1], [1, 1], [-1, 1]],
  triangle: [[0, -1.2], [1.1, 0.9], [-1.1, 0.9]],
  down: [[0, 1.2], [1.1, -0.9], [-1.1, -0.9]],
  diamond: [[0, -1.3], [1.1, 0], [0, 1.3], [-1.1, 0]],
  plus: [[-0.4, -1.2], [0.4, -1.2], [0.4, -0.4], [1.2, -0.4], [1.2, 0.4], [0.4, 0.4],
         [0.4, 1.2], [-0.4, 1.2], [-0.4, 0.4], [-1.2, 0.4], [-1.2, -0.4], [-0.4, -0.4]],
  cross: [[-1.2, -0.8], [-0.8, -1.2], [0, -0.4], [0.8, -1.2], [1.2, -0.8], [0.4, 0],
          [1.2, 0.8], [0.8, 1.2], [0, 0.4], [-0.8, 1.2], [-1.2, 0.8], [-0.4, 0]],
};

/** Adds a marker of radius r to the path of a canvas; without corners it is a disc or a ring. */
function markerPath(context, kind, x, y, r) {
  const corners = CORNERS[kind];
  if (!corners) {
    context.moveTo(x + r, y);
    context.arc(x, y, r, 0, 2 * Math.PI);
    if (kind === "ring") {
      context.moveTo(x + r / 2, y);
      context.arc(x, y, r / 2, 0, 2 * Math.PI, true);
    }
    return;
  }
  corners.forEach(([right, down], k) => context[k ? "lineTo" : "moveTo"](x + right * r, y + down * r));
  context.closePath();
}

// Viridis at nine places; equal steps look equal, in grey and to colour-blind readers too.
const VIRIDIS = [[68, 1, 84], [71, 44, 122], [59, 81, 139], [44, 113, 142], [33, 144, 141], [39, 173, 129], [92, 200, 99],
                 [170, 220, 50], [253, 231, 37]];

/** Red, green and blue at a share of the scale from 0 to 1. */
function viridis(share) {
  const place = Math.min(1, Math.max(0, share)) * (VIRIDIS.length - 1);
  const k = Math.min(VIRIDIS.length - 2, Math.floor(place));
  return VIRIDIS[k].map((low, channel) => Math.round(low + (place - k) * (VIRIDIS[k + 1][channel] - low)));
}

/** Least and largest finite value. */
function extent(values) {
  let low = Infinity, high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high && value < Infinity) high = value;
  }
  return [low, high];
}

/** Offers a text as a file. */
function download(name, text) {
  const link = make("a", {href: URL.createObjectURL(new Blob([text], {type: "text/csv"})), download: name});
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function say(text) {
  find("said").textContent = text;
}

"use strict";
// What the other scripts share: the page's data, elements, numbers, colours. No library.
const page = JSON.parse(document.getElementById("data").textContent);
const byId = id => document.getElementById(id);
const NONE = "–";
const NAMESPACE = "http://www.w3.org/2000/svg";

// Text is set as text, never as markup: names come from files.
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
const el = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
const draw = (tag, attributes = {}, ...children) => fill(document.createElementNS(NAMESPACE, tag), attributes, children);

const number = cell => (cell === NONE || cell === "" ? NaN : Number(cell));
const isBest = config => page.best_set !== null && page.configs.rows[config][page.best_set] === "yes";
const short = path => path.split(".").pop();
const clamp = (v, low, high) => Math.max(low, Math.min(high, v));
function words(v) {
  if (v === 0) return "0";
  const size = Math.abs(v);
  return size >= 1e-3 && size < 1e5 ? String(Number(v.toPrecision(4))) : v.toExponential(3).replace(/\.?0+e/, "e").replace("e+", "e");
}

// Positive values of several sizes are read on a logarithmic scale.
function isWide(values, times) {
  const [low, high] = ends(values);
  return low > 0 && high / low >= times;
}
// Smallest and largest, for lists of any length.
const ends = values => values.reduce(([low, high], v) => [Math.min(low, v), Math.max(high, v)], [Infinity, -Infinity]);

function ticks(low, high, isLog, most) {
  const found = [];
  if (isLog) {
    const from = Math.floor(Math.log10(low)), to = Math.floor(Math.log10(high) + 1e-9), n = to - from + 1, every = Math.max(1, Math.ceil(n / (most + 1)));
    const steps = n <= most / 2 ? [1, 2, 5] : n <= most ? [1, 3] : [1];
    for (let p = from; p <= to; p += every) for (const step of steps) found.push(Number(`${step}e${p}`));
    const inside = found.filter(v => v >= low * (1 - 1e-9) && v <= high * (1 + 1e-9));
    if (inside.length > 1) return inside;
    found.length = 0;
  }
  const rough = (high - low) / most, power = 10 ** Math.floor(Math.log10(rough || 1)), step = [1, 2, 5, 10].map(m => m * power).find(s => s >= rough) || power;
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) found.push(Number((i * step).toPrecision(12)));
  return found;
}

// Viridis by five stops, without the end that the paper swallows; 1 is best and stands out most.
const VIRIDIS = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];
const dark = matchMedia("(prefers-color-scheme: dark)");
function color(share) {
  const at = 4 * (dark.matches ? 0.3 + 0.7 * share : 0.85 * (1 - share)), i = Math.min(3, Math.floor(at)), f = at - i;
  return `rgb(${VIRIDIS[i].map((a, k) => Math.round(a + (VIRIDIS[i + 1][k] - a) * f)).join(",")})`;
}

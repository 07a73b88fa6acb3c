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
const short = path => path.split(".").pop();
const clamp = (v, low, high) => Math.max(low, Math.min(high, v));
function words(v) {
  if (v === 0) return "0";
  const size = Math.abs(v);
  return size >= 1e-3 && size < 1e5 ? String(Number(v.toPrecision(4))) : v.toExponential(3).replace(/\.?0+e/, "e").replace("e+", "e");
}

// Positive values that span two decades or more are read on a logarithmic scale.
const isWide = values => values.length > 0 && values.every(v => v > 0) && Math.max(...values) / Math.min(...values) >= 100;

function ticks(low, high, isLog, most) {
  const found = [];
  if (isLog) {
    const from = Math.ceil(Math.log10(low) - 1e-9), to = Math.floor(Math.log10(high) + 1e-9), every = Math.max(1, Math.ceil((to - from + 1) / most));
    for (let p = from; p <= to; p += every) found.push(Number(`1e${p}`));
    if (found.length > 1) return found;
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

// Learning curves: mean and 95 % interval by epoch of chosen configurations, to zoom into and to read off.

const MOST = 7;
// Okabe and Ito's colours, dark enough for white figures on them.
const INKS = ["#0072b2", "#b34e00", "#00785a", "#a3478a", "#8a6100", "#2a7ca8", "#555b61"];
const PALE = ["#56b4e9", "#f0883e", "#2bc79b", "#e39ac4", "#e6b400", "#8fd0f5", "#c3c8cd"];
const ink = i => (dark.matches ? PALE : INKS)[i];

const chart = { chosen: page.curves.slice(0, 3).map(c => c.config), zoom: null, quantity: 0, scales: null };
const curveOf = new Map(page.curves.map(c => [c.config, c]));

const trainOf = q => page.quantities.indexOf(page.quantities[q].replace("valid", "train"));
function shownLines() {
  const withTrain = byId("train").checked && trainOf(chart.quantity) !== chart.quantity && trainOf(chart.quantity) >= 0;
  return chart.chosen.flatMap((config, slot) => {
    const of = q => ({ slot, points: curveOf.get(config).lines[q], isTrain: q !== chart.quantity });
    return (withTrain ? [of(trainOf(chart.quantity))] : []).concat(of(chart.quantity));
  }).filter(line => line.points.x.length);
}

function drawCurves() {
  const holder = byId("chart"), width = Math.max(280, holder.clientWidth), height = 340, [left, right, top, bottom] = [64, 26, 12, 44];
  const all = shownLines();
  const xs = all.flatMap(line => [line.points.x[0], line.points.x[line.points.x.length - 1]]);
  const [first, last] = xs.length ? ends(xs) : [0, 1];
  const [from, to] = chart.zoom || [first, last];
  const inside = all.map(line => ({ ...line, at: line.points.x.flatMap((x, i) => (x >= from && x <= to ? [i] : [])) }));
  const seen = inside.flatMap(({ points, at }) => at.flatMap(i => [points.mean[i], points.low[i], points.high[i]])).filter(v => v !== null && Number.isFinite(v));
  const means = inside.flatMap(({ points, at }) => at.map(i => points.mean[i]));
  const isLog = byId("log").checked && means.length > 0 && means.every(v => v > 0);
  // An interval may reach below zero; a logarithmic axis ends a decade below the means.
  const floor = isLog ? ends(means)[0] / 10 : -Infinity;
  let [low, high] = seen.length ? ends(seen) : [0, 1];
  low = Math.max(floor, low);
  if (low === high) [low, high] = isLog ? [low / 2, high * 2] : [low - 0.5, high + 0.5];
  const x = v => left + ((v - from) / (to - from || 1)) * (width - left - right);
  const level = v => (isLog ? Math.log(Math.max(v, low) / low) / Math.log(high / low) : (v - low) / (high - low));
  const y = v => height - bottom - level(clamp(v, low, high)) * (height - top - bottom);
  const picture = draw("svg", { class: "drawing", width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-labelledby": "curves-caption" });
  ticks(low, high, isLog, 5).forEach(v => picture.append(
    draw("line", { class: "grid", x1: left, x2: width - right, y1: y(v), y2: y(v) }), draw("text", { x: left - 8, y: y(v) + 4, "text-anchor": "end" }, words(v))));
  ticks(from, to, false, width < 500 ? 4 : 8).forEach(v => picture.append(
    draw("line", { class: "axis", x1: x(v), x2: x(v), y1: height - bottom, y2: height - bottom + 4 }), draw("text", { x: x(v), y: height - bottom + 18, "text-anchor": "middle" }, words(v))));
  picture.append(draw("line", { class: "axis", x1: left, x2: width - right, y1: height - bottom, y2: height - bottom }));
  picture.append(draw("text", { x: (left + width - right) / 2, y: height - 6, "text-anchor": "middle" }, page.progress));
  picture.append(draw("text", { x: 14, y: height / 2, transform: `rotate(-90 14 ${height / 2})`, "text-anchor": "middle" }, `${page.quantities[chart.quantity].replace(/_/g, " ")}${isLog ? " (log)" : ""}`));
  const spot = (points, values) => i => `${x(points.x[i]).toFixed(1)},${y(values[i]).toFixed(1)}`;
  for (const { points, at, slot, isTrain } of inside) {
    const there = at.filter(i => points.low[i] !== null);
    if (!isTrain && there.length) picture.append(draw("path", { d: `M${there.map(spot(points, points.high)).join("L")}L${there.reverse().map(spot(points, points.low)).join("L")}Z`, fill: ink(slot), "fill-opacity": 0.18 }));
  }
  for (const { points, at, slot, isTrain } of inside) {
    if (!at.length) continue;
    picture.append(draw("path", { d: `M${at.map(spot(points, points.mean)).join("L")}`, fill: "none", stroke: ink(slot), "stroke-width": 2, "stroke-dasharray": isTrain ? "5 4" : "none" }));
  }
  // Numbers at the lines' ends, moved apart where they would lie on each other.
  const tips = inside.filter(line => !line.isTrain && line.at.length).map(({ points, at, slot }) => ({ slot, x: x(points.x[at[at.length - 1]]), y: y(points.mean[at[at.length - 1]]) }));
  tips.sort((a, b) => a.y - b.y);
  tips.forEach((tip, i) => { if (i) tip.y = Math.max(tip.y, tips[i - 1].y + 13); });
  const over = tips.length ? Math.max(0, tips[tips.length - 1].y - (height - bottom)) : 0;
  tips.forEach(tip => picture.append(draw("text", { x: tip.x + 7, y: tip.y - over + 4, "font-weight": 600, style: `fill:${ink(tip.slot)}` }, tip.slot + 1)));
  const rule = draw("line", { class: "axis", y1: top, y2: height - bottom, "stroke-dasharray": "2 3" });
  const pane = draw("rect", { class: "pane", id: "pane", x: left, y: top, width: width - left - right, height: height - top - bottom });
  const band = draw("rect", { class: "brush", y: top, height: height - top - bottom, width: 0 });
  picture.append(rule, band, pane);
  holder.replaceChildren(picture);
  chart.scales = { x, rule, wasRead: chart.scales !== null };
  const value = event => clamp(from + ((event.clientX - picture.getBoundingClientRect().left - left) / (width - left - right)) * (to - from), from, to);
  let start = null;
  pane.addEventListener("pointerdown", event => { start = value(event); pane.setPointerCapture(event.pointerId); });
  pane.addEventListener("pointermove", event => {
    byId("cursor").value = value(event);
    readOff();
    if (start === null) return;
    const [a, b] = [start, value(event)].sort((p, q) => p - q);
    band.setAttribute("x", x(a));
    band.setAttribute("width", x(b) - x(a));
  });
  pane.addEventListener("pointerup", event => {
    const [a, b] = [start, value(event)].sort((p, q) => p - q);
    start = null;
    if (x(b) - x(a) > 6) zoom([Math.floor(a), Math.ceil(b)]); else band.setAttribute("width", 0);
  });
  pane.addEventListener("dblclick", () => zoom(null));
  fill(byId("cursor"), { min: from, max: to }, []);
  if (!chart.scales.wasRead) byId("cursor").value = to;
  byId("from").value = from;
  byId("to").value = to;
  caption(all);
  readOff();
}

function zoom(range) {
  chart.zoom = range && range[1] > range[0] ? range : null;
  drawCurves();
}

function caption(all) {
  const train = all.some(line => line.isTrain), drawn = Math.max(0, ...all.map(line => line.points.x.length));
  const recorded = Math.max(0, ...chart.chosen.map(c => curveOf.get(c).n_points)), n = [...new Set(all.map(line => line.points.n))].sort((a, b) => a - b);
  const band = n.length === 1 && n[0] === 1 ? "one seed, so no interval" : `mean and 95 % t interval over n = ${n.join(" or ")} seeds, as far as all of a line go`;
  const thinned = recorded > drawn ? ` ${drawn} of ${recorded} points are drawn.` : "";
  const total = page.configs.n > page.curves.length ? ` Of ${page.configs.n} configurations the ${page.curves.length} best have curves on this page.` : "";
  byId("curves-caption").textContent = all.length
    ? `${page.quantities[chart.quantity]}: ${band}${train ? "; validation solid, training dashed and without its interval" : ""}.${thinned}${total}`
    : "Nothing is chosen, or nothing was recorded for what is.";
}

// The values at the cursor, beside the names of the lines.
function readOff() {
  const at = Number(byId("cursor").value), { x, rule } = chart.scales;
  rule.setAttribute("x1", x(at));
  rule.setAttribute("x2", x(at));
  byId("at").textContent = `${page.progress} ${Math.round(at)}`;
  const all = shownLines();
  byId("legend").replaceChildren(...chart.chosen.map((config, slot) => {
    const said = all.filter(line => line.slot === slot).reverse().map(({ points, isTrain }) => {
      const i = points.x.reduce((best, v, k) => (Math.abs(v - at) < Math.abs(points.x[best] - at) ? k : best), 0);
      const interval = points.low[i] === null ? "" : ` [${words(points.low[i])}, ${words(points.high[i])}]`;
      return `${isTrain ? "training " : ""}${words(points.mean[i])}${interval}`;
    });
    const mark = el("b", {}, String(slot + 1));
    mark.style.background = INKS[slot];
    return el("li", {}, mark, `${curveOf.get(config).label}: ${said.join("; ")}`);
  }));
}

function choose(config, isChosen) {
  chart.chosen = chart.chosen.filter(c => c !== config);
  if (isChosen) chart.chosen.push(config);
  drawCurves();
}

function startCurves() {
  page.quantities.forEach((name, q) => { if (page.curves.some(c => c.lines[q].x.length)) byId("quantity").append(el("option", { value: q }, name)); });
  const fit = () => {
    byId("with-train").hidden = trainOf(chart.quantity) < 0 || trainOf(chart.quantity) === chart.quantity;
    byId("log").checked = isWide(shownLines().flatMap(line => line.points.mean), 30);
    zoom(null);
  };
  byId("quantity").addEventListener("change", event => { chart.quantity = Number(event.target.value); fit(); });
  byId("train").addEventListener("change", drawCurves);
  byId("log").addEventListener("change", drawCurves);
  byId("whole").addEventListener("click", () => zoom(null));
  byId("cursor").addEventListener("input", readOff);
  for (const id of ["from", "to"]) byId(id).addEventListener("change", () => zoom([Number(byId("from").value), Number(byId("to").value)]));
  fit();
}

// Parallel coordinates: an axis for each setting and one for the metric, a line for each configuration. What is kept of an axis lies in
// its filter; brush and boxes are two ways to it.

// An axis of few values keeps a set of them, one of many keeps a range.
const FEW = 12;

function makeAxis(name, cells, kind) {
  const values = [...new Set(cells)];
  const numbers = values.map(number).filter(v => Number.isFinite(v));
  const isNumeric = values.every(v => v === NONE || Number.isFinite(number(v)));
  if (kind === "mean" || (isNumeric && values.length > FEW)) {
    const isLog = isWide(numbers, kind === "mean" ? 10 : 100), [low, high] = ends(numbers);
    const scale = v => (isLog ? Math.log(v / low) / Math.log(high / low) : (v - low) / (high - low));
    const at = v => (high > low ? scale(v) : 0.5);
    const back = share => (isLog ? low * (high / low) ** share : low + share * (high - low));
    // Where there is no number a line ends below the axis.
    const flips = kind === "mean" && !page.larger_is_better;
    const share = cell => (Number.isFinite(number(cell)) ? (flips ? 1 - at(number(cell)) : at(number(cell))) : -0.07);
    const value = s => back(flips ? 1 - s : s);
    return { name, kind, low, high, isLog, share, value, isContinuous: true, kept: null, keepsNone: true, hasNone: values.includes(NONE) };
  }
  const order = new Map(values.map((v, i) => [v, i]));
  values.sort((a, b) => (isNumeric ? (a === NONE ? -1 : b === NONE ? 1 : number(a) - number(b)) : order.get(a) - order.get(b)));
  const place = new Map(values.map((v, i) => [v, values.length > 1 ? i / (values.length - 1) : 0.5]));
  return { name, kind, values, share: cell => place.get(cell), isContinuous: false, kept: new Set(values) };
}

function keeps(axis, cell) {
  if (!axis.isContinuous) return axis.kept.has(cell);
  if (axis.kept === null) return true;
  const v = number(cell);
  // The shown digits are rounded, and so may an end be.
  const slack = 1e-9 * Math.max(Math.abs(axis.low), Math.abs(axis.high));
  return Number.isFinite(v) && v >= axis.kept[0] - slack && v <= axis.kept[1] + slack;
}

const axes = page.axes.map(i => makeAxis(page.configs.columns[i], page.configs.rows.map(r => r[i]), "setting"));
const meanAxis = makeAxis(`${page.metric}, mean`, page.configs.rows.map(r => r[page.mean]), "mean");
// Lines through one value are spread around it by rank, the best above: on a grid they would lie on each other.
const spread = axes.map((axis, i) => {
  const cells = page.configs.rows.map(row => row[page.axes[i]]);
  if (axis.isContinuous) return cells.map(axis.share);
  const room = Math.min(0.09, 0.6 / Math.max(1, axis.values.length - 1)), total = new Map(), seen = new Map();
  cells.forEach(cell => total.set(cell, (total.get(cell) || 0) + 1));
  return cells.map(cell => {
    const at = seen.get(cell) || 0;
    seen.set(cell, at + 1);
    return axis.share(cell) + (total.get(cell) > 1 ? room * (0.5 - at / (total.get(cell) - 1)) : 0);
  });
}).concat([page.configs.rows.map(row => meanAxis.share(row[page.mean]))]);
const rankShare = r => (page.configs.rows.length > 1 ? 1 - r / (page.configs.rows.length - 1) : 1);

const allAxes = [...axes.map((axis, i) => ({ axis, column: page.axes[i] })), { axis: meanAxis, column: page.mean }];
const keptRows = () => page.configs.rows.map(row => allAxes.every(({ axis, column }) => keeps(axis, row[column])));

const TOP = 54, HEIGHT = 250, BELOW = 34;
let lines = [];

function drawParallel(changed) {
  const holder = byId("parallel");
  const width = Math.max(holder.clientWidth, allAxes.length * 92), left = 20, right = 62;
  const x = i => (allAxes.length > 1 ? left + (i * (width - left - right)) / (allAxes.length - 1) : width / 2);
  const y = share => TOP + (1 - share) * HEIGHT;
  const picture = draw("svg", { class: page.configs.rows.length > 300 ? "drawing many" : "drawing", width, height: TOP + HEIGHT + BELOW, viewBox: `0 0 ${width} ${TOP + HEIGHT + BELOW}`, "aria-hidden": "true" });
  const bundle = draw("g");
  lines = page.configs.rows.map((_, r) => {
    const path = allAxes.map((_, i) => `${x(i).toFixed(1)},${y(spread[i][r]).toFixed(1)}`).join("L");
    return draw("path", { class: "line", d: `M${path}`, "data-row": r });
  });
  picture.append(bundle);
  allAxes.forEach(({ axis }, i) => {
    const column = draw("g");
    column.append(draw("line", { class: "axis", x1: x(i), x2: x(i), y1: y(1), y2: y(0) }));
    const last = i === allAxes.length - 1, label = axis.kind === "mean" ? axis.name : short(axis.name);
    column.append(draw("text", { x: last ? width - 4 : i ? x(i) : 4, y: 16, "text-anchor": last ? "end" : i ? "middle" : "start", "font-weight": "600" }, label));
    if (axis.kind === "mean") column.append(draw("text", { class: "dim", x: width - 4, y: 31, "text-anchor": "end" }, `best at the top${axis.isLog ? ", log" : ""}`));
    else if (axis.isLog) column.append(draw("text", { class: "dim", x: x(i), y: 31, "text-anchor": "middle" }, "log"));
    const marks = axis.isContinuous ? ticks(axis.low, axis.high, axis.isLog, 5).map(v => [words(v), axis.share(String(v))]) : axis.values.map(v => [v, axis.share(v)]);
    if (axis.isContinuous && axis.hasNone) marks.push(["no value", -0.07]);
    marks.forEach(([text, share]) => {
      column.append(draw("line", { class: "axis", x1: x(i) - 3, x2: x(i) + 3, y1: y(share), y2: y(share) }));
      const shown = text.length > 16 ? `${text.slice(0, 15)}…` : text;
      column.append(draw("text", { class: axis.isContinuous || axis.kept.has(text) ? "" : "dim", x: x(i) + 7, y: y(share) + 4, style: "paint-order:stroke;stroke:var(--paper);stroke-width:3px" }, shown));
    });
    const brush = draw("rect", { class: "brush", x: x(i) - 7, width: 14, y: 0, height: 0 });
    const hit = draw("rect", { class: "hit", x: x(i) - 16, width: 32, y: TOP - 14, height: HEIGHT + 28, "data-axis": axis.name });
    axis.show = () => {
      const span = extent(axis);
      brush.setAttribute("height", span ? Math.max(2, y(span[0]) - y(span[1])) : 0);
      if (span) brush.setAttribute("y", y(span[1]));
    };
    listen(hit, axis, share => clamp(1 - (share - TOP) / HEIGHT, 0, 1), changed);
    column.append(brush, hit);
    picture.append(column);
  });
  holder.replaceChildren(picture);
  bundle.addEventListener("pointerover", event => point(event.target.dataset.row));
  bundle.addEventListener("pointerout", () => point(undefined));
  for (const r of [...lines.keys()].reverse()) bundle.append(lines[r]);
}

// The part of an axis that is kept, as shares of its length; null where all of it is, or none.
function extent(axis) {
  if (axis.isContinuous) return axis.kept && axis.kept.map(v => axis.share(String(v))).sort((a, b) => a - b);
  if (axis.kept.size === axis.values.length || axis.kept.size === 0) return null;
  const kept = [...axis.kept].map(axis.share);
  return [Math.min(...kept) - 0.02, Math.max(...kept) + 0.02];
}

function listen(hit, axis, toShare, changed) {
  let from = null;
  const share = event => toShare(event.clientY - hit.ownerSVGElement.getBoundingClientRect().top);
  const keep = (a, b) => {
    const [low, high] = [Math.min(a, b), Math.max(a, b)];
    if (high - low < 0.01) axis.kept = axis.isContinuous ? null : new Set(axis.values);
    else if (axis.isContinuous) axis.kept = [axis.value(low), axis.value(high)].sort((x, y) => x - y);
    else axis.kept = new Set(axis.values.filter(v => axis.share(v) >= low - 0.02 && axis.share(v) <= high + 0.02));
    changed();
  };
  hit.addEventListener("pointerdown", event => { from = share(event); hit.setPointerCapture(event.pointerId); });
  hit.addEventListener("pointermove", event => { if (from !== null) keep(from, share(event)); });
  hit.addEventListener("pointerup", event => { if (from !== null) keep(from, share(event)); from = null; });
  hit.addEventListener("pointercancel", () => { from = null; });
}

// Which configuration is pointed at, in the drawing or in the table.
function point(row) {
  document.querySelectorAll(".lit").forEach(e => e.classList.remove("lit"));
  byId("pointed").textContent = "";
  if (row === undefined) return;
  lines[row].classList.add("lit");
  document.querySelectorAll(`#table tr[data-row="${Number(row)}"]`).forEach(e => e.classList.add("lit"));
  const cells = page.configs.rows[row];
  byId("pointed").textContent = `Pointed at: ${allAxes.map(({ axis, column }) => `${axis.kind === "mean" ? "mean" : short(axis.name)} ${cells[column]}`).join(", ")}.`;
}

function paint(kept) {
  lines.forEach((line, r) => {
    line.classList.toggle("off", !kept[r]);
    line.classList.toggle("best", kept[r] && isBest(r));
    line.style.stroke = kept[r] ? color(rankShare(r)) : "";
  });
  // What is kept lies above what is not, the best on top.
  const bundle = lines.length ? lines[0].parentNode : null;
  for (const r of [...lines.keys()].reverse()) if (kept[r]) bundle.append(lines[r]);
  allAxes.forEach(({ axis }) => axis.show && axis.show());
  byId("ramp").style.background = `linear-gradient(90deg, ${[0, 0.25, 0.5, 0.75, 1].map(color).join(",")})`;
}

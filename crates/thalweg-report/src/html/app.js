// The table, its filters, and what binds it to the drawings.

const table = byId("table"), STEP = 100;
const view = { rows: "configs", sort: null, rising: true, shown: STEP };
const hasCurves = page.curves.length > 0, hasLines = page.best_set !== null && page.configs.rows.length > 1 && Number.isFinite(meanAxis.low);

// Columns and rows of what the table shows now; each row knows its configuration.
function contents() {
  if (view.rows === "configs") return { columns: page.configs.columns, rows: page.configs.rows.map((cells, config) => ({ config, cells })) };
  const settings = page.axes.map(i => page.configs.columns[i]);
  return {
    columns: [...settings, ...page.trials.columns.slice(1)],
    rows: page.trials.rows.map(([config, ...cells]) => ({ config: Number(config), cells: [...page.axes.map(i => page.configs.rows[config][i]), ...cells] })),
  };
}

function compare(a, b) {
  const [x, y] = [number(a), number(b)];
  if (Number.isFinite(x) && Number.isFinite(y)) return x - y;
  return Number.isFinite(x) ? -1 : Number.isFinite(y) ? 1 : a < b ? -1 : a > b ? 1 : 0;
}

function update() {
  const kept = keptRows(), { columns, rows } = contents();
  const text = byId("search").value.trim().toLowerCase(), onlyBest = byId("only-best").checked;
  const passes = ({ config, cells }) => kept[config] && (!onlyBest || isBest(config))
    && (text === "" || cells.some(cell => cell.toLowerCase().includes(text)));
  const found = rows.filter(passes);
  if (view.sort !== null) {
    // Empty cells come last, whichever way.
    const empty = row => row.cells[view.sort] === NONE || row.cells[view.sort] === "";
    found.sort((a, b) => empty(a) - empty(b) || compare(a.cells[view.sort], b.cells[view.sort]) * (view.rising ? 1 : -1));
  }
  // Numbers stand to the right, words to the left.
  const isText = columns.map((_, i) => rows.some(row => row.cells[i] !== NONE) && !rows.some(row => Number.isFinite(number(row.cells[i]))));
  head(columns, isText);
  table.tBodies[0].replaceChildren(...found.slice(0, view.shown).map(row => body(row, isText)));
  const what = view.rows === "configs" ? page.configs : page.trials;
  const noun = (view.rows === "configs" ? "configuration" : "trial") + (what.rows.length === 1 ? "" : "s");
  const here = what.rows.length < what.n ? ` The page holds ${what.rows.length} of ${what.n}: ${view.rows === "configs" ? "the best, and evenly chosen ones of the rest" : "evenly chosen ones"}.` : "";
  byId("count").textContent = `${found.length} of ${what.rows.length} ${noun}${found.length > view.shown ? `, the first ${view.shown} shown` : ""}.${here}`;
  byId("more").hidden = found.length <= view.shown;
  if (hasLines) {
    const shown = new Set(found.map(row => row.config));
    paint(kept.map((_, config) => shown.has(config)));
  }
}

function head(columns, isText) {
  const headers = columns.map((name, i) => {
    const parts = name.split(/(?<=[._])/).flatMap(part => [part, el("wbr")]);
    const button = el("button", { type: "button" }, ...parts);
    button.addEventListener("click", () => {
      view.rising = view.sort === i ? !view.rising : true;
      view.sort = i;
      update();
      table.tHead.querySelectorAll("button")[i].focus();
    });
    return el("th", { scope: "col", class: isText[i] ? "text" : "", "aria-sort": view.sort === i ? (view.rising ? "ascending" : "descending") : "none" }, button);
  });
  const choice = hasCurves && view.rows === "configs" ? [el("th", { scope: "col", class: "choose" }, "curve")] : [];
  table.tHead.rows[0].replaceChildren(...choice, ...headers);
}

function body({ config, cells }, isText) {
  const row = el("tr", { "data-row": config }, ...cells.map((cell, i) => el("td", isText[i] ? { class: "text" } : {}, cell)));
  if (isBest(config)) row.className = "best";
  if (hasCurves && view.rows === "configs") {
    const box = el("input", { type: "checkbox", "aria-label": `curve of the configuration of rank ${cells[0]}` });
    box.checked = chart.chosen.includes(config);
    box.disabled = !curveOf.has(config);
    box.addEventListener("change", () => {
      const isFull = box.checked && chart.chosen.length >= MOST;
      if (isFull) { box.checked = false; byId("count").textContent = `At most ${MOST} curves are drawn at once: take one away first.`; return; }
      choose(config, box.checked);
    });
    row.prepend(el("td", { class: "choose" }, box));
  }
  if (hasLines) {
    row.addEventListener("pointerenter", () => point(config));
    row.addEventListener("pointerleave", () => point(undefined));
  }
  return row;
}

// Boxes and fields: what the brush does, without a pointer.
function filters() {
  const holder = document.querySelector("#filters .filters");
  for (const { axis } of allAxes) {
    const group = el("fieldset", {}, el("legend", {}, axis.name));
    if (axis.isContinuous) {
      const fields = ["from", "to"].map((word, end) => {
        const field = el("input", { type: "number", step: "any", placeholder: words(end ? axis.high : axis.low), "aria-label": `${axis.name} ${word}` });
        field.addEventListener("change", () => {
          const [low, high] = fields.map((f, i) => (f.value === "" ? (i ? axis.high : axis.low) : Number(f.value)));
          axis.kept = fields.every(f => f.value === "") ? null : [low, high];
          changed();
        });
        group.append(el("label", {}, `${word} `, field));
        return field;
      });
      axis.sync = () => fields.forEach((f, end) => { if (f !== document.activeElement || axis.kept === null) f.value = axis.kept === null ? "" : Number(axis.kept[end].toPrecision(6)); });
    } else {
      const boxes = axis.values.map(value => {
        const box = el("input", { type: "checkbox" });
        box.addEventListener("change", () => { box.checked ? axis.kept.add(value) : axis.kept.delete(value); changed(); });
        group.append(el("label", {}, box, value === NONE ? "none" : value));
        return [value, box];
      });
      axis.sync = () => boxes.forEach(([value, box]) => { box.checked = axis.kept.has(value); });
    }
    axis.sync();
    holder.append(group);
  }
}

let frame = 0;
// A brush moves faster than a table can follow: once a frame is enough.
function changed() {
  view.shown = STEP;
  allAxes.forEach(({ axis }) => axis.sync && axis.sync());
  cancelAnimationFrame(frame);
  frame = requestAnimationFrame(update);
}

function start() {
  byId("explore").hidden = false;
  if (hasLines) { drawParallel(changed); filters(); } else { byId("parallel").closest("figure").hidden = true; byId("filters").hidden = true; }
  if (hasCurves) { document.querySelectorAll("[data-script]").forEach(e => { e.hidden = false; }); startCurves(); }
  byId("only-best").parentNode.hidden = page.best_set === null;
  const note = byId("static-note");
  if (note) note.hidden = true;
  byId("search").addEventListener("input", changed);
  byId("only-best").addEventListener("change", changed);
  document.querySelectorAll("input[name=rows]").forEach(radio => radio.addEventListener("change", () => { view.rows = radio.value; view.sort = null; changed(); }));
  byId("more").addEventListener("click", () => { view.shown += STEP; update(); });
  byId("reset").addEventListener("click", () => {
    allAxes.forEach(({ axis }) => { axis.kept = axis.isContinuous ? null : new Set(axis.values); });
    byId("search").value = "";
    byId("only-best").checked = false;
    changed();
  });
  update();
  let width = innerWidth;
  const redraw = () => { if (hasLines) { drawParallel(changed); update(); } if (hasCurves) drawCurves(); };
  addEventListener("resize", () => { if (innerWidth !== width) { width = innerWidth; redraw(); } });
  dark.addEventListener("change", redraw);
  // Paper shows what is folded.
  addEventListener("beforeprint", () => document.querySelectorAll("details:not(#filters)").forEach(d => { d.open = true; }));
  document.documentElement.dataset.ready = "yes";
}
start();

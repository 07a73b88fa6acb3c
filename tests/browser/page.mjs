// What a reader does with a report, in a real browser: opened from a file, offline, with a pointer, with a keyboard, on a phone, in the
// dark, without scripts. Arguments: the folder of node modules, the browser, the `--out` folder. The run is `page`, made by browser.rs.
// Prints a line for each check and ends with 1 at the first that fails.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [modules, executablePath, out] = process.argv.slice(2);
const require = createRequire(pathToFileURL(`${modules}/-`));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const address = name => pathToFileURL(`${out}/${name}`).href;
const [report, index, comparison, gallery] = ["page/report.html", "index.html", "page/compare-other.html", "gallery/index.html"].map(address);

const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"];
const browser = await chromium.launch({ executablePath, args });

// Opens an address and does something there; nothing may be complained of, and nothing but the file asked for.
async function on(url, options, what) {
  const context = await browser.newContext({ offline: true, viewport: { width: 1100, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const errors = [], requests = [];
  page.on("pageerror", e => errors.push(String(e)));
  page.on("console", m => m.type() === "error" && errors.push(m.text()));
  page.on("request", r => requests.push(r.url()));
  await page.goto(url);
  if (url === report && options.javaScriptEnabled !== false) await page.locator("html[data-ready=yes]").waitFor();
  await what(page, errors);
  assert.deepEqual(errors, []);
  assert.deepEqual(requests, [url]);
  await context.close();
}

const count = async page => {
  // A change shows in the next frame.
  await page.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))));
  return Number((await page.locator("#count").textContent()).split(" ")[0]);
};
const column = (page, name) => page.evaluate(name => {
  const at = [...document.querySelectorAll("#table th")].findIndex(th => th.textContent === name);
  return [...document.querySelectorAll("#table tbody tr")].map(row => row.cells[at].textContent);
}, name);
const isKept = page => page.locator("#parallel .line:not(.off)").count();
const N = 18;

const checks = {
  async "sorts by a click, and says so"(page) {
    for (const [direction, sign] of [["ascending", 1], ["descending", -1]]) {
      await page.getByRole("button", { name: "mean", exact: true }).click();
      assert.equal(await page.locator("#table th[aria-sort=ascending], #table th[aria-sort=descending]").textContent(), "mean");
      assert.equal(await page.locator("#table th", { hasText: /^mean$/ }).getAttribute("aria-sort"), direction);
      const means = (await column(page, "mean")).filter(cell => cell !== "–").map(Number);
      assert.ok(means.length > 5 && means.every((m, i) => i === 0 || sign * (m - means[i - 1]) >= 0), `${means}`);
      assert.equal((await column(page, "mean")).at(-1), "–", "what has no mean comes last, whichever way");
    }
  },
  async "sorts by keyboard, and the focus stays"(page) {
    await page.getByRole("button", { name: "train.batch" }).focus();
    await page.keyboard.press("Enter");
    const batches = (await column(page, "train.batch")).map(Number);
    assert.ok(batches.every((b, i) => i === 0 || b >= batches[i - 1]), `${batches}`);
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "train.batch");
  },
  async "a box takes a value out of the table and the drawing"(page) {
    assert.equal(await count(page), N);
    await page.getByRole("group", { name: "train.batch" }).getByLabel("16", { exact: true }).uncheck();
    assert.equal(await count(page), N / 3 * 2);
    assert.ok(!(await column(page, "train.batch")).includes("16"));
    assert.equal(await isKept(page), N / 3 * 2);
  },
  async "a brush along an axis keeps a part, and sets the boxes"(page) {
    const axis = page.locator('.hit[data-axis="train.batch"]');
    await axis.scrollIntoViewIfNeeded();
    const box = await axis.boundingBox(), x = box.x + box.width / 2;
    await page.mouse.move(x, box.y + box.height - 4);
    await page.mouse.down();
    await page.mouse.move(x, box.y + box.height * 0.7, { steps: 4 });
    await page.mouse.up();
    assert.equal(await count(page), N / 3);
    assert.ok((await column(page, "train.batch")).every(cell => cell === "8"), "the lowest value");
    const boxes = page.getByRole("group", { name: "train.batch" });
    assert.deepEqual([await boxes.getByLabel("8", { exact: true }).isChecked(), await boxes.getByLabel("32").isChecked()], [true, false]);
    assert.ok(Number(await page.locator(".brush").evaluateAll(all => Math.max(...all.map(b => b.getAttribute("height"))))) > 1, "it is seen");
    await page.mouse.click(x, box.y + 10);
    assert.equal(await count(page), N, "a click keeps all again");
  },
  async "a brush along the metric keeps the better"(page) {
    const axis = page.locator('.hit[data-axis="valid_loss, mean"]');
    await axis.scrollIntoViewIfNeeded();
    const box = await axis.boundingBox(), x = box.x + box.width / 2;
    await page.mouse.move(x, box.y + 1);
    await page.mouse.down();
    await page.mouse.move(x, box.y + box.height * 0.4, { steps: 4 });
    await page.mouse.up();
    const [n, ranks] = [await count(page), (await column(page, "rank")).map(Number)];
    assert.ok(n > 0 && n < N && ranks.every((rank, i) => rank === i + 1), `the ${n} best: ${ranks}`);
  },
  async "a number typed does what the brush does"(page) {
    const third = (await column(page, "mean"))[2];
    await page.getByLabel("valid_loss, mean to").fill(third);
    await page.keyboard.press("Enter");
    assert.equal(await count(page), 3);
    await page.getByRole("button", { name: "Keep all" }).focus();
    await page.keyboard.press("Enter");
    assert.equal(await count(page), N);
  },
  async "text is searched, and the best set kept alone"(page) {
    await page.getByLabel("Rows with").fill("onerror");
    assert.equal(await count(page), N / 2);
    await page.getByLabel("Rows with").fill("no such text");
    assert.equal(await count(page), 0);
    await page.getByRole("button", { name: "Keep all" }).click();
    await page.getByLabel("best set only").check();
    const left = await count(page);
    assert.ok(left > 0 && left < N && (await column(page, "best_set")).every(cell => cell === "yes"));
  },
  async "trials are rows, too, the diverged ones among them"(page) {
    await page.getByLabel("trials", { exact: true }).check();
    assert.equal(await count(page), N * 3);
    assert.match(await page.locator("#count").textContent(), /trials/);
    const status = await column(page, "status");
    assert.ok(status.includes("ok") && status.includes("diverged"));
  },
  async "curves are chosen, zoomed and read off"(page) {
    const [legend, from, to] = [page.locator("#legend li"), page.getByLabel("from", { exact: true }), page.getByLabel("to", { exact: true })];
    assert.equal(await legend.count(), 3);
    await page.getByLabel("curve of the configuration of rank 4").check();
    assert.equal(await legend.count(), 4);
    const before = await page.locator("#chart path").evaluateAll(all => all.map(p => p.getAttribute("d").length));
    await page.locator("#pane").scrollIntoViewIfNeeded();
    const box = await page.locator("#pane").boundingBox();
    await page.mouse.move(box.x + box.width * 0.5, box.y + 50);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.9, box.y + 60, { steps: 4 });
    await page.mouse.up();
    assert.ok(Number(await from.inputValue()) > 1 && Number(await to.inputValue()) < 20, "drag");
    const after = await page.locator("#chart path").evaluateAll(all => all.map(p => p.getAttribute("d").length));
    assert.ok(after.every((n, i) => n < before[i]), "fewer points are seen");
    await page.getByRole("button", { name: "Whole range" }).click();
    assert.deepEqual([await from.inputValue(), await to.inputValue()], ["1", "20"]);
    await from.fill("5");
    await page.keyboard.press("Enter");
    assert.equal(await from.inputValue(), "5");
    const epoch = async () => Number((await page.locator("#at").textContent()).replace("epoch ", ""));
    const [at, said] = [await epoch(), await legend.first().textContent()];
    await page.locator("#cursor").focus();
    for (let i = 0; i < 8; i++) await page.keyboard.press("ArrowLeft");
    assert.equal(await epoch(), at - 8);
    assert.notEqual(await legend.first().textContent(), said);
  },
  async "names from files are text"(page) {
    assert.equal(await page.evaluate(() => window.bad), undefined);
    assert.equal(await page.locator("img").count(), 0);
    assert.match(await page.locator(".question").textContent(), /<img src=x onerror="window.bad = 1">/);
    assert.ok((await column(page, "data.path")).includes("<img src=x onerror=bad()>.csv"));
    assert.ok((await page.locator("#parallel").textContent()).includes("<img src=x oner"));
  },
};

for (const [name, check] of Object.entries(checks)) {
  await on(report, {}, check);
  console.log(`ok: ${name}`);
}

// The gallery has two sections, A with A1 and B with B2 and B10.
await on(gallery, {}, async page => {
  const kept = () => page.locator("article:visible h3").allTextContents();
  const [search, verdict] = [page.getByLabel("Search"), page.getByLabel("Verdict")];
  assert.deepEqual(await kept(), ["A1 One", "B2 Two", "B10 Ten"]);
  await search.fill("goes DOWN two");
  assert.deepEqual(await kept(), ["B2 Two"]);
  assert.equal(await page.locator("#section-row-a-parts").isVisible(), false, "a section without rows");
  assert.match(await page.locator("#count").textContent(), /^1 of 3 rows$/);
  await search.fill("");
  await verdict.selectOption("does not hold here");
  assert.deepEqual(await kept(), ["B10 Ten"]);
  await page.getByRole("link", { name: "A1 One" }).click();
  assert.deepEqual(await kept(), ["A1 One", "B2 Two", "B10 Ten"], "a link leads to a row that was hidden");
  assert.ok(await page.locator("article#row-a1-one").evaluate(a => Math.abs(a.getBoundingClientRect().top) < innerHeight));
  assert.match(await page.locator("article#row-b2-two").textContent(), /It <i>goes<\/i> down\./);
  assert.equal(await page.locator("article i, article img").count(), 0);
});
console.log("ok: the gallery is searched, and a link leads to what is hidden");

await on(report, {}, async (page, errors) => {
  await page.evaluate(() => document.body.append(Object.assign(document.createElement("script"), { textContent: "window.injected = 1" })));
  assert.equal(await page.evaluate(() => window.injected), undefined);
  assert.match(errors.splice(0).join(), /Content Security Policy/);
});
console.log("ok: the policy runs no script but the page's own");

for (const url of [report, index, comparison, gallery]) {
  await on(url, { javaScriptEnabled: false, viewport: { width: 390, height: 844 } }, async page => {
    assert.ok(await page.locator("h1").isVisible());
    if (url === report) {
      assert.equal(await page.locator("#table tbody tr").count(), N);
      assert.ok(await page.locator("figure svg").first().isVisible());
      assert.equal(await page.locator("#explore").isVisible() || await page.locator("section#curves").isVisible(), false, "nothing that does nothing");
    }
  });
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [390, 1100]) {
      await on(url, { colorScheme, viewport: { width, height: 844 } }, async page => {
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= width, `${url} is wider than ${width}`);
        await page.evaluate(() => document.querySelectorAll("details").forEach(d => { d.open = true; }));
        await page.evaluate(axe);
        const { violations, passes } = await page.evaluate(() => window.axe.run());
        assert.ok(passes.some(p => p.id === "color-contrast"), "axe has looked");
        const bad = violations.filter(v => ["serious", "critical"].includes(v.impact));
        assert.deepEqual(bad.map(v => `${v.id}: ${v.nodes.slice(0, 3).map(n => `${n.html} ${n.failureSummary}`)}`), [], `${colorScheme}, ${width}`);
      });
    }
  }
}
console.log("ok: without scripts, on a phone, in light and dark, by axe");

await on(report, {}, async page => {
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.locator(".controls").first().isVisible(), false);
  assert.ok(await page.locator("#table").isVisible() && await page.locator("figure svg").first().isVisible());
});
console.log("ok: on paper");
await browser.close();

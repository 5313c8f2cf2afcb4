// More of the explorer's page in Chromium: curvilinear grids, swiping, NetCDF, slow links, the dashboard, and what goes
// wrong while one looks. page_tools.mjs says how it is run.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { writeClassic } from "./classic_file.mjs";
import * as tools from "./page_tools.mjs";
import { command, complaints, fact, folder, lineOf, near, ofBar, open, pictures, pixel, press, saved, serve, settle, start, text, until, watch } from "./page_tools.mjs";

const picture = async (page, name) => {
  if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`), timeout: 150_000 });
};
const number = (readout) => Number(/: (−?[\d.]+)/.exec(readout)?.[1]?.replace("−", "-"));

// A grid that is turned by 30 degrees around 10 E, 50 N: no row is a parallel.
const [rows, columns] = [30, 40];
const turned = { latitudes: [], longitudes: [], values: [] };
for (let r = 0; r < rows; ++r)
  for (let c = 0; c < columns; ++c) {
    const [y, x] = [r - (rows - 1) / 2, c - (columns - 1) / 2];
    const [cosine, sine] = [Math.cos(Math.PI / 6), Math.sin(Math.PI / 6)];
    turned.latitudes.push(50 + 0.5 * (cosine * y + sine * x));
    turned.longitudes.push(10 + 0.8 * (cosine * x - sine * y));
    turned.values.push(100 * r + c);
  }
const curvilinear = join(folder, "turned.nc");
writeClassic(
  curvilinear,
  [
    ["y", rows],
    ["x", columns],
  ],
  [
    { name: "lat", dimensions: ["y", "x"], attributes: { units: "degrees_north" }, values: turned.latitudes },
    { name: "lon", dimensions: ["y", "x"], attributes: { units: "degrees_east" }, values: turned.longitudes },
    { name: "height", dimensions: ["y", "x"], attributes: { units: "m", coordinates: "lat lon" }, values: turned.values },
  ],
);
const weather = join(folder, "weather");
execFileSync(command, ["sample", weather, "--days", "2", "--latitudes", "181", "--longitudes", "360"]);

try {
  await fact("a curvilinear grid lies on the map where its cells are", async () => {
    const { address } = await serve(curvilinear);
    const page = watch(await (await open()).newPage());
    await page.goto(address);
    await settle(page);
    assert.match(await text(".panel figcaption", page), /^height/);
    assert(await page.locator("#projection").isEnabled(), "it is no map");
    const box = await page.locator(".stack").boundingBox();
    const readoutAt = async (x, y) => {
      await page.mouse.move(x - 1, y);
      await page.mouse.move(x, y);
      return text("#readout", page);
    };
    // Wherever the pointer reads a value, the cell of that value is the nearest one, and its colour is there.
    let read = 0;
    for (let k = 0; k < 12; ++k) {
      const at = { x: Math.round(box.x + box.width * (0.3 + 0.035 * k)), y: Math.round(box.y + box.height * (0.35 + 0.025 * ((k * 5) % 12))) };
      // A pixel on the border of two cells is of either: a place further on is taken.
      while ((await readoutAt(at.x + 1, at.y + 1)) !== (await readoutAt(at.x - 1, at.y - 1))) at.x += 3;
      const readout = await readoutAt(at.x, at.y);
      const cell = /^([\d.]+)°N, ([\d.]+)°([EW]): /.exec(readout);
      if (!cell) continue;
      const value = number(readout);
      const i = Math.floor(value / 100) * columns + (value % 100);
      assert(Math.abs(Number(cell[1]) - turned.latitudes[i]) < 0.01 && Math.abs(Number(cell[2]) * (cell[3] === "W" ? -1 : 1) - turned.longitudes[i]) < 0.01, `${readout} is not at ${turned.latitudes[i]}, ${turned.longitudes[i]}`);
      near(await pixel(at, page), await ofBar(value, page), 10);
      ++read;
    }
    assert(read >= 8, `${read} places had a value`);
    // Beside the turned grid there is nothing.
    assert.equal((await pixel({ x: box.x + 3, y: box.y + 3 }, page))[3], 0);
    await picture(page, "explorer_curvilinear");
    await page.selectOption("#projection", "globe");
    await settle(page);
    const middle = { x: box.x + box.width / 2 + 1, y: box.y + box.height / 2 + 1 };
    await page.mouse.move(middle.x - 1, middle.y);
    await page.mouse.move(middle.x, middle.y);
    await until(async () => assert.match(await text("#readout", page), /^\d+[.\d]*°N, \d+[.\d]*°E: /));
    near(await pixel(middle, page), await ofBar(number(await text("#readout", page)), page), 10);
    await page.mouse.click(middle.x, middle.y);
    await until(async () => assert.match(await text("#element", page), /^\d+[.\d]*°N, \d+[.\d]*°E: [\d.]+ m$/));
    await page.context().close();
  });

  const files = join(weather, "*.nc");
  const { address } = await serve(files);
  const context = await open();
  const page = watch(await context.newPage());
  await page.goto(address);
  await settle(page);

  await fact("two fields are swiped over each other", async () => {
    await press("#compare", page);
    await page.fill("#second", "t2m + 5");
    await until(async () => assert.equal(await page.locator(".panel").count(), 2));
    await page.selectOption("#mode", "swipe");
    await until(async () => assert(await page.locator("#swipe").isVisible()));
    await settle(page);
    const [below, above] = [await page.locator(".stack").nth(0).boundingBox(), await page.locator(".stack").nth(1).boundingBox()];
    assert.deepEqual(below, above);
    const seen = (x) =>
      page.evaluate(([px, py]) => [...document.querySelectorAll(".stack")].indexOf(document.elementFromPoint(px, py).closest(".stack")), [x, below.y + below.height / 3]);
    assert.deepEqual([await seen(below.x + below.width * 0.3), await seen(below.x + below.width * 0.7)], [0, 1]);
    // The line follows the pointer, and the address remembers it.
    const handle = await page.locator("#swipe").boundingBox();
    await page.mouse.move(handle.x + handle.width / 2, handle.y + handle.height / 2);
    await page.mouse.down();
    await page.mouse.move(below.x + below.width * 0.2, handle.y + 20, { steps: 3 });
    await page.mouse.up();
    assert.deepEqual([await seen(below.x + below.width * 0.1), await seen(below.x + below.width * 0.3)], [0, 1]);
    await until(() => assert.match(page.url(), /swipe=0\.2/));
    await picture(page, "explorer_swipe");
    await page.focus("#swipe");
    await page.keyboard.press("ArrowRight");
    assert.equal(await page.getAttribute("#swipe", "aria-valuenow"), "22");
    await press("#compare", page);
    await until(async () => assert.equal(await page.locator(".panel").count(), 1));
    assert(await page.locator("#swipe").isHidden());
  });

  await fact("what is shown is saved as a NetCDF file, with its coordinates", async () => {
    await page.fill("#formula", "t2m * 2");
    await until(async () => assert.equal(await text(".panel figcaption", page), "t2m * 2"));
    const file = join(folder, "saved.nc");
    copyFileSync(await saved("#save-netcdf", page), file);
    const [here, there] = [tools.evaluate("t2m[30, 40]", file), tools.evaluate("(t2m * 2)[0, 30, 40]", files)];
    assert.deepEqual(here, there);
    assert.deepEqual(tools.evaluate("latitude[30]", file), tools.evaluate("latitude[30]", files));
  });

  await fact("over a slow link rounded numbers come first, and exact ones after them", async () => {
    const slow = watch(await context.newPage());
    const asked = [];
    slow.on("request", (request) => request.url().includes("/api/slice") && asked.push(request.url()));
    const client = await context.newCDPSession(slow);
    await client.send("Network.emulateNetworkConditions", { offline: false, latency: 20, downloadThroughput: 400_000, uploadThroughput: 400_000 });
    await slow.goto(address);
    await settle(slow);
    await slow.focus("#slider-0");
    for (let k = 0; k < 5; ++k) await slow.keyboard.press("ArrowRight");
    await until(async () => assert.match(await text(".note", slow), /rounded to 16 bits/));
    assert(asked.some((url) => url.includes("bits=16")), "nothing was asked for in 16 bits");
    await until(async () => assert.doesNotMatch(await text(".note", slow), /rounded/));
    await slow.close();
  });

  await fact("while one hurries, a field comes with a cell for each pixel, and exact once one rests", async () => {
    const narrow = watch(await context.newPage());
    await narrow.setViewportSize({ width: 375, height: 800 });
    const asked = [];
    narrow.on("request", (request) => request.url().includes("/api/slice") && asked.push(new URL(request.url()).searchParams));
    await narrow.goto(address);
    await settle(narrow);
    assert(asked.every((q) => !q.has("method")), "the first picture is rough");
    await narrow.evaluate(async () => {
      const slider = document.querySelector("#slider-0");
      for (let k = 1; k <= 5; ++k) {
        slider.value = String(k);
        slider.dispatchEvent(new Event("input"));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    });
    const last = () => asked.filter((q) => q.get("at") === "5,0,0");
    await until(() => assert(last().some((q) => !q.has("method")), "the last field is never asked for as it is"));
    assert(asked.some((q) => q.get("method") === "sample" && Number(q.get("max")) < 360), "nothing was sampled");
    await until(async () => assert.equal(await text(".note", narrow), ""));
    const box = await narrow.locator(".stack").boundingBox();
    await narrow.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await until(async () => assert.match(await text("#readout", narrow), /: [\d.]+ K$/));
    await narrow.close();
  });

  await fact("the dashboard has a time line, the plan as a graph, and a log of what went wrong", async () => {
    await page.goto(`${address}#f=${encodeURIComponent("t2m - mean(t2m, 0)")}&view=dashboard`);
    const other = watch(await context.newPage());
    await other.goto(`${address}#f=${encodeURIComponent("t2m - mean(t2m, 0)")}`);
    await settle(other);
    await other.evaluate(() => fetch("api/slice?f=t2m&rows=1&columns=2&at=99,0,0"));
    await until(async () => {
      const bars = await page.locator(".lanes .work").evaluateAll((all) => all.map((bar) => bar.getBoundingClientRect()).filter((box) => box.width > 0.5 && box.height > 2).length);
      assert(bars > 0, "no work is drawn");
      assert.match(await text("[data-part=plan] h2", page), /^Plan of request \d+: /);
      const nodes = await page.locator(".plan .node text").allTextContents();
      assert(nodes.some((node) => /mean/i.test(node)), `no mean in ${nodes}`);
      assert(nodes.some((node) => /t2m/.test(node)), `no source in ${nodes}`);
      assert((await page.locator(".plan .arrow").count()) >= 2);
      assert.match(await text(".log", page), /index 99 is outside axis 0/);
    });
    await picture(page, "explorer_dashboard");
    // A button opens the plan of another request, while the dashboard is live.
    const before = await text("[data-part=plan] h2", page);
    await until(async () => {
      await page.locator("[data-part=ended] button").last().dispatchEvent("click");
      await tools.sleep(600);
      assert.notEqual(await text("[data-part=plan] h2", page), before);
    });
    await other.close();
  });

  await fact("a file that is replaced while it is shown is told, and then shown as it is", async () => {
    const one = join(folder, "replaced.nc");
    const put = (offset) => {
      const values = Array.from({ length: 24 }, (_, i) => i + offset);
      writeClassic(`${one}.new`, [["t", 2], ["y", 3], ["x", 4]], [{ name: "v", dimensions: ["t", "y", "x"], attributes: {}, values }]);
      renameSync(`${one}.new`, one);
    };
    put(0);
    const { address: own } = await serve(one);
    const viewer = watch(await context.newPage());
    await viewer.goto(own);
    await settle(viewer);
    await tools.sleep(1100); // file systems tell times in steps
    put(1000);
    await viewer.evaluate(() => location.replace("#f=" + encodeURIComponent("v + 0")));
    await until(async () => assert.match(await text("#message", viewer), /replaced.nc.*changed|changed.*replaced.nc/s));
    await viewer.evaluate(() => location.replace("#f=" + encodeURIComponent("v + 1")));
    await until(async () => {
      const box = await viewer.locator(".stack").boundingBox();
      await viewer.mouse.move(box.x + 4, box.y + 4);
      await viewer.mouse.move(box.x + 6, box.y + 6);
      assert.equal(number(await text("#readout", viewer)), 1001);
    });
    await viewer.close();
  });

  await fact("a worker that is killed while one scrolls is told, and the page goes on", async () => {
    const coordinatorFile = join(folder, "coordinator");
    start(["coordinator", "--listen", "127.0.0.1:0", "--address-file", coordinatorFile], { stdio: "ignore" });
    const coordinator = await lineOf(coordinatorFile).then((line) => /\S+:\d+/.exec(line)[0]);
    const workers = ["one", "two"].map((name) => start(["worker", coordinatorFile, "--name", name, "--threads", "1", "--memory", "300MB", "--data-root", weather], { stdio: "ignore" }));
    const { address: far } = await serve(files, "--backend", `thrift://${coordinator}`);
    const viewer = watch(await context.newPage());
    await viewer.goto(far);
    await settle(viewer);
    const board = watch(await context.newPage());
    await board.goto(`${far}#view=dashboard`);
    await until(async () => assert.equal(await board.locator("[data-part=workers] tbody tr").count(), 2));
    await viewer.focus("#slider-0");
    for (let k = 0; k < 3; ++k) await viewer.keyboard.press("ArrowRight");
    workers[0].kill("SIGKILL");
    for (let k = 0; k < 3; ++k) await viewer.keyboard.press("ArrowRight");
    await until(async () => assert.match(await text("#sliders output", viewer), /\(7 of 8\)/));
    const expected = tools.evaluate("t2m[6, 90, 0]", files);
    await until(async () => {
      const box = await viewer.locator(".stack").boundingBox();
      await viewer.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
      await viewer.mouse.move(box.x + box.width / 2 + 1, box.y + box.height / 2);
      const value = number(await text("#readout", viewer));
      assert(Math.abs(value - expected) < 1e-5 * expected, `${value} is not ${expected}`);
    });
    await until(async () => {
      assert.equal(await board.locator("[data-part=workers] tbody tr").count(), 1);
      assert.match(await text(".log", board), /worker one is gone/);
    });
    // The log of the one that is left.
    await until(async () => {
      await board.locator("[data-part=workers] button").first().dispatchEvent("click");
      await tools.sleep(700);
      assert.match(await text("[data-part=log] h2", board), /^Log of two$/);
    });
    await picture(board, "explorer_cluster");
    await viewer.close();
    await board.close();
  });

  await fact("a coordinator serves its dashboard", async () => {
    const file = join(folder, "coordinator-2");
    const log = join(folder, "coordinator.log");
    const coordinator = start(["coordinator", "--listen", "127.0.0.1:0", "--address-file", file, "--dashboard", "127.0.0.1:0", "--log-file", log], { stdio: "ignore" });
    const found = await until(() => {
      const match = /the dashboard is at (\S+)/.exec(readFileSync(log, "utf8"));
      assert(match);
      return match[1];
    });
    const board = watch(await context.newPage());
    await board.goto(found);
    await until(async () => assert.match(await text("[data-part=facts]", board), /Coordinator\s+127\.0\.0\.1:\d+/));
    assert.match(await text("[data-part=workers]", board), /No worker is connected/);
    coordinator.kill("SIGTERM");
    await until(async () => assert.equal(await board.getAttribute("#dashboard", "data-lost"), "true"));
    await board.close();
  });

  await fact("a hundred pages at a time are served", async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => fetch(`${address.replace(/[?#].*/, "")}api/slice?f=t2m*${i + 1}&rows=1&columns=2&at=${i % 8},0,0&max=8`).then(async (r) => [r.status, new Float32Array(await r.arrayBuffer())])),
    );
    assert(answers.every(([status]) => status === 200));
    assert(Math.abs(answers[8][1][0] / answers[0][1][0] - 9) < 1e-4, "an answer is another's");
  });

  await fact("the browser complains of nothing", () => assert.deepEqual(complaints, []));
} finally {
  await tools.finish();
}

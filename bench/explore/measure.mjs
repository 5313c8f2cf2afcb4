// What bench/explore/run measures: the page over the study's grid, 721 x 1440 at 544 times, as a person uses it.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { command, finish, folder, lineOf, open, serve, settle, start, watch } from "../../tests/explore/page_tools.mjs";

const publish = process.argv[5];
const load = () => readFileSync("/proc/loadavg", "utf8").split(" ").slice(0, 3).join(" ");
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const rows = [];
const row = (what, figure, unit, bar, good) => rows.push([what, `${figure} ${unit}`, bar, good ? "met" : "not met"]);

/** Returns frames a second while the time slider is dragged through n fields, each of which is drawn before the next. */
const scroll = (page, n) =>
  page.evaluate(async (count) => {
    const slider = document.querySelector("#slider-0");
    const panel = document.querySelector(".panel");
    const readout = () => document.querySelector("#sliders output").textContent;
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const begin = performance.now();
    for (let k = 1; k <= count; ++k) {
      const drawn = Number(panel.dataset.drawn);
      slider.value = String(k);
      slider.dispatchEvent(new Event("input"));
      while (!readout().includes(`(${k + 1} of`) || panel.dataset.shown !== String(k)) {
        await frame();
        if (performance.now() - begin > 120_000) throw new Error(`frame ${k} did not come, ${drawn} are drawn`);
      }
    }
    return (1000 * count) / (performance.now() - begin);
  }, n);

try {
  const weather = join(folder, "weather");
  execFileSync(command, ["sample", weather, "--days", "136"]);
  const files = join(weather, "*.nc");
  execFileSync(command, ["eval", "mean(t2m)", files]); // so that the files lie in the system's cache
  const before = load();

  const began = performance.now();
  const { address } = await serve(files);
  const served = performance.now() - began;
  const context = await open({ width: 1280, height: 800 });
  const blank = await context.newPage(); // the browser itself is there
  const page = watch(await context.newPage());
  const asked = performance.now();
  await page.goto(address);
  await page.waitForFunction(() => Number(document.querySelector(".panel")?.dataset.drawn ?? 0) > 0);
  const first = served + performance.now() - asked;
  row("first picture after the command", first.toFixed(0), "ms", "≤ 500 ms", first <= 500);

  await scroll(page, 5);
  const fps = await scroll(page, 60);
  row("time slider, files in the cache", fps.toFixed(1), "frames/s", "≥ 30", fps >= 30);

  const clicks = [];
  const box = await page.locator(".stack").boundingBox();
  for (let k = 0; k < 7; ++k) {
    clicks.push(
      await page.evaluate(
        async ([x, y]) => {
          const stack = document.querySelector(".stack");
          const before = document.querySelector("#series-0 .line")?.getAttribute("d") ?? "";
          const event = (name) => new PointerEvent(name, { clientX: x, clientY: y, pointerId: 1, bubbles: true, button: 0 });
          stack.setPointerCapture = () => undefined;
          const begin = performance.now();
          stack.dispatchEvent(event("pointerdown"));
          stack.dispatchEvent(event("pointerup"));
          const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
          while ((document.querySelector("#series-0 .line")?.getAttribute("d") ?? "") === before) {
            await frame();
            if (performance.now() - begin > 60_000) throw new Error("no series came");
          }
          return performance.now() - begin;
        },
        [box.x + box.width * (0.2 + 0.08 * k), box.y + box.height * 0.4],
      ),
    );
  }
  row("click to the series of 544 times", median(clicks).toFixed(0), "ms", "≤ 50 ms", median(clicks) <= 50);

  const errors = [];
  for (let k = 0; k < 7; ++k) {
    errors.push(
      await page.evaluate(async (word) => {
        const input = document.querySelector("#formula");
        const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
        input.focus();
        input.value = `t2m + ${word}`;
        const begin = performance.now();
        input.dispatchEvent(new Event("input"));
        while (!document.querySelector("#formula-error .sentence")?.textContent.includes(word)) {
          await frame();
          if (performance.now() - begin > 60_000) throw new Error("no error came");
        }
        return performance.now() - begin;
      }, `nothing${k}`),
    );
  }
  row("key to a formula's error", median(errors).toFixed(0), "ms", "≤ 50 ms", median(errors) <= 50);
  await page.close();

  const file = join(folder, "coordinator");
  start(["coordinator", "--listen", "127.0.0.1:0", "--address-file", file], { stdio: "ignore" });
  const coordinator = /\S+:\d+/.exec(await lineOf(file))[0];
  for (const name of ["one", "two"]) start(["worker", file, "--name", name, "--threads", "1", "--data-root", weather], { stdio: "ignore" });
  const far = ["--backend", `thrift://${coordinator}`];
  execFileSync(publish, [coordinator, files]);
  const { address: kept } = await serve("--array", "z", ...far);
  const other = watch(await context.newPage());
  await other.goto(kept);
  await settle(other);
  await scroll(other, 5);
  const far_fps = await scroll(other, 60);
  row("time slider, z kept by two workers", far_fps.toFixed(1), "frames/s", "≥ 20", far_fps >= 20);
  await other.close();
  await blank.close();

  console.log(`load of the machine: ${before} before, ${load()} after`);
  const wide = rows[0].map((_, i) => Math.max(...rows.map((r) => r[i].length)));
  for (const r of rows) console.log(r.map((cell, i) => cell.padEnd(wide[i])).join("  "));
} finally {
  await finish();
}

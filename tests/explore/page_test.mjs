// The explorer's page in Chromium, as a person sees it: pixels, text, and the requests that are made. page_tools.mjs
// says how it is run.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as tools from "./page_tools.mjs";
import { canvas, command, complaints, fact, folder, near, open, pictures, serve, settle, sleep, until, watch } from "./page_tools.mjs";

const files = join(folder, "weather", "*.nc");
const evaluate = (formula) => tools.evaluate(formula, files);
execFileSync(command, ["sample", join(folder, "weather"), "--days", "3", "--latitudes", "19", "--longitudes", "36"]);

try {
  const { server, address } = await serve(files);
  const context = await open();
  const page = watch(await context.newPage());
  const requests = [];
  page.on("request", (request) => requests.push(request.url()));
  const slices = () => requests.filter((url) => url.includes("/api/slice"));
  const pixel = (at, target = page) => tools.pixel(at, target);
  const ofBar = (value, target = page) => tools.ofBar(value, target);
  const chosenPalette = (target = page) => tools.chosenPalette(target);
  const text = (selector) => tools.text(selector, page);
  const press = (selector) => tools.press(selector, page);
  const saved = (button) => tools.saved(button, page);

  /** Returns the middle of a place's pixel on a plate carrée. */
  const place = async (latitude, longitude, target = page) => {
    const box = await target.locator(".stack").first().boundingBox();
    const radius = Math.min(box.width / 2 / Math.PI, box.height / 2 / (Math.PI / 2));
    const degree = (radius * Math.PI) / 180;
    return { x: box.x + box.width / 2 + longitude * degree, y: box.y + box.height / 2 - latitude * degree };
  };
  const places = [
    [60, 20],
    [0, -120],
    [-40, 150],
    [20, -10],
  ];
  // Rows from the north pole in steps of 10 degrees, columns from 0 degrees on.
  const value = (field, [latitude, longitude]) => field[(90 - latitude) / 10][((longitude + 360) % 360) / 10];
  const first = evaluate("t2m[0]");

  await page.goto(address);
  await settle(page);

  await fact("the first variable is shown with its name, its time and a histogram of its values", async () => {
    assert.match(await text(".panel figcaption"), /^t2m — 2 metre temperature/);
    assert.match(await text("#sliders output"), /^2015-01-01 00:00 +\(1 of 12\)/);
    await until(async () => assert.match(await text("#histogram figcaption"), /Histogram of 684 values/));
    const counts = await page.locator("#histogram .count").evaluateAll((bars) => bars.map((bar) => bar.getBoundingClientRect()).filter((box) => box.width > 1 && box.height > 0.5).length);
    assert(counts > 10, `${counts} bars are in sight`);
    assert.equal(await page.getAttribute(".panel", "data-renderer"), canvas ? "canvas" : "webgl2");
  });

  await fact("colours of the map are those that the bar has for the values", async () => {
    for (const at of places) near(await pixel(await place(...at)), await ofBar(value(first, at)), 10);
  });

  await fact("a pointer over the map reads the value there", async () => {
    for (const at of places) {
      const { x, y } = await place(...at);
      await page.mouse.move(x, y);
      const expected = Number(value(first, at).toPrecision(6));
      await until(async () => {
        const readout = await text("#readout");
        const read = Number(/: (-?[\d.]+) K$/.exec(readout.replace("−", "-"))?.[1]);
        assert(Math.abs(read - expected) <= 1e-5 * Math.abs(expected), `${readout} is not ${expected}`);
      });
    }
    assert.match(await text("#readout"), /^20°N, 10°W: /);
  });

  await fact("palette, direction and range change without a request", async () => {
    const before = slices().length;
    const spot = await place(0, -120);
    const viridis = await pixel(spot);
    await page.selectOption("#palette", "greys");
    await settle(page);
    const grey = await pixel(spot);
    assert(grey[0] === grey[1] && grey[1] === grey[2], `${grey} is no grey`);
    assert.notDeepEqual(grey, viridis);
    await page.check("#reversed");
    await settle(page);
    near(await pixel(spot), [...Array(3)].map(() => 22 + 250 - grey[0]), 3);
    await page.uncheck("#reversed");
    await page.fill("#low", "100");
    await page.fill("#high", "101");
    await page.press("#high", "Enter");
    await settle(page);
    near(await pixel(spot), [250, 250, 250], 1); // everything is above
    assert.equal(await page.inputValue("#range-mode"), "hand");
    await page.selectOption("#range-mode", "2");
    await page.selectOption("#palette", "viridis");
    await settle(page);
    near(await pixel(spot), viridis, 0);
    // Back to what the values ask for, so that the palette of deviations is chosen for them.
    await page.selectOption("#palette", "");
    await settle(page);
    near(await pixel(spot), viridis, 0);
    assert.equal(await chosenPalette(), "by the values: viridis");
    assert.equal(slices().length, before);
  });

  await fact("projections change without a request, and the pointer reads the right place in each", async () => {
    const before = slices().length;
    const box = await page.locator(".stack").boundingBox();
    const middle = { x: box.x + box.width / 2 + 1, y: box.y + box.height / 2 + 1 };
    for (const [name, expected] of [
      ["robinson", /^0°, 0°: /],
      ["north", /^90°N, /],
      ["south", /^90°S, /],
      ["globe", /^20°N, 0°: |^30°N, 0°: /],
    ]) {
      await page.selectOption("#projection", name);
      await settle(page);
      assert.equal((await pixel({ x: box.x + 2, y: box.y + 2 }))[3], 0, `${name} has a map in the corner`);
      assert.equal((await pixel(middle))[3], 255, `${name} has no map in the middle`);
      await page.mouse.move(middle.x + 1, middle.y);
      await page.mouse.move(middle.x, middle.y);
      await until(async () => assert.match(await text("#readout"), expected));
      const read = Number(/: ([\d.]+) K$/.exec(await text("#readout"))[1]);
      near(await pixel(middle), await ofBar(read), 10);
    }
    await page.selectOption("#projection", "plate");
    await settle(page);
    assert.equal(slices().length, before);
  });

  await fact("coasts are drawn over the map", async () => {
    await until(async () => {
      const dark = await page.evaluate(() => {
        const overlay = document.querySelector(".overlay");
        const data = overlay.getContext("2d").getImageData(0, 0, overlay.width, overlay.height).data;
        let count = 0;
        for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 180 && data[i] < 60) ++count;
        return count;
      });
      assert(dark > 1000, `${dark} dark pixels`);
    });
  });

  await fact("a slider steps through time", async () => {
    await page.focus("#slider-0");
    await page.keyboard.press("ArrowRight");
    await until(async () => assert.match(await text("#sliders output"), /^2015-01-01 06:00 +\(2 of 12\)/));
    const second = evaluate("t2m[1]");
    const { x, y } = await place(60, 20);
    await page.mouse.move(x + 1, y);
    await page.mouse.move(x, y);
    const expected = value(second, [60, 20]);
    await until(async () => {
      const read = Number(/: ([\d.]+) K$/.exec(await text("#readout"))?.[1]);
      assert(Math.abs(read - expected) <= 1e-5 * expected, `${read} is not ${expected}`);
    });
    await until(async () => near(await pixel(await place(60, 20)), await ofBar(expected), 10));
    // The next frames are fetched ahead.
    await until(() => assert(slices().some((url) => url.includes("at=3%2C0%2C0")), "nothing is fetched ahead"));
  });

  await fact("it plays, and stops", async () => {
    await page.selectOption(".slider select", "5");
    await press("button.play");
    await until(async () => assert(!/\((1|2) of 12\)/.test(await text("#sliders output"))));
    await press("button.play");
    await until(async () => assert.equal(await text("button.play"), "▶"));
    await sleep(300);
    const stopped = await text("#sliders output");
    await sleep(400);
    assert.equal(await text("#sliders output"), stopped);
    await page.evaluate(() => {
      const slider = document.querySelector("#slider-0");
      slider.value = "0";
      slider.dispatchEvent(new Event("input"));
    });
    await until(async () => assert.match(await text("#sliders output"), /\(1 of 12\)/));
    await settle(page);
  });

  await fact("a click draws the series and the profile through the point, and tells every digit", async () => {
    const { x, y } = await place(20, -10);
    await page.mouse.click(x, y);
    const all = evaluate("t2m[:, 7, 35]");
    await until(async () => assert.match(await text("#element"), new RegExp(`^20°N, 10°W: ${String(all[0]).replace(".", "\\.")} K$`)));
    await until(async () => assert.match(await text("#series-0 figcaption"), /time at 20°N, 10°W/));
    const d = await page.getAttribute("#series-0 .line", "d");
    assert.equal(d.match(/[ML]/g).length, 12);
    // The highest point of the line is that of the highest value.
    const heights = [...d.matchAll(/[ML][\d.]+ ([\d.]+)/g)].map((m) => Number(m[1]));
    assert.equal(heights.indexOf(Math.min(...heights)), all.indexOf(Math.max(...all)));
    assert.equal((await page.getAttribute("#profile .line", "d")).match(/[ML]/g).length, 19);
  });

  await fact("a dragged box draws its mean along time", async () => {
    const from = await place(54, -24);
    const to = await place(26, 24);
    await page.keyboard.down("Shift");
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2);
    await page.mouse.move(to.x, to.y);
    await page.mouse.up();
    await page.keyboard.up("Shift");
    await until(async () => assert.match(await text("#box figcaption"), /^Mean of 50°N 20°W to 30°N 20°E.*weighted with areas$|^Mean of .*weighted with areas$/));
    assert.equal((await page.getAttribute("#box .line", "d")).match(/[ML]/g).length, 12);
  });

  await fact("an error of a formula stands under its very column", async () => {
    const before = await text(".panel figcaption");
    await page.fill("#formula", "t2m - men(t2m, 0)");
    await until(async () => assert.match(await text("#formula-error .sentence"), /unknown function 'men'; did you mean 'mean'\?/));
    const [caret, expected] = await page.evaluate(() => {
      const input = document.querySelector("#formula");
      const style = getComputedStyle(input);
      const context = document.createElement("canvas").getContext("2d");
      context.font = style.font;
      const box = document.querySelector("#formula-error .caret").getBoundingClientRect();
      const left = input.getBoundingClientRect().left + parseFloat(style.paddingLeft) + parseFloat(style.borderLeftWidth);
      return [box.left + box.width / 2, left + context.measureText("t2m - ").width + context.measureText("m").width / 2];
    });
    assert(Math.abs(caret - expected) < 1.5, `the caret is at ${caret}, the mistake at ${expected}`);
    assert.equal(await text(".panel figcaption"), before); // the last picture stays
    const begin = Date.now();
    await page.fill("#formula", "t2m + nothing");
    await until(async () => assert.match(await text("#formula-error .sentence"), /nothing/));
    console.log(`        (${Date.now() - begin} ms from the key to the error)`);
  });

  await fact("words are completed", async () => {
    await page.fill("#formula", "");
    await page.focus("#formula");
    await page.keyboard.type("t2m - mea");
    await until(async () => assert.match(await text("#formula-words li"), /^mean/));
    await page.keyboard.press("Tab");
    await until(async () => assert.equal(await page.inputValue("#formula"), "t2m - mean("));
  });

  await fact("a formula is shown as it is typed; deviations are blue and red around zero", async () => {
    await page.fill("#formula", "t2m - mean(t2m, 0)");
    await until(async () => assert.equal(await text(".panel figcaption"), "t2m - mean(t2m, 0)"));
    await until(async () => assert.equal(await chosenPalette(), "by the values: blue to red"));
    const [low, high] = [Number((await page.inputValue("#low")).replace("−", "-")), Number(await page.inputValue("#high"))];
    assert.equal(low, -high);
    const field = evaluate("(t2m - mean(t2m, 0))[0]");
    await settle(page);
    for (const at of places) near(await pixel(await place(...at)), await ofBar(value(field, at)), 10);
    assert.match(await text("#command"), /^chunkwise plot '\(t2m - mean\(t2m, 0\)\)\[0, :, :\]' .*--cmap red_blue$/);
  });

  await fact("the address shows the same again", async () => {
    const again = watch(await context.newPage());
    await again.goto(page.url());
    await settle(again);
    assert.equal(await again.locator(".panel figcaption").innerText(), "t2m - mean(t2m, 0)");
    assert.equal(await chosenPalette(again), "by the values: blue to red");
    await again.locator("#series-0").waitFor();
    near(await pixel(await place(20, -10, again), again), await pixel(await place(20, -10)), 2);
    await again.close();
  });

  await fact("two formulas are compared side by side, and as their difference", async () => {
    await press("#compare");
    await page.fill("#second", "t2m - mean(t2m, 0) + 1");
    await until(async () => assert.equal(await page.locator(".panel").count(), 2));
    await settle(page);
    await page.selectOption("#mode", "difference");
    await until(async () => assert.equal(await page.locator(".panel").count(), 1));
    await settle(page);
    const { x, y } = await place(20, -10);
    await page.mouse.move(x + 1, y);
    await page.mouse.move(x, y);
    await until(async () => assert.match(await text("#readout"), /: −1\b/));
    await press("#compare");
    await until(async () => assert.equal(await text(".panel figcaption"), "t2m - mean(t2m, 0)"));
  });

  await fact("any two axes can be shown", async () => {
    await page.fill("#formula", "t2m");
    await until(async () => assert.match(await text(".panel figcaption"), /^t2m — /));
    await page.selectOption("#choose-columns", "0");
    await until(async () => assert.match(await text("#sliders output"), /of 36\)/));
    await settle(page);
    const box = await page.locator(".stack").boundingBox();
    await page.mouse.move(box.x + box.width * 0.99, box.y + box.height * 0.01);
    await page.mouse.move(box.x + box.width * 0.995, box.y + box.height * 0.01);
    const expected = evaluate("t2m[11, 0, 0]");
    await until(async () => {
      const readout = await text("#readout");
      const read = Number(/^90°N, 2015-01-03 18:00: ([\d.]+) K$/.exec(readout)?.[1]);
      assert(Math.abs(read - expected) < 1e-5 * expected, `${readout} is not ${expected}`);
    });
    await page.selectOption("#choose-columns", "2");
    await until(async () => assert.match(await text("#sliders output"), /of 12\)/));
    await settle(page);
  });

  await fact("PNG and CSV are saved", async () => {
    const png = readFileSync(await saved("#save-png"));
    assert.equal(png.subarray(1, 4).toString(), "PNG");
    assert(png.length > 10_000);
    const lines = readFileSync(await saved("#save-csv"), "utf8").trim().split("\n");
    assert.equal(lines[0], "latitude,longitude,t2m");
    assert.equal(lines.length, 1 + 19 * 36);
    const [latitude, longitude, number] = lines[1 + 3 * 36 + 2].split(",").map(Number);
    assert.deepEqual([latitude, longitude], [60, 20]);
    assert(Math.abs(number - first[3][2]) < 1e-5 * number);
  });

  await fact("without WebGL the map has the same colours", async () => {
    const plain = watch(await context.newPage());
    const [head, tail] = page.url().split("#");
    await plain.goto(`${head.replace("?canvas", "")}?canvas#${tail}`);
    await settle(plain);
    assert.equal(await plain.getAttribute(".panel", "data-renderer"), "canvas");
    for (const at of places) near(await pixel(await place(...at, plain), plain), await pixel(await place(...at)), 1);
    await plain.close();
  });

  await fact("the dashboard shows the backend and its requests, live", async () => {
    await page.keyboard.press("Escape");
    await press("#dashboard-button");
    await until(async () => assert.match(await text("#dashboard"), /Backend\s*\n?\s*local/));
    assert.match(await text("#dashboard"), /slice of t2m/);
    await press("#dashboard-button");
    await until(async () => assert(await page.locator("#explorer").isVisible()));
  });

  await fact("it is readable from 375 to 3840 pixels, dark and light", async () => {
    for (const [width, height] of [
      [375, 740],
      [900, 700],
      [3840, 2160],
    ]) {
      const other = watch(await (await open({ width, height }, { colorScheme: width === 900 ? "dark" : "light" })).newPage());
      await other.goto(address);
      await settle(other);
      const wide = await other.evaluate(() => document.scrollingElement.scrollWidth);
      assert(wide <= width, `at ${width} pixels the page is ${wide} wide`);
      const map = await other.locator(".stack").boundingBox();
      assert(map.width > width * 0.4 && map.height > 150, `at ${width} pixels the map has ${map.width} x ${map.height}`);
      const ground = await other.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number));
      assert(width === 900 ? Math.max(...ground) < 60 : Math.min(...ground) > 200, `${ground}`);
      if (pictures) await other.screenshot({ path: join(pictures, `explorer_${width}.png`), timeout: 150_000 });
      await other.close();
    }
  });

  await fact("a server that has ended is told", async () => {
    server.kill("SIGTERM");
    await new Promise((resolve) => server.once("exit", resolve));
    await page.fill("#formula", "t2m * 2");
    await until(async () => assert.match(await text("#formula-error"), /does not answer/));
  });

  await fact("the browser complains of nothing", () => assert.deepEqual(complaints, []));
} finally {
  await tools.finish();
}

// The explorer's page in Chromium once more: what is easily overlooked. Ticks, ranges and missing values; keys and
// fingers; small screens; and those who mean harm. page_tools.mjs says how it is run.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { connect } from "node:net";
import { join } from "node:path";
import * as tools from "./page_tools.mjs";
import { chosenPalette, command, complaints, fact, folder, near, ofBar, open, pixel, press, serve, settle, text, until, watch } from "./page_tools.mjs";

const weather = join(folder, "weather");
execFileSync(command, ["sample", weather, "--days", "2", "--latitudes", "37", "--longitudes", "72"]);
const files = join(weather, "*.nc");
const evaluate = (formula) => tools.evaluate(formula, files);
const number = (words) => Number(words.replace("−", "-"));

try {
  const { address } = await serve(files);
  const context = await open({ width: 1280, height: 800 });
  const page = watch(await context.newPage());
  /** Shows what an address tells, from the beginning. */
  const visit = async (state, target = page) => {
    await target.goto("about:blank");
    await target.goto(`${address}#${new URLSearchParams(state)}`);
    if (state.view !== "dashboard") await settle(target);
  };
  const middle = async (target = page, panel = 0) => {
    const box = await target.locator(".stack").nth(panel).boundingBox();
    return { x: Math.round(box.x + box.width / 2), y: Math.round(box.y + box.height / 2) };
  };
  const range = async () => [number(await page.inputValue("#low")), number(await page.inputValue("#high"))];
  const told = () => new URLSearchParams(new URL(page.url()).hash.slice(1));

  await fact("the tree tells lengths that are joined from all files, of coordinates too", async () => {
    await visit({ f: "t2m" });
    const entries = await page.locator("#tree summary").allInnerTexts();
    const joined = entries.map((entry) => entry.replaceAll("\u00a0", " ").replace(/\s+/g, " ").trim());
    assert(joined.includes("t2m time 8 × latitude 37 × longitude 72"), joined.join("; "));
    assert(joined.includes("time time 8"), joined.join("; "));
    await page.locator("#tree .variable", { hasText: "latitude" }).click();
    await until(async () => assert.match(await text("#line figcaption", page), /^latitude/));
  });

  await fact("the range is that of all values, or leaves 2 % out at either end", async () => {
    await visit({ f: "t2m", range: "0" });
    const values = evaluate("t2m[0]").flat().toSorted((a, b) => a - b);
    const same = ([a, b], [c, d]) => assert(Math.abs(a - c) < 1e-4 * Math.abs(c) && Math.abs(b - d) < 1e-4 * Math.abs(d), `${a} to ${b} is not ${c} to ${d}`);
    await until(async () => same(await range(), [values[0], values.at(-1)]));
    await page.selectOption("#range-mode", "2");
    await until(async () => same(await range(), [0.02, 0.98].map((q) => values[Math.round(q * (values.length - 1))])));
  });

  await fact("a missing value has grey stripes, and is read as missing", async () => {
    await visit({ f: "where(t2m > 1000, t2m, nan)" });
    const at = await middle();
    const seen = new Set();
    for (let k = 0; k < 8; ++k) {
      const [red, green, blue, alpha] = await pixel({ x: at.x + k, y: at.y }, page);
      assert(red === green && green === blue && alpha === 255, `${red} ${green} ${blue} is no grey`);
      seen.add(red);
    }
    assert.equal(seen.size, 2);
    assert.match(await text(".note", page), /all are missing/);
    await page.mouse.move(at.x, at.y);
    await page.mouse.move(at.x + 1, at.y);
    await until(async () => assert.match(await text("#readout", page), /: missing$/));
  });

  await fact("side by side, fields that would share few colours have a range and a palette each", async () => {
    await visit({ f: "t2m", g: "(t2m - mean(t2m, 0)) / std(t2m, 0)" });
    await until(async () => assert.equal(await page.locator(".panel").count(), 2));
    await settle(page);
    const [low] = await range();
    assert(low > 150, `${low} K is no temperature`);
    assert.equal(await chosenPalette(page), "by the values: viridis");
    const colours = new Set();
    const at = await middle(page, 1);
    await until(async () => {
      for (let k = -20; k <= 20; ++k) colours.add(String(await pixel({ x: at.x + 6 * k, y: at.y }, page, 1)));
      assert(colours.size > 10, `the deviations have ${colours.size} colours`);
    });
    // Alike, or swiped over each other, they have one range.
    for (const other of [{ g: "t2m + 100" }, { g: "(t2m - mean(t2m, 0)) / std(t2m, 0)", mode: "swipe" }]) {
      await visit({ f: "t2m", ...other });
      await until(async () => assert.equal(await page.locator(".panel").count(), 2));
      await until(async () => {
        const [from, to] = await range();
        assert(to - from > 150, `the range is ${from} to ${to}`);
      });
    }
  });

  await fact("times of one day are told by their hours", async () => {
    await visit({ f: "t2m", point: "9,10" });
    await until(async () => {
      const texts = await page.locator("#series-0 text").allTextContents();
      assert.deepEqual(
        texts.filter((t) => /\d[-:]\d/.test(t)),
        ["2015-01-01", "12:00", "2015-01-02", "12:00"],
      );
    });
  });

  await fact("keys step, play, zoom, move, and open what they are for", async () => {
    await visit({ f: "t2m", point: "9,10" });
    const shown = (k) => until(async () => assert.match(await text("#sliders output", page), new RegExp(`\\(${k} of 8\\)`)));
    await page.locator(".stack").focus();
    await page.keyboard.press("ArrowLeft");
    await shown(8);
    await page.keyboard.press("ArrowRight");
    await shown(1);
    await page.keyboard.press("Space");
    await until(async () => assert.equal(await text("button.play", page), "⏸"));
    await page.keyboard.press("Space");
    await until(async () => assert.equal(await text("button.play", page), "▶"));
    for (let k = 0; k < 4; ++k) await page.keyboard.press("+");
    await until(() => assert(Math.abs(Number(told().get("zoom")) - 1.25 ** 4) < 0.01));
    await page.keyboard.press("Shift+ArrowRight");
    await until(() => assert(Number(told().get("longitude")) > 1));
    await page.keyboard.press("-");
    await until(() => assert(Math.abs(Number(told().get("zoom")) - 1.25 ** 3) < 0.01));
    await page.keyboard.press("Escape");
    await until(() => assert.equal(told().get("point"), null));
    await page.keyboard.press("0");
    await until(() => assert.deepEqual([told().get("zoom"), told().get("longitude")], [null, "0"]));
    await page.keyboard.press("b");
    assert.equal(await page.getAttribute("#box-button", "aria-pressed"), "true");
    await page.keyboard.press("b");
    await page.keyboard.press("c");
    await until(async () => assert.equal(await page.evaluate(() => document.activeElement.id), "second"));
    await page.keyboard.press("Escape"); // out of the line
    await page.keyboard.press("c");
    await until(async () => assert(await page.locator("#second-line").isHidden()));
    await page.keyboard.press("/");
    await until(async () => assert.equal(await page.evaluate(() => document.activeElement.id), "formula"));
    await page.keyboard.press("Escape");
    await page.keyboard.press("d");
    await until(async () => assert(await page.locator("#dashboard").isVisible()));
    await page.keyboard.press("d");
    await until(async () => assert(await page.locator("#explorer").isVisible()));
  });

  await fact("fingers choose a point, move the map and zoom it", async () => {
    const hand = await open({ width: 375, height: 740 }, { hasTouch: true, isMobile: true });
    const phone = watch(await hand.newPage());
    await visit({ f: "t2m" }, phone);
    await phone.locator(".stack").scrollIntoViewIfNeeded();
    const client = await hand.newCDPSession(phone);
    const touch = (type, ...points) => client.send("Input.dispatchTouchEvent", { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
    const { x, y } = await middle(phone);
    const told = () => new URLSearchParams(new URL(phone.url()).hash.slice(1));
    await touch("touchStart", [x, y]);
    await touch("touchEnd");
    await until(async () => assert.match(await text("#element", phone), / K$/));
    await touch("touchStart", [x, y]);
    for (let k = 1; k <= 4; ++k) await touch("touchMove", [x + 10 * k, y]);
    await touch("touchEnd");
    await until(() => assert(Number(told().get("longitude")) < -10, phone.url()));
    await touch("touchStart", [x - 20, y], [x + 20, y]);
    for (let k = 1; k <= 4; ++k) await touch("touchMove", [x - 20 - 5 * k, y], [x + 20 + 5 * k, y]);
    await touch("touchEnd");
    await until(() => assert(Math.abs(Number(told().get("zoom")) - 2) < 0.2, phone.url()));
    await hand.close();
  });

  await fact("the dashboard can be read at 375 pixels", async () => {
    const narrow = await open({ width: 375, height: 740 });
    const phone = watch(await narrow.newPage());
    await visit({ f: "t2m" }, phone);
    await press("#dashboard-button", phone);
    await phone.locator("[data-part=ended] button").first().waitFor();
    await until(async () => {
      const button = await phone.locator("[data-part=ended] button").first().boundingBox();
      assert(button.width > button.height, `a button is ${button.width} wide and ${button.height} high`);
      const letters = await phone.locator(".lanes .who").first().boundingBox();
      assert(letters.height > 7, `letters are ${letters.height} pixels high`);
    });
    const wide = await phone.evaluate(() => document.scrollingElement.scrollWidth);
    assert(wide <= 375, `the page is ${wide} wide`);
    await narrow.close();
  });

  await fact("a formula of a million bytes is refused, and the page goes on", async () => {
    await visit({ f: "t2m" });
    await page.evaluate(() => {
      const line = document.querySelector("#formula");
      line.value = "t2m" + " + t2m".repeat(170_000);
      line.dispatchEvent(new Event("input"));
    });
    await until(async () => assert.match(await text("#formula-error", page), /longer than the explorer takes, 4096 bytes/));
    await page.fill("#formula", "t2m * 3");
    await until(async () => assert.equal(await text(".panel figcaption", page), "t2m * 3"));
    // The same by hand, and as an address.
    const root = address.replace(/[?#].*/, "");
    assert.equal((await fetch(`${root}api/check?f=${"1%2B".repeat(250_000)}1`)).status, 414);
    assert.equal((await fetch(`${root}api/check?f=${"1%2B".repeat(3_000)}1`)).status >= 400, true);
  });

  await fact("as many connections as a hundred pages keep, half of them silent, leave room for another page", async () => {
    const { hostname, port, pathname } = new URL(address);
    const sockets = [];
    let closed = 0;
    for (let i = 0; i < 600; ++i) {
      const socket = connect(Number(port), hostname, () => socket.write(`GET ${pathname}api/words HTTP/1.1\r\nHost: ${hostname}:${port}\r\n${i % 2 ? "" : "\r\n"}`));
      socket.on("error", () => ++closed).on("data", () => undefined);
      sockets.push(socket);
    }
    const other = watch(await context.newPage());
    await visit({ f: "t2m - 1" }, other);
    near(await pixel(await middle(other), other), await ofBar(evaluate("(t2m - 1)[0, 18, 0]"), other), 12);
    await other.close();
    for (const socket of sockets) socket.destroy();
    assert(closed < 600, "all were turned away");
  });

  await fact("no path leads to a file that was not named", async () => {
    const { hostname, port, pathname } = new URL(address);
    // As they are: fetch would mend them.
    const ask = (path) =>
      new Promise((resolve, reject) => {
        let answer = "";
        const socket = connect(Number(port), hostname, () => socket.end(`GET ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: close\r\n\r\n`));
        socket.on("data", (bytes) => (answer += bytes)).on("end", () => resolve(answer)).on("error", reject);
      });
    assert.match(await ask(`${pathname}index.html`), /^HTTP\/1\.1 200 /);
    for (const path of ["../../../../etc/passwd", "..%2f..%2f..%2fetc/passwd", "%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "api/../../etc/passwd", "api/log?worker=../../etc/passwd", "api/slice?f=%22/etc/passwd%22&rows=0&columns=1&at=0,0", "index.html%00.css"])
      assert.match(await ask(pathname + path), /^HTTP\/1\.1 4\d\d /, path);
  });

  await fact("the browser complains of nothing", () => assert.deepEqual(complaints, []));
} finally {
  await tools.finish();
}

// What tests of the explorer's page have in common: servers and Chromium, facts, and what is seen of a page.
//
//   SCRIPT COMMAND PACKAGES CHROMIUM      COMMAND: chunkwise; PACKAGES: the folder of the page's packages
//
// CHUNKWISE_CANVAS=1 does it without WebGL, which is faster where a slow machine draws by software; CHUNKWISE_PICTURES
// is a folder for pictures of the page, CHUNKWISE_PATIENCE the seconds that each thing is waited for, CHUNKWISE_FACTS an
// expression: only the facts whose names it fits are tried. CHUNKWISE_PAGE is for a page that is worked on: a folder of
// its files, index.html, explore.css and explore.js, in place of those served.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const [, , command, packages, chromium] = process.argv;
const instead = process.env.CHUNKWISE_PAGE;
const { chromium: browserType } = createRequire(join(packages, "package.json"))("playwright-core");
export const folder = mkdtempSync(join(tmpdir(), "chunkwise-page-"));
export const patience = Number(process.env.CHUNKWISE_PATIENCE ?? 60) * 1000;
export const canvas = process.env.CHUNKWISE_CANVAS === "1";
export const pictures = process.env.CHUNKWISE_PICTURES;
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const chosen = new RegExp(process.env.CHUNKWISE_FACTS ?? "");
const processes = [];
let failed = 0;
let browser;
/** What browsers complained of. */
export const complaints = [];

/** Returns the values of a formula over files. */
export const evaluate = (formula, files) => JSON.parse(execFileSync(command, ["eval", formula, files, "--json"], { encoding: "utf8" })).values;

/** Tries a fact; one that does not hold is told, and the next one is tried. */
export async function fact(name, check) {
  if (!chosen.test(name)) return;
  const begin = Date.now();
  try {
    await check();
    console.log(`ok      ${name} (${((Date.now() - begin) / 1000).toFixed(1)} s)`);
  } catch (error) {
    ++failed;
    console.log(`FAILED  ${name}\n${error.stack}`);
  }
}

/** Waits until a check passes. */
export async function until(check) {
  const end = Date.now() + patience;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await sleep(50);
    }
  }
}

/** Starts a command of chunkwise that ends with this test. */
export function start(words, options = {}) {
  const child = spawn(command, words, { stdio: ["ignore", "ignore", "inherit"], ...options });
  processes.push(child);
  return child;
}

/** Waits for a file of one line; returns the line. */
export async function lineOf(file) {
  await until(() => assert(existsSync(file) && readFileSync(file, "utf8").endsWith("\n"), `${file} is not written`));
  return readFileSync(file, "utf8").trim();
}

let servers = 0;
/** Serves a page of files; returns its address, and the process. */
export async function serve(...words) {
  const file = join(folder, `address-${++servers}`);
  const server = start(["explore", ...words, "--no-browser", "--address-file", file]);
  const [head, tail] = (await lineOf(file)).split("#");
  return { server, address: `${head}${canvas ? "?canvas" : ""}${tail ? `#${tail}` : ""}` };
}

/** Returns what browsers open pages in. */
export async function open(viewport = { width: 1280, height: 800 }, more = {}) {
  browser ??= await browserType.launch({
    executablePath: chromium,
    args: [...(canvas ? ["--disable-gpu"] : ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]), "--disable-accelerated-2d-canvas", "--no-sandbox"],
  });
  const context = await browser.newContext({ viewport, acceptDownloads: true, ...more });
  context.setDefaultTimeout(patience);
  if (instead)
    await context.route(/\/(index\.html|explore\.(css|js))?(\?.*)?$/, async (route) => {
      const name = new URL(route.request().url()).pathname.split("/").pop() || "index.html";
      await route.fulfill({ response: await route.fetch(), body: readFileSync(join(instead, name), "utf8") });
    });
  return context;
}

/** Returns a page whose complaints are remembered. */
export function watch(page) {
  page.on("console", (message) => {
    // An answer that is an error is told by the page itself.
    if (message.type() === "error" && !/Failed to load resource/.test(message.text())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  return page;
}

/** Ends everything, and this process. */
export async function finish() {
  await browser?.close();
  for (const child of processes) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
  console.log(failed === 0 ? "all facts hold" : `${failed} do not hold`);
  process.exit(failed === 0 ? 0 : 1);
}

/** Returns red, green, blue, alpha of the map there. */
export const pixel = async ({ x, y }, target, panel = 0) =>
  target.evaluate(
    ([px, py, panel]) => {
      const canvas = document.querySelectorAll(".stack")[panel].querySelector("canvas");
      const box = canvas.getBoundingClientRect();
      const gl = canvas.getContext("webgl2"); // what it shows is still there; null for another canvas
      if (gl) {
        const bytes = new Uint8Array(4);
        const scale = canvas.width / box.width;
        gl.readPixels(Math.floor((px - box.left) * scale), canvas.height - 1 - Math.floor((py - box.top) * scale), 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
        return [...bytes];
      }
      const copy = document.createElement("canvas");
      copy.width = copy.height = 1;
      const context = copy.getContext("2d");
      const scale = canvas.width / box.width;
      context.drawImage(canvas, Math.floor((px - box.left) * scale), Math.floor((py - box.top) * scale), 1, 1, 0, 0, 1, 1);
      return [...context.getImageData(0, 0, 1, 1).data];
    },
    [x, y, panel],
  );
/** Returns the colour that the bar has for a value, as a reader of the picture finds it. */
export const ofBar = async (value, target) => {
  const low = Number((await target.inputValue("#low")).replace("−", "-"));
  const high = Number((await target.inputValue("#high")).replace("−", "-"));
  return target.evaluate(
    ([t]) => {
      const bar = document.querySelector(".panel .bar");
      const pixels = bar.getContext("2d").getImageData(0, Math.round((9 / bar.clientHeight) * bar.height), bar.width, 1).data;
      let last = 0;
      let first = -1;
      for (let x = 0; x < bar.width; ++x)
        if (pixels[4 * x + 3] === 255) {
          if (first < 0) first = x;
          else if (x > last + 2 && last > 0) break;
          last = x;
        }
      const x = Math.round(first + Math.min(1, Math.max(0, t)) * (last - first));
      return [...pixels.slice(4 * x, 4 * x + 3)];
    },
    [(value - low) / (high - low)],
  );
};
export const near = (a, b, tolerance) => assert(a.slice(0, 3).every((c, i) => Math.abs(c - b[i]) <= tolerance), `${a} is not about ${b}`);
export const drawn = async (target) => Number((await target.getAttribute(".panel", "data-drawn")) ?? 0);
export const settle = async (target) => {
  await until(async () => assert((await drawn(target)) > 0));
  await target.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve, 50)))));
};
export const chosenPalette = (target) => target.locator("#palette option:checked").textContent();
export const text = (selector, target) => target.locator(selector).first().innerText();
/** Presses a button at once: a page that draws by software moves on before it is seen to rest. */
export const press = (selector, target) => target.locator(selector).first().dispatchEvent("click");
/** Returns the file that a button saves. */
export const saved = async (button, target) => {
  const [download] = await Promise.all([target.waitForEvent("download"), press(button, target)]);
  return download.path();
};

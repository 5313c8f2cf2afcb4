// Makes the pictures of docs/explorer.md: the page as it is, over sample weather. page_tools.mjs says how it is run;
// CHUNKWISE_PICTURES is the folder that gets them.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { command, fact, finish, folder, open, pictures, serve, settle, sleep, text, until } from "./page_tools.mjs";

assert(pictures, "CHUNKWISE_PICTURES is no folder");
process.chdir(folder); // so that the command below the page names the files shortly
execFileSync(command, ["sample", "weather", "--days", "10", "--latitudes", "181", "--longitudes", "360"]);
const score = "(t2m - mean(t2m, 0)) / std(t2m, 0)";

try {
  const { address } = await serve("weather/*.nc");
  const take = async (name, width, height, colorScheme, state, deviceScaleFactor = 1) => {
    const context = await open({ width, height }, { colorScheme, deviceScaleFactor });
    const page = await context.newPage();
    await page.goto(`${address}#${new URLSearchParams(state)}`);
    if (state.view === "dashboard") await until(async () => assert.match(await text("[data-part=plan] h2", page), /std/));
    else {
      await settle(page);
      await page.locator("#histogram").waitFor();
      if (state.point) await page.locator("#profile").waitFor();
      if (state.box) await page.locator("#box").waitFor();
    }
    await sleep(1000);
    await page.screenshot({ path: join(pictures, `${name}.png`), timeout: 150_000 });
    await context.close();
  };
  await fact("a map with its charts", () => take("explorer", 1280, 800, "light", { f: "t2m", at: "17,0,0", point: "40,100" }));
  await fact("deviations on a telephone", () => take("explorer_narrow", 375, 812, "light", { f: score, at: "17,0,0" }));
  await fact("a wide screen, dark, with two fields", () => take("explorer_wide", 3840, 2160, "dark", { f: "t2m", g: score, at: "17,0,0", point: "40,100", box: "20,60,100,160", projection: "robinson" }, 0.34)); // of a third of the size
  await fact("the dashboard", () => take("explorer_dashboard", 1280, 800, "light", { f: score, view: "dashboard" }));
} finally {
  await finish();
}

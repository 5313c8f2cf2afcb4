// Parts of the explorer's page that need no browser: cells of curvilinear grids, plans, addresses.
//
//   units_test.mjs PAGE PACKAGES      PAGE: the folder of the page's sources; PACKAGES: that of its packages
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";

const [, , page, packages] = process.argv;
const { buildSync } = createRequire(join(packages, "package.json"))("esbuild");
/** Returns the exports of a source of the page. */
async function load(name) {
  const { outputFiles } = buildSync({ entryPoints: [join(page, "src", name)], nodePaths: [join(packages, "node_modules")], bundle: true, format: "esm", write: false });
  return import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
}
const { Curved } = await load("curved.ts");
const { boxes } = await load("plan.ts");
const { initial, read, write } = await load("state.ts");

const degree = Math.PI / 180;
const vector = (longitude, latitude) => [Math.cos(latitude * degree) * Math.cos(longitude * degree), Math.cos(latitude * degree) * Math.sin(longitude * degree), Math.sin(latitude * degree)];
const angle = (a, b) => Math.acos(Math.max(-1, Math.min(1, a[0] * b[0] + a[1] * b[1] + a[2] * b[2]))) / degree;

/** Holds a grid against the nearest centre, at its own centres and at places all over the earth. */
function holds(rows, columns, of, { wraps, size, reaches }) {
  const latitudes = new Float32Array(rows * columns);
  const longitudes = new Float32Array(rows * columns);
  const centres = [];
  for (let i = 0; i < rows * columns; ++i) {
    [latitudes[i], longitudes[i]] = of(Math.floor(i / columns), i % columns);
    centres.push(vector(longitudes[i], latitudes[i]));
  }
  const grid = new Curved({ rowAxis: 0, columnAxis: 1, rows, columns, latitudes, longitudes });
  assert.equal(grid.wraps, wraps);
  for (let i = 0; i < centres.length; ++i) {
    const found = grid.find(longitudes[i], latitudes[i]);
    assert(found, `the centre of cell ${i} lies in no cell`);
    assert(angle(centres[found[0] * columns + found[1]], centres[i]) <= size, `the centre of cell ${i} lies in ${found}`);
  }
  let inside = 0;
  for (let k = 0; k < 3000; ++k) {
    // Evenly over the sphere.
    const latitude = Math.asin(((k + 0.5) / 3000) * 2 - 1) / degree;
    const longitude = ((k * 137.50776) % 360) - 180;
    const at = vector(longitude, latitude);
    const nearest = Math.min(...centres.map((c) => angle(c, at)));
    const found = grid.find(longitude, latitude);
    if (nearest > 1.2 * size) assert.equal(found, null, `${longitude}, ${latitude} is in no cell`);
    if (!found) continue;
    ++inside;
    assert(angle(centres[found[0] * columns + found[1]], at) <= nearest + size / 2, `${longitude}, ${latitude} is not in ${found}`);
  }
  assert(inside / 3000 >= reaches, `${inside} of 3000 places are in cells`);
}

test("a turned grid of a region", () => {
  const of = (r, c) => [50 + 0.5 * (0.866 * (r - 14.5) + 0.5 * (c - 19.5)), 10 + 0.8 * (0.866 * (c - 19.5) - 0.5 * (r - 14.5))];
  holds(30, 40, of, { wraps: false, size: 0.8, reaches: 0.005 });
});

test("a grid across the date line", () => {
  holds(40, 60, (r, c) => [10 + r * 0.5, ((165 + c * 0.5 + 180) % 360) - 180], { wraps: false, size: 0.5, reaches: 0.01 });
});

test("a grid around the north pole, whose cell holds it", () => {
  const of = (r, c) => {
    const [x, y] = [(c - 30) * 0.03, (r - 30) * 0.03];
    return [90 - 2 * Math.atan(Math.hypot(x, y) / 2) / degree, Math.atan2(x, -y) / degree];
  };
  holds(61, 61, of, { wraps: true, size: 1.75, reaches: 0.1 });
});

test("a rotated grid of the whole earth leaves no gap", () => {
  const of = (r, c) => {
    const [latitude, longitude, pole] = [(-88 + r * 4) * degree, (-178 + c * 4) * degree, 39.25 * degree];
    const sine = Math.sin(latitude) * Math.sin(pole) + Math.cos(latitude) * Math.cos(longitude) * Math.cos(pole);
    const east = Math.atan2(Math.cos(latitude) * Math.sin(longitude), Math.sin(pole) * Math.cos(latitude) * Math.cos(longitude) - Math.cos(pole) * Math.sin(latitude)) / degree;
    return [Math.asin(sine) / degree, east];
  };
  holds(45, 90, of, { wraps: true, size: 4, reaches: 1 });
});

test("a plan's graph has its nodes behind their inputs", () => {
  const dot = 'digraph chunkwise {\n  rankdir=BT;\n  node [shape=box, fontname="sans"];\n  n0 [label="source \\"t2m\\"\\nfloat64 (4)"];\n  n1 [label="mean\\nfloat64"];\n  n0 -> n1;\n  n2 [label="subtract\\nfloat64 (4)"];\n  n0 -> n2;\n  n1 -> n2;\n}\n';
  assert.deepEqual(
    boxes(dot).map((box) => [box.lines[0], box.depth, box.inputs]),
    [
      ['source "t2m"', 0, []],
      ["mean", 1, ["n0"]],
      ["subtract", 2, ["n0", "n1"]],
    ],
  );
});

test("an address tells the state, and one made by hand does no harm", () => {
  const state = { ...initial(), f: "t2m - mean(t2m, 0)", g: "t2m & 1", mode: "swipe", swipe: 0.25, at: [3, 0, 0], palette: "magma", range: "hand", low: -1, high: 2.5, projection: "globe", longitude: 10, point: [1, 2], box: [0, 4, 1, 5] };
  assert.deepEqual(read(write(state)), state);
  assert.deepEqual({ ...read("#f=x&mode=none&swipe=7&zoom=-3&at=1,-2,x&projection=flat&point=1&range=17"), f: "" }, { ...initial(), swipe: 1, at: [1] });
});

// Map projections, forward for lines (d3-geo) and backward for each pixel: one definition of each for the coasts, for
// the pointer and for the shader, which gets `code` and the same numbers.
import { geoProjection, type GeoProjection, type GeoRawProjection } from "d3-geo";

const degree = Math.PI / 180;

// Arthur Robinson's table (1974), every five degrees of latitude: length of the parallel, distance from the equator.
const lengths = [1, 0.9986, 0.9954, 0.99, 0.9822, 0.973, 0.96, 0.9427, 0.9216, 0.8962, 0.8679, 0.835, 0.7986, 0.7597, 0.7186, 0.6732, 0.6213, 0.5722, 0.5322];
const distances = [0, 0.062, 0.124, 0.186, 0.248, 0.31, 0.372, 0.434, 0.4958, 0.5571, 0.6176, 0.6769, 0.7346, 0.7903, 0.8435, 0.8936, 0.9394, 0.9761, 1];
const across = 0.8487;
const up = 1.3523;

/** Returns a table's value between its entries, by a cubic through the neighbours. */
function between(table: number[], position: number, mirrored: 1 | -1): number {
  const i = Math.min(Math.floor(position), table.length - 2);
  const t = position - i;
  const at = (k: number) =>
    k < 0 ? mirrored * table[-k]! : k >= table.length ? 2 * table[table.length - 1]! - table[2 * table.length - 2 - k]! : table[k]!;
  const [a, b, c, d] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
  return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}

const robinsonRaw: GeoRawProjection = (lambda, phi) => {
  const position = Math.min(Math.abs(phi) / degree / 5, 18);
  return [
    across * between(lengths, position, 1) * lambda,
    up * Math.sign(phi) * between(distances, position, -1),
  ];
};

const plateRaw: GeoRawProjection = (lambda, phi) => [lambda, phi];
const globeRaw: GeoRawProjection = (lambda, phi) => [Math.cos(phi) * Math.sin(lambda), Math.sin(phi)];
/** Lambert's azimuthal projection, whose areas are equal. */
const polarRaw: GeoRawProjection = (lambda, phi) => {
  const k = Math.sqrt(2 / (1 + Math.cos(phi) * Math.cos(lambda)));
  return [k * Math.cos(phi) * Math.sin(lambda), k * Math.sin(phi)];
};

/** Of the height above the equator, from 0 to `up`: latitude in radians, and the length of its parallel. */
export const robinsonTable = (() => {
  const size = 1024;
  const table = new Float32Array(2 * size);
  for (let i = 0; i < size; ++i) {
    const wanted = i / (size - 1);
    let low = 0;
    let high = 18;
    for (let step = 0; step < 40; ++step) {
      const middle = (low + high) / 2;
      if (between(distances, middle, -1) < wanted) low = middle;
      else high = middle;
    }
    table[2 * i] = low * 5 * degree;
    table[2 * i + 1] = across * between(lengths, low, 1);
  }
  return table;
})();

export interface View {
  projection: Name;
  longitude: number; // of the centre, in degrees
  latitude: number; // of the centre of a globe; of others a shift up or down
  zoom: number; // 1: the whole
}

export type Name = "plate" | "robinson" | "north" | "south" | "globe";
export const names: Record<Name, string> = {
  plate: "plate carrée",
  robinson: "Robinson",
  north: "north polar",
  south: "south polar",
  globe: "globe",
};
export const codes: Record<Name, number> = { plate: 0, robinson: 1, north: 2, south: 3, globe: 4 };

/** Half of the width and height of all of a map, in radii of the earth. */
const extents: Record<Name, [number, number]> = {
  plate: [Math.PI, Math.PI / 2],
  robinson: [across * Math.PI, up],
  north: [Math.SQRT2, Math.SQRT2],
  south: [Math.SQRT2, Math.SQRT2],
  globe: [1, 1],
};

export interface Frame {
  width: number;
  height: number;
  radius: number; // pixels of a radius of the earth
  x: number; // pixels of the projection's origin
  y: number;
}

/** Returns the place of a view in a canvas of this size; `window` is the part of the earth that has data. */
export function frame(view: View, width: number, height: number, window?: { low: [number, number]; high: [number, number] }): Frame {
  let [halfWidth, halfHeight] = extents[view.projection];
  let y = 0;
  if (view.projection === "plate" && window) {
    halfWidth = Math.min(halfWidth, Math.max(((window.high[0] - window.low[0]) / 2) * degree, 1e-6));
    halfHeight = Math.min(halfHeight, Math.max(((window.high[1] - window.low[1]) / 2) * degree, 1e-6));
    y = ((window.high[1] + window.low[1]) / 2) * degree;
  }
  const radius = Math.min(width / 2 / halfWidth, height / 2 / halfHeight) * view.zoom;
  const flat = view.projection === "plate" || view.projection === "robinson";
  return { width, height, radius, x: width / 2, y: height / 2 + radius * (flat ? y + view.latitude * degree : 0) };
}

/** Returns d3's projection of a view: for coasts, graticules and points. */
export function d3projection(view: View, f: Frame): GeoProjection {
  const raw = {
    plate: plateRaw,
    robinson: robinsonRaw,
    north: polarRaw,
    south: polarRaw,
    globe: globeRaw,
  }[view.projection];
  const p = geoProjection(raw).scale(f.radius).translate([f.x, f.y]).precision(0.4);
  if (view.projection === "north") p.rotate([-view.longitude, -90]).clipAngle(90);
  else if (view.projection === "south") p.rotate([-view.longitude, 90]).clipAngle(90);
  else if (view.projection === "globe") p.rotate([-view.longitude, -view.latitude]).clipAngle(90 - 1e-4);
  else p.rotate([-view.longitude, 0]);
  return p.clipExtent([
    [-20, -20],
    [f.width + 20, f.height + 20],
  ]);
}

/** Returns longitude and latitude of a pixel, in degrees; null beside the map. The shader has the same. */
export function invert(view: View, f: Frame, px: number, py: number): [number, number] | null {
  const u = (px - f.x) / f.radius;
  const v = -(py - f.y) / f.radius;
  let lambda = 0;
  let phi = 0;
  switch (view.projection) {
    case "plate":
      if (Math.abs(u) > Math.PI || Math.abs(v) > Math.PI / 2) return null;
      [lambda, phi] = [u, v];
      break;
    case "robinson": {
      const height = Math.abs(v) / up;
      if (height > 1) return null;
      const at = height * (robinsonTable.length / 2 - 1);
      const i = Math.min(Math.floor(at), robinsonTable.length / 2 - 2);
      const t = at - i;
      phi = Math.sign(v) * (robinsonTable[2 * i]! * (1 - t) + robinsonTable[2 * i + 2]! * t);
      lambda = u / (robinsonTable[2 * i + 1]! * (1 - t) + robinsonTable[2 * i + 3]! * t);
      if (Math.abs(lambda) > Math.PI) return null;
      break;
    }
    case "north":
    case "south": {
      const rho = Math.hypot(u, v);
      if (rho > Math.SQRT2) return null;
      const c = 2 * Math.asin(rho / 2);
      const north = view.projection === "north";
      phi = north ? Math.PI / 2 - c : c - Math.PI / 2;
      lambda = Math.atan2(u, north ? -v : v);
      break;
    }
    case "globe": {
      const rho = Math.hypot(u, v);
      if (rho > 1) return null;
      const cosine = Math.sqrt(1 - rho * rho);
      const phi0 = view.latitude * degree;
      phi = Math.asin(Math.max(-1, Math.min(1, cosine * Math.sin(phi0) + v * Math.cos(phi0))));
      lambda = Math.atan2(u, cosine * Math.cos(phi0) - v * Math.sin(phi0));
    }
  }
  return [lambda / degree + view.longitude, phi / degree];
}

/** Returns the outline of all of a map, as a path of pixels: what lies beyond is no place. */
export function outline(view: View, f: Frame): [number, number][] {
  const points: [number, number][] = [];
  if (view.projection === "plate" || view.projection === "robinson") {
    const raw = view.projection === "plate" ? plateRaw : robinsonRaw;
    for (let phi = -90; phi <= 90; phi += 1) points.push(raw(Math.PI, phi * degree) as [number, number]);
    for (let phi = 90; phi >= -90; phi -= 1) points.push(raw(-Math.PI, phi * degree) as [number, number]);
  } else {
    const radius = view.projection === "globe" ? 1 : Math.SQRT2;
    for (let a = 0; a < 360; a += 1) points.push([radius * Math.cos(a * degree), radius * Math.sin(a * degree)]);
  }
  return points.map(([u, v]) => [f.x + u * f.radius, f.y - v * f.radius]);
}

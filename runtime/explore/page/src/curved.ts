// Curvilinear grids on a map: a raster over longitudes and latitudes that tells, at each of its points, which cell of
// the grid lies there. So every projection, the pointer and the shader find cells as they do on a regular grid.
import type { CellPlaces } from "./api";

const degree = Math.PI / 180;
export const nowhere = 65535;

const turned = (longitude: number) => ((((longitude + 180) % 360) + 360) % 360) - 180;

export class Curved {
  readonly width: number;
  readonly height: number;
  /** Row and column of the cell at each point of the raster, from the lowest longitude and latitude on. */
  readonly cells: Uint16Array;
  /** The lowest and the highest longitude and latitude of the raster, in degrees. */
  readonly low: [number, number];
  readonly high: [number, number];
  /** True for a raster around the whole earth. */
  readonly wraps: boolean;

  constructor(private readonly places: CellPlaces) {
    const { rows, columns } = places;
    const centres = new Float64Array(3 * rows * columns);
    for (let i = 0; i < rows * columns; ++i) {
      const [phi, lambda] = [places.latitudes[i]! * degree, places.longitudes[i]! * degree];
      centres[3 * i] = Math.cos(phi) * Math.cos(lambda);
      centres[3 * i + 1] = Math.cos(phi) * Math.sin(lambda);
      centres[3 * i + 2] = Math.sin(phi);
    }
    // The middles between centres are corners; beyond the edges they are continued.
    const corners = new Float64Array(3 * (rows + 1) * (columns + 1));
    const add = (to: number, row: number, column: number) => {
      const [r, c] = [Math.max(0, Math.min(rows - 1, row)), Math.max(0, Math.min(columns - 1, column))];
      const i = 3 * (r * columns + c);
      if (r === row && c === column) {
        for (let k = 0; k < 3; ++k) corners[to + k]! += centres[i + k]!;
        return;
      }
      const j = 3 * ((2 * r - row) * columns + 2 * c - column); // as far inside as the other is outside
      for (let k = 0; k < 3; ++k) corners[to + k]! += 2 * centres[i + k]! - centres[j + k]!;
    };
    for (let r = 0; r <= rows; ++r)
      for (let c = 0; c <= columns; ++c) {
        const to = 3 * (r * (columns + 1) + c);
        for (let k = 0; k < 4; ++k) add(to, r - (k >> 1), c - (k & 1));
        const length = Math.hypot(corners[to]!, corners[to + 1]!, corners[to + 2]!) || 1;
        for (let k = 0; k < 3; ++k) corners[to + k]! /= length;
      }

    [this.low, this.high, this.wraps] = extent(corners);
    const [east, north] = [this.high[0] - this.low[0], this.high[1] - this.low[1]];
    // About four points along each side of a cell.
    const points = 16 * rows * columns;
    const clamp = (n: number, most: number) => Math.max(64, Math.min(most, Math.ceil(n)));
    this.width = clamp(Math.sqrt((points * east) / north), 4096);
    this.height = clamp(Math.sqrt((points * north) / east), 2048);
    this.cells = new Uint16Array(2 * this.width * this.height).fill(nowhere);
    this.fill(corners);
  }

  /** Returns row and column of the cell at a place; null if there is none. */
  find(longitude: number, latitude: number): [number, number] | null {
    const x = longitude - 360 * Math.floor((longitude - this.low[0]) / 360);
    if (!(x <= this.high[0] && latitude >= this.low[1] && latitude <= this.high[1])) return null;
    const column = Math.min(this.width - 1, Math.floor(((x - this.low[0]) / (this.high[0] - this.low[0])) * this.width));
    const row = Math.min(this.height - 1, Math.floor(((latitude - this.low[1]) / (this.high[1] - this.low[1])) * this.height));
    const i = 2 * (row * this.width + column);
    return this.cells[i] === nowhere ? null : [this.cells[i]!, this.cells[i + 1]!];
  }

  /** Returns true for the places that this was made of. */
  has({ rows, columns, latitudes, longitudes }: CellPlaces): boolean {
    const own = this.places;
    const equal = (a: Float32Array, b: Float32Array) => a.every((value, i) => value === b[i]);
    return rows === own.rows && columns === own.columns && equal(latitudes, own.latitudes) && equal(longitudes, own.longitudes);
  }

  /** Returns longitude and latitude of a cell's centre. */
  place(row: number, column: number): [number, number] {
    const i = row * this.places.columns + column;
    return [this.places.longitudes[i]!, this.places.latitudes[i]!];
  }

  private fill(corners: Float64Array): void {
    const { rows, columns } = this.places;
    const { width, height, cells } = this;
    const [west, south] = this.low;
    const [east, north] = [this.high[0] - west, this.high[1] - south];
    const cosines = Float64Array.from({ length: width }, (_, i) => Math.cos((west + ((i + 0.5) / width) * east) * degree));
    const sines = Float64Array.from({ length: width }, (_, i) => Math.sin((west + ((i + 0.5) / width) * east) * degree));
    const at = [0, 0, 0, 0]; // where the four corners are, one after the other around the cell
    const sides = new Float64Array(12); // normals of the planes through the sides, inwards
    const inside = (x: number, y: number, z: number) => {
      for (let k = 0; k < 12; k += 3) if (sides[k]! * x + sides[k + 1]! * y + sides[k + 2]! * z < -1e-12) return false;
      return true;
    };
    for (let r = 0; r < rows; ++r)
      for (let c = 0; c < columns; ++c) {
        at[0] = 3 * (r * (columns + 1) + c);
        at[1] = at[0] + 3;
        at[3] = at[0] + 3 * (columns + 1);
        at[2] = at[3] + 3;
        let [mx, my, mz] = [0, 0, 0];
        for (const i of at) {
          mx += corners[i]!;
          my += corners[i + 1]!;
          mz += corners[i + 2]!;
        }
        const length = Math.hypot(mx, my, mz) || 1;
        [mx, my, mz] = [mx / length, my / length, mz / length];
        const own = Math.atan2(my, mx) / degree;
        let torn = false;
        let [low, high, left, right] = [90, -90, 180, -180]; // latitudes, and longitudes from its own on
        for (let k = 0; k < 4; ++k) {
          const [i, j] = [at[k]!, at[(k + 1) % 4]!];
          const [ax, ay, az, bx, by, bz] = [corners[i]!, corners[i + 1]!, corners[i + 2]!, corners[j]!, corners[j + 1]!, corners[j + 2]!];
          if (!(ax * mx + ay * my + az * mz > 0.95)) torn = true;
          const [nx, ny, nz] = [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
          const sign = nx * mx + ny * my + nz * mz < 0 ? -1 : 1;
          sides[3 * k] = sign * nx;
          sides[3 * k + 1] = sign * ny;
          sides[3 * k + 2] = sign * nz;
          const latitude = Math.asin(Math.max(-1, Math.min(1, az))) / degree;
          const offset = turned(Math.atan2(ay, ax) / degree - own);
          low = Math.min(low, latitude);
          high = Math.max(high, latitude);
          left = Math.min(left, offset);
          right = Math.max(right, offset);
        }
        if (torn) continue; // one across the seam of a grid lies nowhere
        const bulge = 0.1 * (high - low); // great circles rise above their ends
        const pole = mz > 0 ? (inside(0, 0, 1) ? 1 : 0) : inside(0, 0, -1) ? -1 : 0;
        if (pole < 0) low = -90;
        if (pole > 0) high = 90;
        const first = Math.max(0, Math.floor(((low - bulge - south) / north) * height));
        const last = Math.min(height - 1, Math.ceil(((high + bulge - south) / north) * height));
        let [from, to] = [0, width - 1];
        if (pole === 0) {
          const begin = own + left - west;
          const start = begin - 360 * Math.floor(begin / 360 + 1e-9);
          from = Math.floor((start / east) * width) - 1;
          to = Math.ceil(((start + right - left) / east) * width) + 1;
        }
        for (let j = first; j <= last; ++j) {
          const phi = (south + ((j + 0.5) / height) * north) * degree;
          const [cosine, z] = [Math.cos(phi), Math.sin(phi)];
          for (let k = from; k <= to; ++k) {
            const i = this.wraps ? (k + width) % width : k;
            if (i < 0 || i >= width) continue;
            const [x, y] = [cosine * cosines[i]!, cosine * sines[i]!];
            if (x * mx + y * my + z * mz < 0 || !inside(x, y, z)) continue;
            cells[2 * (j * width + i)] = r;
            cells[2 * (j * width + i) + 1] = c;
          }
        }
      }
  }
}

/** Returns the box of all corners: its widest gap of longitudes is left out, if there is a wide one. */
function extent(corners: Float64Array): [[number, number], [number, number], boolean] {
  const bins = new Array<boolean>(360).fill(false);
  let [south, north] = [90, -90];
  const longitudes: number[] = [];
  for (let i = 0; i < corners.length; i += 3) {
    const latitude = Math.asin(Math.max(-1, Math.min(1, corners[i + 2]!))) / degree;
    if (Number.isNaN(latitude)) continue;
    [south, north] = [Math.min(south, latitude), Math.max(north, latitude)];
    const longitude = Math.atan2(corners[i + 1]!, corners[i]!) / degree;
    longitudes.push(longitude);
    bins[Math.min(359, Math.floor(longitude + 180))] = true;
  }
  let [gap, end] = [0, 0];
  for (let begin = 0, run = 0; begin < 720; ++begin) {
    run = bins[begin % 360] ? 0 : run + 1;
    if (run > gap && run < 360) [gap, end] = [run, begin + 1];
  }
  const wide = 20; // degrees: a narrower gap lies between coarse cells
  if (gap < wide) {
    // What lies around a pole reaches it.
    if (north > 80) north = 90;
    if (south < -80) south = -90;
    return [[-180, south], [180, north], true];
  }
  const start = (end % 360) - 180;
  let [west, east] = [Infinity, -Infinity];
  for (const longitude of longitudes) {
    const x = longitude - 360 * Math.floor((longitude - start) / 360);
    [west, east] = [Math.min(west, x), Math.max(east, x)];
  }
  return [[west, south], [Math.max(east, west + 1e-6), Math.max(north, south + 1e-6)], false];
}

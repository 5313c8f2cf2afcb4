// Curvilinear grids on a map: a raster over longitudes and latitudes that tells, at each of its points, which cell of
// the grid lies there. So every projection, the pointer and the shader find cells as they do on a regular grid.
import type { CellPlaces } from "./api";

const degree = Math.PI / 180;
export const nowhere = 65535;

type Vector = [number, number, number];
const cross = (a: Vector, b: Vector): Vector => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
const dot = (a: Vector, b: Vector) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const unit = (a: Vector): Vector => {
  const length = Math.hypot(...a) || 1;
  return [a[0] / length, a[1] / length, a[2] / length];
};
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
      centres.set([Math.cos(phi) * Math.cos(lambda), Math.cos(phi) * Math.sin(lambda), Math.sin(phi)], 3 * i);
    }
    // The middles between centres are corners; beyond the edges they are continued.
    const centre = (r: number, c: number): Vector => {
      const one = (i: number, n: number): [number, number, number] => (i < 0 ? [0, Math.min(1, n - 1), 1] : i >= n ? [n - 1, Math.max(0, n - 2), 1] : [i, i, 0]);
      const at = (row: number, column: number): Vector => {
        const i = 3 * (row * columns + column);
        return [centres[i]!, centres[i + 1]!, centres[i + 2]!];
      };
      const [r0, r1, outR] = one(r, rows);
      const [c0, c1, outC] = one(c, columns);
      if (!outR && !outC) return at(r0, c0);
      const [a, b] = [at(r0, c0), at(r1, c1)];
      return [2 * a[0] - b[0], 2 * a[1] - b[1], 2 * a[2] - b[2]];
    };
    const corner = (r: number, c: number): Vector => {
      const [p, q, s, t] = [centre(r - 1, c - 1), centre(r - 1, c), centre(r, c - 1), centre(r, c)];
      return unit([p[0] + q[0] + s[0] + t[0], p[1] + q[1] + s[1] + t[1], p[2] + q[2] + s[2] + t[2]]);
    };
    const corners = new Float64Array(3 * (rows + 1) * (columns + 1));
    for (let r = 0; r <= rows; ++r) for (let c = 0; c <= columns; ++c) corners.set(corner(r, c), 3 * (r * (columns + 1) + c));

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

  /** Returns longitude and latitude of a cell's centre. */
  place(row: number, column: number): [number, number] {
    const i = row * this.places.columns + column;
    return [this.places.longitudes[i]!, this.places.latitudes[i]!];
  }

  private fill(corners: Float64Array): void {
    const { rows, columns } = this.places;
    const { width, height } = this;
    const [east, north] = [this.high[0] - this.low[0], this.high[1] - this.low[1]];
    const across = Array.from({ length: width }, (_, i) => (this.low[0] + ((i + 0.5) / width) * east) * degree);
    const [cosines, sines] = [across.map(Math.cos), across.map(Math.sin)];
    const at = (r: number, c: number): Vector => {
      const i = 3 * (r * (columns + 1) + c);
      return [corners[i]!, corners[i + 1]!, corners[i + 2]!];
    };
    for (let r = 0; r < rows; ++r)
      for (let c = 0; c < columns; ++c) {
        const around = [at(r, c), at(r, c + 1), at(r + 1, c + 1), at(r + 1, c)];
        const middle = unit([0, 1, 2].map((k) => around.reduce((sum, v) => sum + v[k]!, 0)) as Vector);
        // A cell that is torn, such as one across the seam of a grid, lies nowhere.
        if (!around.every((v) => dot(v, middle) > 0.95)) continue;
        const sides = around.map((v, k) => {
          const normal = cross(v, around[(k + 1) % 4]!);
          return dot(normal, middle) < 0 ? (normal.map((n) => -n) as Vector) : normal;
        });
        const holds = (x: number, y: number, z: number) => sides.every((n) => n[0] * x + n[1] * y + n[2] * z >= -1e-12);
        const latitudes = around.map((v) => Math.asin(Math.max(-1, Math.min(1, v[2]))) / degree);
        const pole = holds(0, 0, 1) && middle[2] > 0 ? 90 : holds(0, 0, -1) && middle[2] < 0 ? -90 : 0;
        const bulge = 0.1 * (Math.max(...latitudes) - Math.min(...latitudes));
        const [south, top] = [pole < 0 ? -90 : Math.min(...latitudes) - bulge, pole > 0 ? 90 : Math.max(...latitudes) + bulge];
        const own = Math.atan2(middle[1], middle[0]) / degree;
        const offsets = around.map((v) => turned(Math.atan2(v[1], v[0]) / degree - own));
        const first = Math.max(0, Math.floor(((south - this.low[1]) / north) * height));
        const last = Math.min(height - 1, Math.ceil(((top - this.low[1]) / north) * height));
        let [left, right] = [0, width - 1];
        if (!pole) {
          const from = own + Math.min(...offsets) - this.low[0];
          const begin = from - 360 * Math.floor(from / 360 + 1e-9);
          left = Math.floor((begin / east) * width) - 1;
          right = Math.ceil(((begin + Math.max(...offsets) - Math.min(...offsets)) / east) * width) + 1;
        }
        for (let j = first; j <= last; ++j) {
          const phi = (this.low[1] + ((j + 0.5) / height) * north) * degree;
          const [cosine, z] = [Math.cos(phi), Math.sin(phi)];
          for (let k = left; k <= right; ++k) {
            const i = this.wraps ? ((k % width) + width) % width : k;
            if (i < 0 || i >= width || !holds(cosine * cosines[i]!, cosine * sines[i]!, z)) continue;
            if (cosine * cosines[i]! * middle[0] + cosine * sines[i]! * middle[1] + z * middle[2] < 0) continue;
            this.cells[2 * (j * width + i)] = r;
            this.cells[2 * (j * width + i) + 1] = c;
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

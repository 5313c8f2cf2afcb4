// From longitudes and latitudes, or from places on plain axes, to the cells of a field, and back.
import type { ArrayInfo, Axis } from "./api";
import type { Curved } from "./curved";
import * as format from "./format";

/** The cells of one axis: where they begin and end. */
export class Cells {
  /** Edges, one more than there are cells; rising or falling. */
  readonly edges: Float64Array;
  readonly uniform: boolean;
  readonly rising: boolean;
  readonly wraps: boolean; // a whole circle of longitudes

  constructor(
    readonly axis: Axis,
    plain = false,
  ) {
    const n = axis.size;
    const values = axis.values;
    let centres = Float64Array.from({ length: n }, (_, i) => i);
    if (!plain && values && isMonotone(values)) centres = Float64Array.from(values as number[]);
    this.edges = new Float64Array(n + 1);
    const step = n > 1 ? (centres[n - 1]! - centres[0]!) / (n - 1) : 1;
    let uniform = true;
    for (let i = 0; i <= n; ++i) {
      if (i === 0) this.edges[i] = n > 1 ? centres[0]! - (centres[1]! - centres[0]!) / 2 : (centres[0] ?? 0) - 0.5;
      else if (i === n) this.edges[i] = n > 1 ? centres[n - 1]! + (centres[n - 1]! - centres[n - 2]!) / 2 : (centres[0] ?? 0) + 0.5;
      else this.edges[i] = (centres[i - 1]! + centres[i]!) / 2;
      if (i > 0 && i < n && Math.abs(centres[i]! - centres[0]! - i * step) > Math.abs(step) * 0.01) uniform = false;
    }
    this.uniform = uniform;
    this.rising = n < 2 || centres[n - 1]! > centres[0]!;
    this.wraps = axis.kind === "longitude" && !plain && Math.abs(Math.abs(this.edges[n]! - this.edges[0]!) - 360) < Math.abs(step) * 1.01;
  }
  get low(): number {
    return Math.min(this.edges[0]!, this.edges[this.edges.length - 1]!);
  }
  get high(): number {
    return Math.max(this.edges[0]!, this.edges[this.edges.length - 1]!);
  }
  /** Returns the index of the cell that has this place; -1 if none has. */
  index(place: number): number {
    if (this.axis.kind === "longitude" && !Number.isNaN(place) && this.edges.length > 1)
      place = place - 360 * Math.floor((place - this.low) / 360);
    const n = this.edges.length - 1;
    if (!(place >= this.low && place <= this.high)) return -1;
    let low = 0;
    let high = n - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      const beyond = this.rising ? this.edges[middle + 1]! <= place : this.edges[middle + 1]! >= place;
      if (beyond) low = middle + 1;
      else high = middle;
    }
    return low;
  }
  /** Returns the place in the middle of a cell. */
  centre(index: number): number {
    return (this.edges[index]! + this.edges[index + 1]!) / 2;
  }
}

function isMonotone(values: (number | null)[]): boolean {
  let sign = 0;
  for (let i = 1; i < values.length; ++i) {
    const a = values[i - 1];
    const b = values[i];
    if (a === null || b === null || a === undefined || b === undefined || a === b) return false;
    const s = Math.sign(b - a);
    if (sign !== 0 && s !== sign) return false;
    sign = s;
  }
  return values.length > 0 && values[0] !== null;
}

/** What lies below a map: rows from top to bottom, columns from left to right. */
export class Grid {
  readonly rows: Cells;
  readonly columns: Cells;
  /** True for latitudes by longitudes: a map of the earth. */
  readonly geographic: boolean;

  /** `curved` has the places of cells that are not told by the axes. */
  constructor(
    info: ArrayInfo,
    rows: number,
    columns: number,
    readonly curved: Curved | null = null,
  ) {
    const r = info.axes[rows]!;
    const c = info.axes[columns]!;
    this.geographic = curved !== null || r.kind === "latitude" && c.kind === "longitude" && !!r.values && !!c.values && isMonotone(r.values) && isMonotone(c.values);
    this.rows = new Cells(r, !this.geographic && r.kind === "time");
    this.columns = new Cells(c, !this.geographic && c.kind === "time");
  }

  /** True for a map of the whole circle of longitudes. */
  get wraps(): boolean {
    return this.curved ? this.curved.wraps : this.columns.wraps;
  }
  /** Returns the box of a map's longitudes and latitudes. */
  get low(): [number, number] {
    return this.curved ? this.curved.low : [this.columns.low, Math.max(-90, this.rows.low)];
  }
  get high(): [number, number] {
    return this.curved ? this.curved.high : [this.columns.high, Math.min(90, this.rows.high)];
  }
  /** Returns row and column of the cell at a place, longitude and latitude on a map; null if there is none. */
  cell(x: number, y: number): [number, number] | null {
    if (this.curved) return this.curved.find(x, y);
    const row = this.rows.index(y);
    const column = this.columns.index(x);
    return row < 0 || column < 0 ? null : [row, column];
  }
  /** Returns the place of a cell's middle. */
  place(row: number, column: number): [number, number] {
    return this.curved ? this.curved.place(row, column) : [this.columns.centre(column), this.rows.centre(row)];
  }
  /** Returns the place of a cell as people read it. */
  text(row: number, column: number): string {
    if (!this.curved) return `${format.place(this.rows.axis, row)}, ${format.place(this.columns.axis, column)}`;
    const [longitude, latitude] = this.place(row, column);
    return `${format.latitude(latitude)}, ${format.longitude(longitude)}`;
  }
}

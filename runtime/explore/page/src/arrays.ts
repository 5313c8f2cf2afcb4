// What is shown of a formula: its array, which of its axes are drawn, and where its cells lie.
import * as api from "./api";
import { Curved } from "./curved";

export interface Shown {
  formula: string;
  info: api.ArrayInfo;
  rows: number; // axes of the picture; rows are -1 if there are no two
  columns: number;
  curved: Curved | null; // over these rows and columns
}

/** Returns the axes that have a slider: those that are not drawn. */
export function others(s: Shown): number[] {
  return s.info.axes.map((_, i) => i).filter((i) => i !== s.rows && i !== s.columns && s.info.axes[i]!.size > 1);
}

export function title(s: Shown): string {
  const long = s.info.long_name;
  return long && long !== s.formula ? `${s.formula} — ${long}` : s.formula;
}

/** Returns the axis of `s` that has the name of an axis of another array; -1 if there is none. */
export function sameAxis(s: Shown, other: Shown, axis: number): number {
  if (s === other) return axis;
  const name = other.info.axes[axis]?.name;
  return s.info.axes.findIndex((a, i) => a.name === name && (name !== "" || i === axis));
}

type Places = { rowAxis: number; columnAxis: number; curved: Curved };

/** The arrays that were asked for, and their grids. */
export class Arrays {
  private readonly infos = new Map<string, Promise<api.ArrayInfo>>();
  private readonly grids = new Map<string, Places | null>(); // by formula

  /** Forgets everything: a file has changed. */
  clear(): void {
    this.infos.clear();
    this.grids.clear();
  }

  /** Returns what is shown of a formula: over the axes of `like`, else over those asked for, else over those of a map. */
  async show(formula: string, asked: { rows: number; columns: number }, like: Shown | undefined): Promise<Shown> {
    const info = await this.info(formula);
    const grid = await this.grid(formula, info);
    const axes = (like && axesLike(info, like)) ?? axesOf(info, asked, grid);
    const curved = grid && grid.rowAxis === axes.rows && grid.columnAxis === axes.columns ? grid.curved : null;
    return { formula, info, ...axes, curved };
  }

  private info(formula: string): Promise<api.ArrayInfo> {
    let promise = this.infos.get(formula);
    if (!promise) {
      promise = api.array(formula);
      this.infos.set(formula, promise);
      promise.catch(() => this.infos.delete(formula));
      if (this.infos.size > 100) this.infos.delete(this.infos.keys().next().value!);
    }
    return promise;
  }

  /** Returns the curvilinear grid of an array; null if it has none. */
  private async grid(formula: string, info: api.ArrayInfo): Promise<Places | null> {
    const known = this.grids.get(formula);
    if (known !== undefined) return known;
    const wide = info.axes.filter((a) => a.size > 1);
    const straight = wide.some((a) => a.kind === "latitude") && wide.some((a) => a.kind === "longitude");
    const places = wide.length < 2 || straight ? null : await api.cells(formula);
    // Formulas over one grid share its raster, which takes a second to make for a million cells.
    const same = places && [...this.grids.values()].find((other) => other?.curved.has(places));
    const grid = places && { rowAxis: places.rowAxis, columnAxis: places.columnAxis, curved: same?.curved ?? new Curved(places) };
    if (this.grids.size > 8) this.grids.delete(this.grids.keys().next().value!);
    this.grids.set(formula, grid);
    return grid;
  }
}

function axesLike(info: api.ArrayInfo, like: Shown): { rows: number; columns: number } | undefined {
  const find = (axis: number) => info.axes.findIndex((a) => a.name !== "" && a.name === like.info.axes[axis]?.name);
  const [rows, columns] = [find(like.rows), find(like.columns)];
  return rows >= 0 && columns >= 0 ? { rows, columns } : undefined;
}

/** Returns the axes of rows and columns: as asked for, else those of a map, else the last two. */
function axesOf(info: api.ArrayInfo, { rows, columns }: { rows: number; columns: number }, grid: Places | null): { rows: number; columns: number } {
  const { axes } = info;
  if (rows >= 0 && columns >= 0 && rows < axes.length && columns < axes.length && rows !== columns) return { rows, columns };
  const latitude = axes.findIndex((a) => a.kind === "latitude" && a.size > 1);
  const longitude = axes.findIndex((a) => a.kind === "longitude" && a.size > 1);
  if (latitude >= 0 && longitude >= 0) return { rows: latitude, columns: longitude };
  if (grid) return { rows: grid.rowAxis, columns: grid.columnAxis };
  const wide = axes.map((_, i) => i).filter((i) => axes[i]!.size > 1);
  if (wide.length >= 2) return { rows: wide[wide.length - 2]!, columns: wide[wide.length - 1]! };
  return { rows: -1, columns: wide[0] ?? -1 };
}

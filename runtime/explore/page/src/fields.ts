// From the state to the fields of the pictures: what is asked for, in which order, and what comes after it.
import * as api from "./api";
import { others, type Arrays, type Shown } from "./arrays";
import { Frames } from "./frames";
import { aborted, complain } from "./page";
import type { Panel } from "./panel";
import type { Session } from "./session";

/** Returns what a reader is told of a field. */
function noteOf(field: api.Field): string {
  return [
    field.block > 1 ? `${field.sampled ? "one" : "means"} of ${field.block} × ${field.block} cells` : "",
    field.rounded ? "rounded to 16 bits, for a slow link" : "",
    field.missing === field.numbers.length ? "no value is there: all are missing" : "",
  ]
    .filter((t) => t)
    .join("; ");
}

/** Returns a span that is a little larger, in steps, so that a small move asks for nothing. */
function around(span: [number, number], size: number): [number, number] {
  const step = Math.max(1, 2 ** Math.floor(Math.log2(Math.max(1, span[1] - span[0]) / 4)));
  return [Math.max(0, Math.floor(span[0] / step) * step), Math.min(size, Math.ceil(span[1] / step) * step)];
}

export class Fields {
  private readonly frames = new Frames();
  private sharpenTimer = 0;

  /** `arrived` is called when the panels have new fields. */
  constructor(
    private readonly session: Session,
    private readonly arrays: Arrays,
    private readonly arrived: () => void,
  ) {}

  /** Returns the request for a field as it is shown now: a rougher one if it is not here and time is short. */
  query(s: Shown, at = this.session.state.at): api.FieldQuery {
    const q = this.exactQuery(s, at);
    if (this.frames.known(q)) return q;
    // While one hurries through fields, a cell for each pixel is what one sees.
    const pixels = this.pixels(s);
    if (this.session.hurried && pixels > 0 && this.cells(s) > pixels) return { ...q, max: pixels, method: "sample" };
    // Over a slow link rounded numbers come first; those that are here are taken as they are.
    return api.link.slow ? { ...q, bits: 16 } : q;
  }

  /** Returns the request for a field: all of it, or means of blocks if it has far more cells than the picture has pixels. */
  exactQuery(s: Shown, at = this.session.state.at): api.FieldQuery {
    let max = 2048;
    while (max < Math.min(this.cells(s), this.pixels(s)) && max < 4096) max *= 2;
    const i = this.session.indices(s, at);
    i[s.rows] = 0;
    i[s.columns] = 0;
    return { f: s.formula, rows: s.rows, columns: s.columns, at: i, max };
  }

  /** Returns the field as it is saved: neither rounded nor sampled. */
  exact(s: Shown): Promise<api.Field> {
    return this.frames.get(this.exactQuery(s));
  }

  /** Returns the cells along the longer side of a field. */
  private cells(s: Shown): number {
    return Math.max(s.info.axes[s.rows]!.size, s.info.axes[s.columns]!.size);
  }

  /** Returns the pixels along the longer side of its picture; 0 if it has none yet. */
  private pixels(s: Shown): number {
    return Math.ceil(this.session.panels[this.session.flat.indexOf(s)]?.pixels ?? 0);
  }

  /** Brings the fields of the state into the panels. */
  async draw(generation: number): Promise<void> {
    const { session, frames } = this;
    const { flat } = session;
    const queries = flat.map((s) => this.query(s));
    const known = queries.map((q) => frames.known(q));
    if (!known.every((f) => f !== undefined)) {
      // One who goes on as was foreseen keeps what was asked for ahead; for others it would only be in the way.
      frames.want(queries.every((q) => frames.comes(q)) ? [...queries, ...this.ahead()] : queries);
      for (const [i, s] of flat.entries()) if (!known[i]) void this.preview(s, session.panels[i]!, generation);
    }
    try {
      const fields = await Promise.all(queries.map((q) => frames.get(q)));
      if (generation !== session.generation) return;
      complain(null);
      frames.want([...queries, ...this.ahead()]);
      this.put(fields);
    } catch (error) {
      if (aborted(error) || generation !== session.generation) return;
      if (error instanceof api.Refused && error.code === "changed") {
        frames.clear();
        this.arrays.clear();
        session.key = "";
      }
      complain(error);
    }
  }

  /** Returns requests for what is likely to be shown next. */
  private ahead(): api.FieldQuery[] {
    const { flat, playing, state } = this.session;
    const axis = playing >= 0 ? playing : others(flat[0]!)[0];
    if (axis === undefined) return [];
    const { size } = flat[0]!.info.axes[axis]!;
    const result: api.FieldQuery[] = [];
    for (let step = 1; step <= (playing >= 0 ? 4 : 2); ++step) {
      const at = state.at.slice();
      at[axis] = ((at[axis] ?? 0) + step) % size;
      for (const s of flat) result.push(this.query(s, at));
    }
    return result;
  }

  /** Shows samples of a large field until its means are there. */
  private async preview(s: Shown, panel: Panel, generation: number): Promise<void> {
    if (s.info.axes[s.rows]!.size * s.info.axes[s.columns]!.size < 4_000_000) return;
    try {
      const field = await this.frames.get({ ...this.query(s), max: 256, method: "sample" });
      if (generation !== this.session.generation || this.frames.known(this.query(s))) return;
      panel.fields = [field];
      this.session.look();
      panel.setNote("a sample; the means are on their way");
    } catch {
      // The means tell the error.
    }
  }

  private put(fields: api.Field[]): void {
    const { session } = this;
    const { at } = session.state;
    fields.forEach((field, i) => {
      const panel = session.panels[i]!;
      panel.fields = [field];
      panel.indices = others(session.flat[i]!).map((axis) => at[axis] ?? 0).join(",");
      panel.setNote(noteOf(field));
    });
    this.arrived();
    this.sharpen();
  }

  /** Asks, once one rests, for exact numbers, or for the part in sight of a field that came as means of blocks. */
  sharpen(): void {
    window.clearTimeout(this.sharpenTimer);
    const { generation } = this.session;
    this.sharpenTimer = window.setTimeout(() => {
      if (generation !== this.session.generation) return;
      if (this.session.hurried && this.session.playing < 0) {
        this.session.hurried = false;
        void this.draw(generation);
        return;
      }
      for (const [i, s] of this.session.flat.entries()) this.sharpenOne(s, this.session.panels[i]!, generation);
    }, 200);
  }

  private sharpenOne(s: Shown, panel: Panel, generation: number): void {
    const { session, frames } = this;
    const base = panel.fields[0];
    if (!base) return;
    const wanted = () => generation === session.generation && panel.fields[0] === base;
    if (base.rounded) {
      void frames.get(this.exactQuery(s)).then((field) => {
        if (wanted() && session.playing < 0) this.put(session.panels.map((p) => (p === panel ? field : p.fields[0]!)));
      }, complain);
      return;
    }
    const seen = panel.inSight();
    if (base.block === 1 || !seen) return;
    const cells = Math.max(seen.rows[1] - seen.rows[0], seen.columns[1] - seen.columns[0]);
    const q = this.exactQuery(s);
    if (Math.ceil(cells / q.max) >= base.block) return;
    q.rowSpan = around(seen.rows, s.info.axes[s.rows]!.size);
    q.columnSpan = around(seen.columns, s.info.axes[s.columns]!.size);
    void frames.get(q).then((field) => {
      if (!wanted()) return;
      panel.fields = [base, field];
      panel.setNote(field.block > 1 ? noteOf(field) : "");
      panel.redraw();
    }, complain);
  }
}

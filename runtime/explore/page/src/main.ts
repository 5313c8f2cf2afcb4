// The page of chunkwise explore.
import * as api from "./api";
import * as charts from "./charts";
import { Curved } from "./curved";
import { commandName, diverging, palettes, table } from "./colours";
import { Dashboard } from "./dashboard";
import * as format from "./format";
import { FormulaLine, quoted } from "./formula";
import { Frames } from "./frames";
import { Panel, type Handlers } from "./panel";
import { names as projections, type Name } from "./projection";
import { initial, read, write, type State } from "./state";

const by = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const aborted = (error: unknown) => error instanceof DOMException && error.name === "AbortError";

/** What is shown of one formula. */
interface Shown {
  formula: string;
  info: api.ArrayInfo;
  rows: number;
  columns: number;
  curved: Curved | null; // over these rows and columns
}

class Explorer {
  private state: State = initial();
  private contents: api.Contents | null = null;
  private words: api.Words | null = null;
  private readonly infos = new Map<string, Promise<api.ArrayInfo>>();
  private readonly grids = new Map<string, { rowAxis: number; columnAxis: number; curved: Curved } | null>(); // by formula
  private readonly frames = new Frames();
  private readonly panels: Panel[] = [];
  private shown: Shown[] = [];
  private shownKey = "";
  private rangeKey = "";
  private automatic: [number, number] = [0, 1];
  private deviates = false;
  private generation = 0;
  private lineAbort: AbortController | null = null;
  private sharpenTimer = 0;
  private chartKey = "";
  private histogramTimer = 0;
  private lineTimer = 0;
  private written = "";
  private hovered: { panel: Panel; row: number; column: number } | null = null;
  private player: { axis: number; timer: number } | null = null;
  private speed = 10;
  private readonly first: FormulaLine;
  private readonly second: FormulaLine;
  private readonly dashboard = new Dashboard(by("dashboard"));

  constructor() {
    const line = (id: string, accept: (formula: string) => void, mayBeEmpty: boolean) =>
      new FormulaLine(by(id), by(`${id}-error`), by(`${id}-words`), () => this.words, accept, mayBeEmpty);
    this.first = line("formula", (f) => f !== this.state.f && this.set({ f }), false);
    this.second = line("second", (g) => g !== this.state.g && this.set({ g }), true);
    this.controls();
    window.addEventListener("hashchange", () => {
      if (location.hash.slice(1) !== this.written) this.fromAddress();
    });
  }

  async start(): Promise<void> {
    this.theme(localStorage.getItem("theme"));
    try {
      this.contents = await api.contents();
    } catch (error) {
      return this.complain(error);
    }
    void api.words().then((words) => (this.words = words)).catch(() => undefined);
    this.tree();
    this.fromAddress();
  }

  private fromAddress(): void {
    this.state = read(location.hash);
    if (!this.state.f) {
      const data = this.contents?.variables.filter((v) => v.problem === "") ?? [];
      const wide = (v: api.Variable) => v.dimensions.filter((d) => d.size > 1).length;
      const best = data.find((v) => v.role === "data" && wide(v) >= 2) ?? data.find((v) => v.role === "data") ?? data[0];
      if (best) this.state.f = quoted(best.name);
      else this.state.view = "dashboard";
    }
    void this.apply();
  }

  /** Changes what is shown. */
  set(change: Partial<State>): void {
    const before = this.state;
    this.state = { ...before, ...change };
    if (change.f !== undefined && change.f !== before.f) {
      // The same axes if the new array has them; the rest begins again.
      this.state.low = this.state.high = NaN;
      if (this.state.range === "hand") this.state.range = "2";
    }
    void this.apply();
  }

  private write(): void {
    this.written = write(this.state);
    history.replaceState(null, "", `${location.pathname}${location.search}#${this.written}`);
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

  /** Returns the formulas that have a panel each. */
  private formulas(): string[] {
    const { f, g, mode } = this.state;
    if (!g) return [f];
    return mode === "difference" ? [`(${f}) - (${g})`] : [f, g];
  }

  private async apply(): Promise<void> {
    const generation = ++this.generation;
    const state = this.state;
    by("explorer").hidden = state.view !== "explorer";
    by("dashboard").hidden = state.view !== "dashboard";
    by("dashboard-button").setAttribute("aria-pressed", String(state.view === "dashboard"));
    this.dashboard.follow();
    this.first.text = state.f;
    if (state.g) {
      by("second-line").hidden = false;
      this.second.text = state.g;
    }
    by("mode-label").hidden = !state.g;
    by<HTMLSelectElement>("mode").value = state.mode;
    this.placeSwipe();
    by("compare").setAttribute("aria-pressed", String(!by("second-line").hidden));
    if (!state.f || state.view === "dashboard") return this.write();
    const formulas = this.formulas();
    const key = JSON.stringify([formulas, state.rows, state.columns]);
    by("panels").dataset.mode = formulas.length > 1 ? state.mode : "";
    this.placeSwipe();
    if (key !== this.shownKey) {
      const shown: Shown[] = [];
      for (const formula of formulas) {
        const line = formula === state.g && formulas.length > 1 ? this.second : this.first;
        try {
          const info = await this.info(formula);
          if (generation !== this.generation) return;
          const grid = await this.grid(formula, info);
          if (generation !== this.generation) return;
          const axes = this.axes(info, shown[0], grid);
          const curved = grid && grid.rowAxis === axes.rows && grid.columnAxis === axes.columns ? grid.curved : null;
          shown.push({ formula, info, ...axes, curved });
          line.show(null);
        } catch (error) {
          if (generation !== this.generation) return;
          // A place in the difference is no place in either line.
          if (error instanceof api.Refused && formulas.length === 1 && state.g) this.complain(error);
          else line.show(error);
          return this.write();
        }
      }
      this.shown = shown;
      const [one] = shown;
      if (one) {
        const axes = one.info.axes;
        state.rows = one.rows;
        state.columns = one.columns;
        state.at = axes.map((axis, i) => Math.min(state.at[i] ?? 0, axis.size - 1));
        if (state.point && one.rows >= 0 && (state.point[0] >= axes[one.rows]!.size || state.point[1] >= axes[one.columns]!.size))
          state.point = null;
        if (state.box && one.rows >= 0 && (state.box[1] > axes[one.rows]!.size || state.box[3] > axes[one.columns]!.size))
          state.box = null;
      }
      this.shownKey = JSON.stringify([formulas, state.rows, state.columns]);
      this.layout();
    }
    // Browsers refuse an address that changes too often.
    if (!this.player) this.write();
    this.look();
    this.sliders();
    await this.draw(generation);
  }

  /** Returns the curvilinear grid of an array; null if it has none. */
  private async grid(formula: string, info: api.ArrayInfo) {
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

  /** Returns the axes of rows and columns: as asked for, else those of a map, else the last two. */
  private axes(info: api.ArrayInfo, like: Shown | undefined, grid: { rowAxis: number; columnAxis: number } | null): { rows: number; columns: number } {
    const n = info.axes.length;
    if (like) {
      const find = (axis: number) => info.axes.findIndex((a) => a.name !== "" && a.name === like.info.axes[axis]?.name);
      const rows = find(like.rows);
      const columns = find(like.columns);
      if (rows >= 0 && columns >= 0) return { rows, columns };
    }
    const { rows, columns } = this.state;
    if (rows >= 0 && columns >= 0 && rows < n && columns < n && rows !== columns) return { rows, columns };
    const latitude = info.axes.findIndex((a) => a.kind === "latitude" && a.size > 1);
    const longitude = info.axes.findIndex((a) => a.kind === "longitude" && a.size > 1);
    if (latitude >= 0 && longitude >= 0) return { rows: latitude, columns: longitude };
    if (grid) return { rows: grid.rowAxis, columns: grid.columnAxis };
    const wide = info.axes.map((_, i) => i).filter((i) => info.axes[i]!.size > 1);
    if (wide.length >= 2) return { rows: wide[wide.length - 2]!, columns: wide[wide.length - 1]! };
    return { rows: -1, columns: wide[0] ?? -1 };
  }

  /** Makes as many panels as there are formulas. */
  private layout(): void {
    const flat = this.shown.filter((s) => s.rows >= 0);
    while (this.panels.length > flat.length) this.panels.pop()!.root.remove();
    while (this.panels.length < flat.length) {
      const panel = new Panel(this.handlers());
      this.panels.push(panel);
      by("panels").append(panel.root);
    }
    by("panels").dataset.count = String(flat.length);
    by("panels").dataset.mode = flat.length > 1 ? this.state.mode : "";
    by("panels").hidden = flat.length === 0;
    flat.forEach((s, i) => {
      const panel = this.panels[i]!;
      panel.setArray(s.info, s.rows, s.columns, s.curved);
      panel.setCaption(this.title(s));
    });
    const geographic = this.panels[0]?.grid?.geographic ?? false;
    by<HTMLSelectElement>("projection").disabled = !geographic;
    if (geographic && Number.isNaN(this.state.longitude)) this.center();
    by("charts").replaceChildren();
    this.chartKey = "";
    document.title = `${this.state.f} – chunkwise`;
  }

  /** Puts the middle of the data into the middle of the map. */
  private center(): void {
    const grid = this.panels[0]?.grid;
    if (!grid?.geographic) return;
    const { low, high, wraps } = grid;
    this.state.longitude = wraps ? 0 : (low[0] + high[0]) / 2;
    this.state.latitude = this.state.projection === "globe" ? (wraps ? 25 : Math.max(-90, Math.min(90, (low[1] + high[1]) / 2))) : 0;
    this.state.zoom = 1;
  }

  private title(s: Shown): string {
    const long = s.info.long_name;
    return long && long !== s.formula ? `${s.formula} — ${long}` : s.formula;
  }

  private others(s: Shown): number[] {
    return s.info.axes.map((_, i) => i).filter((i) => i !== s.rows && i !== s.columns && s.info.axes[i]!.size > 1);
  }

  /** Returns the indices of a shown array, by those of the first one. */
  private indices(s: Shown, at = this.state.at): number[] {
    const one = this.shown[0]!;
    if (s === one) return at.slice();
    return s.info.axes.map((axis) => {
      const i = one.info.axes.findIndex((a) => a.name === axis.name);
      return Math.min(i >= 0 ? (at[i] ?? 0) : 0, axis.size - 1);
    });
  }

  private query(s: Shown, at = this.state.at): api.FieldQuery {
    // All of it, or means of blocks if it has far more cells than the picture has pixels.
    const cells = Math.max(s.info.axes[s.rows]!.size, s.info.axes[s.columns]!.size);
    const pixels = this.panels[this.shown.indexOf(s)]?.pixels ?? 0;
    let max = 2048;
    while (max < Math.min(cells, pixels) && max < 4096) max *= 2;
    const i = this.indices(s, at);
    i[s.rows] = 0;
    i[s.columns] = 0;
    const q: api.FieldQuery = { f: s.formula, rows: s.rows, columns: s.columns, at: i, max };
    // Over a slow link rounded numbers come first; those that are here are taken as they are.
    return api.link.slow && !this.frames.known(q) ? { ...q, bits: 16 } : q;
  }

  private async draw(generation: number): Promise<void> {
    const flat = this.shown.filter((s) => s.rows >= 0);
    if (flat.length === 0) {
      this.updateCharts();
      return;
    }
    const queries = flat.map((s) => this.query(s));
    // What is shown now comes first, then what is likely to be shown next.
    const ahead: api.FieldQuery[] = [];
    const axis = this.player?.axis ?? this.others(flat[0]!)[0];
    if (axis !== undefined) {
      const size = flat[0]!.info.axes[axis]!.size;
      for (let step = 1; step <= (this.player ? 4 : 2); ++step) {
        const at = this.state.at.slice();
        at[axis] = ((at[axis] ?? 0) + step) % size;
        for (const s of flat) ahead.push(this.query(s, at));
      }
    }
    const known = queries.map((q) => this.frames.known(q));
    if (!known.every((f) => f !== undefined)) {
      this.frames.want(queries);
      for (const [i, s] of flat.entries()) if (!known[i]) void this.preview(s, generation);
    }
    try {
      const fields = await Promise.all(queries.map((q) => this.frames.get(q)));
      if (generation !== this.generation) return;
      this.complain(null);
      this.frames.want([...queries, ...ahead]);
      this.showFields(fields);
    } catch (error) {
      if (aborted(error) || generation !== this.generation) return;
      if (error instanceof api.Refused && error.code === "changed") {
        this.frames.clear();
        this.infos.clear();
        this.grids.clear();
        this.shownKey = "";
      }
      this.complain(error);
    }
  }

  /** Shows samples of a large field until its means are there. */
  private async preview(s: Shown, generation: number): Promise<void> {
    const cells = s.info.axes[s.rows]!.size * s.info.axes[s.columns]!.size;
    if (cells < 4_000_000) return;
    try {
      const field = await this.frames.get({ ...this.query(s), max: 256, method: "sample" });
      if (generation !== this.generation) return;
      const panel = this.panels[this.shown.indexOf(s)]!;
      if (this.frames.known(this.query(s))) return;
      panel.fields = [field];
      this.look();
      panel.setNote("a sample; the means are on their way");
    } catch {
      // The means tell the error.
    }
  }

  private showFields(fields: api.Field[]): void {
    fields.forEach((field, i) => {
      const panel = this.panels[i]!;
      panel.fields = [field];
      panel.indices = this.others(this.shown[i]!).map((axis) => this.state.at[axis] ?? 0).join(",");
      panel.setNote(
        [
          field.block > 1 ? `means of ${field.block} × ${field.block} cells` : "",
          field.rounded ? "rounded to 16 bits, for a slow link" : "",
          field.missing === field.numbers.length ? "no value is there: all are missing" : "",
        ]
          .filter((t) => t)
          .join("; "),
      );
    });
    const rangeKey = JSON.stringify([this.shownKey, this.state.range]);
    if (rangeKey !== this.rangeKey) {
      this.rangeKey = rangeKey;
      this.findRange();
    }
    this.look();
    // A pointer that rests reads the new values.
    if (this.hovered && this.panels.includes(this.hovered.panel)) this.hover(this.hovered.panel, this.hovered.row, this.hovered.column);
    this.updateCharts();
    this.sharpen();
  }

  /** Finds the range of the fields that are shown; it stays while others are stepped through. */
  private findRange(): void {
    const fields = this.panels.map((p) => p.fields[0]).filter((f) => f !== undefined);
    let low = Infinity;
    let high = -Infinity;
    const percent = this.state.range === "0" ? 0 : 2;
    for (const field of fields) {
      const step = Math.max(1, Math.floor(field.numbers.length / 100_000));
      const values: number[] = [];
      for (let i = 0; i < field.numbers.length; i += step) {
        const value = field.numbers[i]!;
        if (Number.isFinite(value)) values.push(value);
      }
      if (!Number.isFinite(field.low)) continue;
      let [a, b] = [field.low, field.high];
      if (percent > 0 && values.length > 20) {
        values.sort((x, y) => x - y);
        const at = (p: number) => field.offset + field.scale * values[Math.round((p / 100) * (values.length - 1))]!;
        const [x, y] = [at(percent), at(100 - percent)];
        if (y > x) [a, b] = [x, y];
      }
      low = Math.min(low, a);
      high = Math.max(high, b);
    }
    if (low > high) [low, high] = [0, 1];
    this.deviates = low < 0 && high > 0 && Math.min(-low, high) > 0.15 * Math.max(-low, high);
    if (low === high) {
      const more = Math.abs(low) * 0.01 || 1;
      [low, high] = [low - more, high + more];
    }
    this.automatic = [low, high];
  }

  private palette(): string {
    return this.state.palette || this.byValues();
  }

  /** Returns the palette of those who choose none: deviations have one that is pale around zero. */
  private byValues(): string {
    return this.deviates ? diverging : "viridis";
  }

  private range(): [number, number] {
    const { low, high, range } = this.state;
    if (range === "hand" && low < high) return [low, high];
    const [a, b] = this.automatic;
    if (this.palette() !== diverging || !(a < 0 && b > 0)) return [a, b];
    const reach = Math.max(-a, b);
    return [-reach, reach];
  }

  /** Brings colours, range, projection and marks of the panels to the state. */
  private look(): void {
    const { state } = this;
    const [low, high] = this.range();
    const colours = table(this.palette(), state.reversed);
    const dark = this.dark();
    for (const [i, panel] of this.panels.entries()) {
      const info = this.shown.filter((s) => s.rows >= 0)[i]?.info;
      panel.look = { low, high, colours, units: info?.units ?? "", dark };
      panel.view = { projection: state.projection, longitude: Number.isNaN(state.longitude) ? 0 : state.longitude, latitude: state.latitude, zoom: state.zoom };
      panel.point = state.point;
      panel.selected = state.box;
      panel.redraw();
    }
    const put = (id: string, value: number) => {
      const input = by<HTMLInputElement>(id);
      if (document.activeElement !== input) input.value = String(Number(value.toPrecision(6)));
    };
    put("low", low);
    put("high", high);
    by<HTMLSelectElement>("range-mode").value = state.range;
    const palette = by<HTMLSelectElement>("palette");
    palette.options[0]!.text = `by the values: ${this.byValues()}`;
    palette.value = state.palette;
    by<HTMLInputElement>("reversed").checked = state.reversed;
    by<HTMLSelectElement>("projection").value = state.projection;
    this.command();
  }

  /** Asks for the part in sight of a field that came as means of blocks. */
  private sharpen(): void {
    window.clearTimeout(this.sharpenTimer);
    const generation = this.generation;
    this.sharpenTimer = window.setTimeout(() => {
      for (const [i, s] of this.shown.filter((t) => t.rows >= 0).entries()) {
        const panel = this.panels[i]!;
        const base = panel.fields[0];
        if (base?.rounded) {
          this.exact(s, panel, base, generation);
          continue;
        }
        const seen = panel.inSight();
        if (!base || base.block === 1 || !seen) continue;
        const cells = Math.max(seen.rows[1] - seen.rows[0], seen.columns[1] - seen.columns[0]);
        const q = this.query(s);
        if (Math.ceil(cells / q.max) >= base.block) continue;
        // A little more than what is in sight, in steps, so that a small move asks for nothing.
        const around = (span: [number, number], size: number): [number, number] => {
          const step = Math.max(1, 2 ** Math.floor(Math.log2(Math.max(1, span[1] - span[0]) / 4)));
          return [Math.max(0, Math.floor(span[0] / step) * step), Math.min(size, Math.ceil(span[1] / step) * step)];
        };
        q.rowSpan = around(seen.rows, s.info.axes[s.rows]!.size);
        q.columnSpan = around(seen.columns, s.info.axes[s.columns]!.size);
        this.frames
          .get(q)
          .then((field) => {
            if (generation !== this.generation || panel.fields[0] !== base) return;
            panel.fields = [base, field];
            panel.setNote(field.block > 1 ? `means of ${field.block} × ${field.block} cells` : "");
            panel.redraw();
          })
          .catch((error: unknown) => {
            if (!aborted(error)) this.complain(error);
          });
      }
    }, 200);
  }

  /** Asks for the numbers of a field that came rounded. */
  private exact(s: Shown, panel: Panel, rounded: api.Field, generation: number): void {
    const { bits: _, ...q } = this.query(s);
    this.frames
      .get(q)
      .then((field) => {
        if (generation === this.generation && panel.fields[0] === rounded && !this.player) this.showFields([...this.panels].map((p) => (p === panel ? field : p.fields[0]!)));
      })
      .catch((error: unknown) => {
        if (!aborted(error)) this.complain(error);
      });
  }

  // ---- sliders

  private sliders(): void {
    const root = by("sliders");
    const one = this.shown[0];
    if (!one) return root.replaceChildren();
    const key = JSON.stringify([this.shownKey]);
    if (root.dataset.key !== key) {
      root.dataset.key = key;
      this.stop();
      root.replaceChildren(...this.axisChoice(one), ...this.others(one).map((axis) => this.slider(one, axis)));
    }
    for (const axis of this.others(one)) {
      const input = root.querySelector<HTMLInputElement>(`input[data-axis="${axis}"]`);
      const text = root.querySelector<HTMLElement>(`output[data-axis="${axis}"]`);
      const index = this.state.at[axis] ?? 0;
      if (input && document.activeElement !== input) input.value = String(index);
      if (input && input.value !== String(index)) input.value = String(index);
      input?.setAttribute("aria-valuetext", format.place(one.info.axes[axis]!, index));
      if (text) text.textContent = `${format.place(one.info.axes[axis]!, index)}  (${index + 1} of ${one.info.axes[axis]!.size})`;
    }
  }

  /** Returns the choice of the two axes of the picture, if there is one. */
  private axisChoice(s: Shown): HTMLElement[] {
    const wide = s.info.axes.map((a, i) => [a, i] as const).filter(([a]) => a.size > 1);
    if (wide.length < 3) return [];
    const root = document.createElement("div");
    root.className = "axis-choice";
    for (const which of ["rows", "columns"] as const) {
      const label = document.createElement("label");
      label.textContent = which === "rows" ? "Up " : "Across ";
      const select = document.createElement("select");
      select.id = `choose-${which}`;
      for (const [axis, i] of wide) select.append(new Option(axis.name || `axis ${i}`, String(i), false, i === s[which]));
      select.addEventListener("change", () => {
        const chosen = Number(select.value);
        const other = which === "rows" ? "columns" : "rows";
        const change = { rows: s.rows, columns: s.columns, [which]: chosen } as { rows: number; columns: number };
        if (change.rows === change.columns) change[other] = s[which];
        this.set({ ...change, point: null, box: null, longitude: NaN });
      });
      label.append(select);
      root.append(label);
    }
    return [root];
  }

  private slider(s: Shown, axis: number): HTMLElement {
    const root = document.createElement("div");
    root.className = "slider";
    const info = s.info.axes[axis]!;
    const play = document.createElement("button");
    play.className = "play";
    play.dataset.axis = String(axis);
    play.textContent = "▶";
    play.title = `Play ${info.name} (space)`;
    play.setAttribute("aria-label", `Play ${info.name}`);
    play.addEventListener("click", () => (this.player?.axis === axis ? this.stop() : this.play(axis)));
    const label = document.createElement("label");
    label.textContent = info.name || `axis ${axis}`;
    const input = document.createElement("input");
    input.type = "range";
    input.min = "0";
    input.max = String(info.size - 1);
    input.step = "1";
    input.dataset.axis = String(axis);
    input.id = `slider-${axis}`;
    label.htmlFor = input.id;
    input.addEventListener("input", () => this.step(axis, Number(input.value)));
    const text = document.createElement("output");
    text.dataset.axis = String(axis);
    const speed = document.createElement("select");
    speed.setAttribute("aria-label", "Frames a second");
    for (const n of [1, 2, 5, 10, 20, 30]) speed.append(new Option(`${n} a second`, String(n), false, n === this.speed));
    speed.addEventListener("change", () => (this.speed = Number(speed.value)));
    root.append(play, label, input, text, speed);
    return root;
  }

  private step(axis: number, index: number): void {
    const at = this.state.at.slice();
    at[axis] = index;
    this.set({ at });
  }

  private play(axis: number): void {
    this.stop();
    const size = this.shown[0]!.info.axes[axis]!.size;
    const button = by("sliders").querySelector<HTMLElement>(`button[data-axis="${axis}"]`);
    if (button) button.textContent = "⏸";
    const player = { axis, timer: 0 };
    this.player = player;
    const next = async () => {
      const begin = performance.now();
      const at = this.state.at.slice();
      at[axis] = ((at[axis] ?? 0) + 1) % size;
      this.state = { ...this.state, at };
      await this.apply();
      // Not faster than pictures are drawn.
      await new Promise((resolve) => requestAnimationFrame(resolve));
      if (this.player !== player) return;
      player.timer = window.setTimeout(() => void next(), Math.max(0, 1000 / this.speed - (performance.now() - begin)));
    };
    void next();
  }

  private stop(): void {
    if (!this.player) return;
    window.clearTimeout(this.player.timer);
    this.player = null;
    this.write();
    for (const button of by("sliders").querySelectorAll("button.play")) button.textContent = "▶";
  }

  // ---- what the pointer does

  private handlers(): Handlers {
    return {
      hover: (panel, row, column) => this.hover(panel, row, column),
      leave: () => {
        this.hovered = null;
        by("readout").textContent = "\u00a0";
      },
      click: (_panel, row, column) => this.set({ point: [row, column] }),
      box: (_panel, rows, columns) => this.set({ box: [...rows, ...columns] }),
      moved: (view, plain) => {
        if (plain) for (const panel of this.panels) panel.plain = plain;
        else {
          this.state.longitude = view.longitude;
          this.state.latitude = view.latitude;
          this.state.zoom = view.zoom;
        }
        this.look();
        this.write();
        this.sharpen();
      },
      boxMode: () => by("box-button").getAttribute("aria-pressed") === "true",
    };
  }

  private hover(panel: Panel, row: number, column: number): void {
    this.hovered = { panel, row, column };
    const s = this.shown[this.panels.indexOf(panel)];
    if (!s) return;
    const places = panel.grid?.text(row, column) ?? "";
    const values = this.panels.map((p, i) => {
      const found = p.value(row, column);
      if (!found) return "…";
      const units = this.shown[i]?.info.units;
      const text = format.number(found.value) + (units && !Number.isNaN(found.value) ? ` ${units}` : "");
      return found.block > 1 ? `${text} (mean of ${found.block} × ${found.block})` : text;
    });
    by("readout").textContent = `${places}: ${values.join("  |  ")}`;
  }

  // ---- charts

  private figure(id: string): HTMLElement {
    const known = document.getElementById(id);
    if (known) return known;
    const figure = document.createElement("figure");
    figure.id = id;
    figure.className = "chart";
    by("charts").append(figure);
    return figure;
  }

  private updateCharts(): void {
    const { point, box, at } = this.state;
    const one = this.shown[0];
    if (!one) return;
    window.clearTimeout(this.histogramTimer);
    if (one.rows >= 0) this.histogramTimer = window.setTimeout(() => void this.drawHistogram(), this.player ? 300 : 30);
    const key = JSON.stringify([this.shownKey, point, box, at]);
    if (key === this.chartKey) return;
    this.chartKey = key;
    this.lineAbort?.abort();
    const controller = new AbortController();
    this.lineAbort = controller;
    const draw = () =>
      void this.drawLines(controller.signal).catch((error: unknown) => {
        if (!aborted(error)) this.complain(error);
      });
    window.clearTimeout(this.lineTimer);
    if (this.player) this.lineTimer = window.setTimeout(draw, 300);
    else draw();
  }

  private async drawLines(signal: AbortSignal): Promise<void> {
    const { point, box } = this.state;
    const one = this.shown[0]!;
    const wanted = new Set<string>(["histogram"]);
    const work: Promise<void>[] = [];
    const addLine = (id: string, title: string, along: number, at: (s: Shown) => number[], upright: boolean) => {
      wanted.add(id);
      work.push(
        (async () => {
          const all: charts.Line[] = [];
          for (const s of this.shown) {
            const own = s === one ? along : s.info.axes.findIndex((a) => a.name === one.info.axes[along]!.name);
            if (own < 0 || s.info.axes[own]!.size !== one.info.axes[along]!.size) continue;
            const { values } = await api.line(s.formula, own, at(s), signal);
            all.push({ values, label: s.formula });
          }
          if (signal.aborted) return;
          const other = along !== one.rows && along !== one.columns;
          charts.lines(this.figure(id), title, one.info.axes[along]!, all, {
            units: one.info.units,
            upright,
            marked: other ? (this.state.at[along] ?? 0) : along === one.rows ? point?.[0] : point?.[1],
            pick: (index) => {
              if (other) this.step(along, index);
              else if (this.state.point) this.set({ point: along === one.rows ? [index, this.state.point[1]] : [this.state.point[0], index] });
            },
          });
        })(),
      );
    };
    if (one.rows < 0) {
      // One axis or none: the line is the picture.
      if (one.columns >= 0) addLine("line", this.title(one), one.columns, (s) => this.indices(s), false);
      else {
        wanted.add("number");
        const { text } = await api.element(one.formula, one.info.axes.map(() => 0), signal);
        const figure = this.figure("number");
        figure.textContent = `${text.trim()} ${one.info.units}`;
      }
    }
    const others = one.rows >= 0 ? this.others(one) : [];
    if (point && one.rows >= 0) {
      const [row, column] = point;
      const through = (s: Shown) => {
        const i = this.indices(s);
        i[s.rows] = Math.min(row, s.info.axes[s.rows]!.size - 1);
        i[s.columns] = Math.min(column, s.info.axes[s.columns]!.size - 1);
        return i;
      };
      const place = this.panels[0]?.grid?.text(row, column) ?? "";
      for (const axis of others)
        addLine(`series-${axis}`, `${one.info.axes[axis]!.name} at ${place}`, axis, through, format.vertical(one.info.axes[axis]!));
      addLine("profile", `${one.info.axes[one.rows]!.name} through ${format.place(one.info.axes[one.columns]!, column)}`, one.rows, through, one.info.axes[one.rows]!.kind === "latitude" || format.vertical(one.info.axes[one.rows]!));
      wanted.add("element");
      work.push(
        api.element(one.formula, through(one), signal).then(({ text }) => {
          if (signal.aborted) return;
          const figure = this.figure("element");
          figure.className = "chart element";
          figure.textContent = `${place}: ${text.trim()} ${one.info.units}`;
        }),
      );
    }
    const along = others[0];
    if (box && along !== undefined) {
      wanted.add("box");
      work.push(
        (async () => {
          const all: charts.Line[] = [];
          let weighted = false;
          for (const s of this.shown) {
            const own = s === one ? along : s.info.axes.findIndex((a) => a.name === one.info.axes[along]!.name);
            if (own < 0 || s.info.axes[own]!.size !== one.info.axes[along]!.size) continue;
            const q: api.FieldQuery = { ...this.query(s), rowSpan: [box[0], box[1]], columnSpan: [box[2], box[3]] };
            const means = await api.box(q, own, signal);
            weighted = means.weighted;
            all.push({ values: means.values, label: s.formula });
          }
          if (signal.aborted) return;
          const corner = (r: number, c: number) => (this.panels[0]?.grid?.text(r, c) ?? "").replace(", ", " ");
          charts.lines(
            this.figure("box"),
            `Mean of ${corner(box[0], box[2])} to ${corner(box[1] - 1, box[3] - 1)}${weighted ? ", weighted with areas" : ""}`,
            one.info.axes[along]!,
            all,
            { units: one.info.units, marked: this.state.at[along] ?? 0, pick: (index) => this.step(along, index) },
          );
        })(),
      );
    }
    for (const figure of [...by("charts").children]) if (!wanted.has(figure.id)) figure.remove();
    await Promise.all(work);
  }

  private async drawHistogram(): Promise<void> {
    const s = this.shown[0];
    const field = this.panels[0]?.fields[0];
    if (!s || !field || s.rows < 0) return;
    const bins = 60;
    const { low, high } = field;
    if (!(high > low)) return document.getElementById("histogram")?.remove();
    let counts: number[] = new Array<number>(bins).fill(0);
    let from = low;
    let to = high;
    if (field.block === 1) {
      const scale = bins / (high - low);
      for (const number of field.numbers) {
        if (!Number.isFinite(number)) continue;
        // The least and the greatest value are told in float64, and may lie beside their float32.
        const bin = Math.floor((field.offset + field.scale * number - low) * scale);
        counts[Math.max(0, Math.min(bins - 1, bin))]! += 1;
      }
    } else {
      const generation = this.generation;
      try {
        [from, to] = this.range();
        counts = (await api.histogram(this.query(s), from, to, bins)).counts;
      } catch (error) {
        if (!aborted(error)) this.complain(error);
        return;
      }
      if (generation !== this.generation) return;
    }
    const total = counts.reduce((a, b) => a + b, 0);
    charts.histogram(this.figure("histogram"), `Histogram of ${total} values${field.missing ? `, ${field.missing} missing` : ""}`, counts, from, to, s.info.units);
  }

  // ---- the rest of the page

  private tree(): void {
    const root = by("tree");
    const variables = this.contents?.variables ?? [];
    const groups: [string, api.Variable[]][] = [
      ["Data", variables.filter((v) => v.role === "data")],
      ["Coordinates", variables.filter((v) => v.role === "coordinate")],
      ["Others", variables.filter((v) => v.role === "other")],
    ];
    const item = (v: api.Variable) => {
      const details = document.createElement("details");
      const summary = document.createElement("summary");
      const open = document.createElement("button");
      open.className = "variable";
      open.textContent = v.name;
      open.disabled = v.problem !== "" || !/^(bool|u?int\d+|float\d+)$/.test(v.dtype);
      open.title = v.problem || v.long_name;
      open.addEventListener("click", (event) => {
        event.preventDefault();
        this.set({ f: quoted(v.name), rows: -1, columns: -1, point: null, box: null });
      });
      const shape = document.createElement("span");
      shape.className = "shape";
      shape.textContent = v.dimensions.map((d) => `${d.name} ${d.size}`).join(" × ");
      summary.append(open, shape);
      const list = document.createElement("dl");
      const attributes: Record<string, unknown> = { type: v.dtype, ...v.attributes };
      if (v.problem) attributes.problem = v.problem;
      for (const [name, value] of Object.entries(attributes)) {
        const term = document.createElement("dt");
        term.textContent = name;
        const description = document.createElement("dd");
        description.textContent = typeof value === "string" ? value : JSON.stringify(value);
        list.append(term, description);
      }
      details.append(summary, list);
      return details;
    };
    root.replaceChildren();
    for (const [name, members] of groups) {
      if (members.length === 0) continue;
      const head = document.createElement("h2");
      head.textContent = name;
      root.append(head, ...members.map(item));
    }
    const files = this.contents?.files;
    if (files) {
      const note = document.createElement("p");
      note.className = "files";
      note.textContent = `${files.length} ${files.length === 1 ? "file" : "files"}, ${this.contents?.format}; ${this.contents?.backend}`;
      note.title = files.slice(0, 20).join("\n");
      root.append(note);
    }
    if (window.matchMedia("(max-width: 700px)").matches) by<HTMLDetailsElement>("tree-details").open = false;
  }

  private controls(): void {
    const projection = by<HTMLSelectElement>("projection");
    for (const [name, text] of Object.entries(projections)) projection.append(new Option(text, name));
    projection.addEventListener("change", () => {
      this.state.projection = projection.value as Name;
      this.center();
      this.set({});
    });
    const palette = by<HTMLSelectElement>("palette");
    palette.append(new Option("by the values", "")); // its text says which that is, in look()
    for (const name of palettes) palette.append(new Option(name, name));
    palette.addEventListener("change", () => this.set({ palette: palette.value }));
    by<HTMLInputElement>("reversed").addEventListener("change", (event) => this.set({ reversed: (event.target as HTMLInputElement).checked }));
    const mode = by<HTMLSelectElement>("range-mode");
    mode.addEventListener("change", () => {
      const [low, high] = this.range();
      this.set(mode.value === "hand" ? { range: "hand", low, high } : { range: mode.value });
    });
    const hand = () => {
      const low = Number(by<HTMLInputElement>("low").value.replace("−", "-").replace(",", "."));
      const high = Number(by<HTMLInputElement>("high").value.replace("−", "-").replace(",", "."));
      const bad = !(Number.isFinite(low) && Number.isFinite(high) && low < high);
      for (const id of ["low", "high"]) by(id).toggleAttribute("aria-invalid", bad);
      if (bad) return;
      (document.activeElement as HTMLElement | null)?.blur(); // so that it shows the range from now on
      this.set({ range: "hand", low, high });
    };
    for (const id of ["low", "high"]) by(id).addEventListener("change", hand);
    by<HTMLSelectElement>("mode").addEventListener("change", (event) => this.set({ mode: (event.target as HTMLSelectElement).value as State["mode"] }));
    by("box-button").addEventListener("click", () => this.toggleBox());
    by("home").addEventListener("click", () => this.home());
    by("compare").addEventListener("click", () => this.toggleCompare());
    by("dashboard-button").addEventListener("click", () => this.set({ view: this.state.view === "dashboard" ? "explorer" : "dashboard" }));
    by("theme").addEventListener("click", () => {
      const next = this.dark() ? "light" : "dark";
      localStorage.setItem("theme", next);
      this.theme(next);
    });
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.look());
    by("save-png").addEventListener("click", () => void this.savePng());
    by("save-netcdf").addEventListener("click", () => void this.saveNetcdf());
    by("swipe").addEventListener("pointerdown", (event) => this.swipe(event));
    by("swipe").addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -0.02, ArrowRight: 0.02 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      this.swipeTo(this.state.swipe + step);
    });
    by("save-csv").addEventListener("click", () => this.saveCsv());
    by("copy-link").addEventListener("click", () => this.copy(location.href, "copy-link"));
    by("copy-command").addEventListener("click", () => this.copy(by("command").textContent ?? "", "copy-command"));
    document.addEventListener("keydown", (event) => this.key(event));
  }

  private toggleBox(): void {
    const button = by("box-button");
    button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
  }

  private home(): void {
    for (const panel of this.panels) if (panel.grid) panel.plain = panel.whole();
    this.center();
    this.set({ point: null, box: null });
  }

  private toggleCompare(): void {
    const line = by("second-line");
    line.hidden = !line.hidden;
    by("compare").setAttribute("aria-pressed", String(!line.hidden));
    if (line.hidden) this.set({ g: "" });
    else by<HTMLInputElement>("second").focus();
  }

  private key(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (target.closest("input:not([type=range]):not([type=checkbox]), select, textarea")) return;
    const one = this.shown[0];
    const axis = one && this.others(one)[0];
    const move = (step: number) => {
      if (!one || axis === undefined) return;
      const size = one.info.axes[axis]!.size;
      this.step(axis, ((this.state.at[axis] ?? 0) + step + size) % size);
    };
    switch (event.key) {
      case "ArrowRight":
      case "ArrowLeft":
        if (target.matches("input[type=range]")) return;
        move(event.key === "ArrowRight" ? 1 : -1);
        break;
      case " ":
        if (target.matches("button, summary")) return;
        if (axis !== undefined) {
          if (this.player) this.stop();
          else this.play(axis);
        }
        break;
      case "/":
        by<HTMLInputElement>("formula").focus();
        break;
      case "b":
        this.toggleBox();
        break;
      case "c":
        this.toggleCompare();
        break;
      case "d":
        this.set({ view: this.state.view === "dashboard" ? "explorer" : "dashboard" });
        break;
      case "0":
        this.home();
        break;
      case "Escape":
        this.set({ point: null, box: null });
        break;
      default:
        return;
    }
    event.preventDefault();
  }

  private dark(): boolean {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
  }

  private theme(name: string | null): void {
    if (name === "dark" || name === "light") document.documentElement.dataset.theme = name;
    this.look();
  }

  private complain(error: unknown): void {
    const message = by("message");
    if (error === null) {
      message.hidden = true;
      return;
    }
    message.textContent = error instanceof Error ? error.message : String(error);
    message.hidden = false;
  }

  /** Writes the command that shows the same. */
  private command(): void {
    const one = this.shown[0];
    const code = by("command");
    if (!one) return void (code.textContent = this.contents?.command ?? "");
    const word = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
    const formula = this.formulas()[0]!;
    const at = this.indices(one);
    const subscripts = one.info.axes.map((_, i) => (i === one.rows || i === one.columns ? ":" : String(at[i] ?? 0)));
    const plain = /^[A-Za-z_]\w*$/.test(formula) ? formula : `(${formula})`;
    const taken = one.info.axes.length > 0 && subscripts.some((t) => t !== ":") ? `${plain}[${subscripts.join(", ")}]` : formula;
    const [low, high] = this.range();
    const known = commandName[this.palette()];
    const files = this.contents?.files_words ?? "";
    code.textContent =
      one.rows < 0
        ? `chunkwise eval ${word(taken)} ${files}`
        : `chunkwise plot ${word(taken)} ${files} -o picture.png --range ${Number(low.toPrecision(6))} ${Number(high.toPrecision(6))}${known && !this.state.reversed ? ` --cmap ${known}` : ""}`;
  }

  private async savePng(): Promise<void> {
    for (const [i, panel] of this.panels.entries()) {
      const s = this.shown[i]!;
      const places = this.others(s).map((axis) => format.place(s.info.axes[axis]!, this.indices(s)[axis]!));
      this.save(await panel.png([panel.title, ...places].join(", ")), `${this.fileName(s)}.png`);
    }
  }

  private async saveNetcdf(): Promise<void> {
    const s = this.shown[0];
    if (!s || s.rows < 0) return;
    const button = by<HTMLButtonElement>("save-netcdf");
    button.disabled = true;
    try {
      const { bits: _, ...q } = this.query(s);
      this.save(await api.netcdf(q), `${this.fileName(s)}.nc`);
    } catch (error) {
      this.complain(error);
    }
    button.disabled = false;
  }

  /** Moves the line between two fields with the pointer. */
  private swipe(down: PointerEvent): void {
    const handle = by("swipe");
    handle.setPointerCapture(down.pointerId);
    const move = (event: PointerEvent) => {
      const box = by("panels").getBoundingClientRect();
      this.swipeTo((event.clientX - box.left) / box.width);
    };
    handle.addEventListener("pointermove", move);
    handle.addEventListener("lostpointercapture", () => handle.removeEventListener("pointermove", move), { once: true });
  }

  private swipeTo(share: number): void {
    this.state.swipe = Math.max(0, Math.min(1, share));
    this.placeSwipe();
    this.write();
  }

  /** Cuts the upper one of two fields at the line. */
  private placeSwipe(): void {
    const root = by("panels");
    const handle = by("swipe");
    handle.hidden = root.dataset.mode !== "swipe";
    const percent = `${(100 * this.state.swipe).toFixed(2)}%`;
    root.parentElement!.style.setProperty("--swipe", percent);
    handle.setAttribute("aria-valuenow", String(Math.round(100 * this.state.swipe)));
  }

  private saveCsv(): void {
    const s = this.shown[0];
    const field = this.panels[0]?.fields[0];
    if (!s || !field || s.rows < 0) return;
    const [rows, columns] = [s.info.axes[s.rows]!, s.info.axes[s.columns]!];
    const place = (axis: api.Axis, i: number) => axis.texts?.[i] ?? axis.values?.[i] ?? i;
    const head = [rows.name || "row", columns.name || "column", s.info.name || "value"].join(",");
    const lines = [head];
    for (let r = 0; r < field.rows; ++r)
      for (let c = 0; c < field.columns; ++c) {
        const number = field.numbers[r * field.columns + c]!;
        // The fewest digits of a float32.
        const value = field.offset === 0 && field.scale === 1 ? shortest(number) : String(field.offset + field.scale * number);
        const middle = (axis: api.Axis, span: [number, number], i: number) => place(axis, Math.min(span[0] + i * field.block + Math.floor(field.block / 2), span[1] - 1));
        lines.push(`${middle(rows, field.rowSpan, r)},${middle(columns, field.columnSpan, c)},${value}`);
      }
    this.save(new Blob([lines.join("\n") + "\n"], { type: "text/csv" }), `${this.fileName(s)}.csv`);
  }

  private fileName(s: Shown): string {
    return (s.info.name || s.formula).replace(/[^A-Za-z0-9_.-]+/g, "_").slice(0, 60) || "field";
  }

  private save(blob: Blob, name: string): void {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    window.setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  private copy(text: string, id: string): void {
    const button = by(id);
    const before = button.textContent;
    navigator.clipboard.writeText(text).then(
      () => (button.textContent = "Copied"),
      () => (button.textContent = "Not allowed"),
    );
    window.setTimeout(() => (button.textContent = before), 1500);
  }
}

/** Returns the fewest digits that read back to the same float32. */
function shortest(number: number): string {
  for (let digits = 6; digits < 9; ++digits) {
    const text = String(Number(number.toPrecision(digits)));
    if (Math.fround(Number(text)) === number) return text;
  }
  return String(Number(number.toPrecision(9)));
}

void new Explorer().start();

// What the parts of the page share: what is to be shown, the arrays and pictures that show it, and the one way to change it.
import type { Contents } from "./api";
import type { Shown } from "./arrays";
import { sameAxis } from "./arrays";
import { quoted } from "./formula";
import type { Panel } from "./panel";
import { initial, read, write, type State } from "./state";

export class Session {
  state: State = initial();
  contents: Contents | null = null;
  shown: Shown[] = []; // the array of each formula
  key = ""; // of these formulas over these axes
  readonly panels: Panel[] = []; // one for each array that has two axes
  playing = -1; // the axis that is played; -1 if none is
  /** Grows with each change: an answer to an older one is not wanted any more. */
  generation = 0;
  /** True while steps follow each other faster than one looks at a picture. */
  hurried = false;
  private stepped = -Infinity; // when the last step was
  private written = "";
  private addressTimer = 0;

  /** `apply` brings the page to the state; `look` only what needs no data: colours, range, view and marks. */
  constructor(
    private readonly apply: () => Promise<void>,
    readonly look: () => void,
  ) {
    window.addEventListener("hashchange", () => {
      if (location.hash.slice(1) !== this.written) this.readAddress();
    });
  }

  /** Changes what is shown; the promise is kept when it is on its way to be drawn. */
  set(change: Partial<State>): Promise<void> {
    const before = this.state;
    const now = performance.now();
    this.hurried = change.at !== undefined && now - this.stepped < 300;
    if (change.at) this.stepped = now;
    this.state = { ...before, ...change };
    if (change.f !== undefined && change.f !== before.f) {
      // The same axes if the new array has them; the rest begins again.
      this.state.low = this.state.high = NaN;
      if (this.state.range === "hand") this.state.range = "2";
    }
    return this.apply();
  }

  /** Goes to an index along an axis that has a slider. */
  step(axis: number, index: number): Promise<void> {
    const at = this.state.at.slice();
    at[axis] = index;
    return this.set({ at });
  }

  toggleDashboard(): void {
    void this.set({ view: this.state.view === "dashboard" ? "explorer" : "dashboard" });
  }

  /** Shows what the address tells; without a formula, the first variable that makes a picture. */
  readAddress(): void {
    this.state = read(location.hash);
    if (!this.state.f) {
      const data = this.contents?.variables.filter((v) => v.problem === "") ?? [];
      const wide = (v: Contents["variables"][number]) => v.dimensions.filter((d) => d.size > 1).length;
      const best = data.find((v) => v.role === "data" && wide(v) >= 2) ?? data.find((v) => v.role === "data") ?? data[0];
      if (best) this.state.f = quoted(best.name);
      else this.state.view = "dashboard";
    }
    void this.apply();
  }

  /** Has the address tell the state once nothing has changed for a moment: browsers refuse one that changes too often. */
  writeAddressSoon(): void {
    window.clearTimeout(this.addressTimer);
    this.addressTimer = window.setTimeout(() => this.writeAddress(), 200);
  }

  writeAddress(): void {
    window.clearTimeout(this.addressTimer);
    this.written = write(this.state);
    history.replaceState(null, "", `${location.pathname}${location.search}#${this.written}`);
  }

  /** Returns the formulas that are shown, each by itself. */
  get formulas(): string[] {
    const { f, g, mode } = this.state;
    if (!g) return [f];
    return mode === "difference" ? [`(${f}) - (${g})`] : [f, g];
  }

  /** Returns the first array; indices, points and boxes are told along its axes. */
  get first(): Shown | undefined {
    return this.shown[0];
  }

  /** Returns the arrays that have a panel. */
  get flat(): Shown[] {
    return this.shown.filter((s) => s.rows >= 0);
  }

  /** Returns the indices of a shown array, by those of the first one. */
  indices(s: Shown, at = this.state.at): number[] {
    const one = this.first!;
    const indices = at.slice();
    if (s === one) return indices;
    return s.info.axes.map((axis, i) => {
      const own = sameAxis(one, s, i);
      return Math.min(own >= 0 ? (indices[own] ?? 0) : 0, axis.size - 1);
    });
  }
}

// The range and the palette of the pictures, from what is chosen and from the values that are shown.
import type { Field } from "./api";
import { diverging, palettes, table } from "./colours";
import type { Look } from "./colour_bar";
import { by, dark } from "./page";
import type { Session } from "./session";

/** Returns the range of a field without so many percent of its values at either end; from Infinity if it has no values. */
function spread(field: Field, percent: number): [number, number] {
  if (!Number.isFinite(field.low)) return [Infinity, -Infinity];
  const step = Math.max(1, Math.floor(field.numbers.length / 100_000));
  const values: number[] = [];
  for (let i = 0; percent > 0 && i < field.numbers.length; i += step) {
    const value = field.numbers[i]!;
    if (Number.isFinite(value)) values.push(value);
  }
  if (values.length > 20) {
    values.sort((x, y) => x - y);
    const at = (p: number) => field.offset + field.scale * values[Math.round((p / 100) * (values.length - 1))]!;
    const [low, high] = [at(percent), at(100 - percent)];
    if (high > low) return [low, high];
  }
  return [field.low, field.high];
}

interface Automatic {
  range: [number, number];
  deviates: boolean; // to both sides of zero
}

/** Returns what fields of these ranges ask for together. */
function automatic(spreads: [number, number][]): Automatic {
  let low = Math.min(...spreads.map((range) => range[0]));
  let high = Math.max(...spreads.map((range) => range[1]));
  if (low > high) [low, high] = [0, 1];
  const deviates = low < 0 && high > 0 && Math.min(-low, high) > 0.15 * Math.max(-low, high);
  const more = low === high ? Math.abs(low) * 0.01 || 1 : 0;
  return { range: [low - more, high + more], deviates };
}

export class Colouring {
  /** What the values of each panel ask for; the same object for those that share a range. */
  private automatic: Automatic[] = [];
  private key = "";

  constructor(private readonly session: Session) {
    const palette = by<HTMLSelectElement>("palette");
    palette.append(new Option("by the values", "")); // its text says which that is, in show()
    for (const name of palettes) palette.append(new Option(name, name));
    palette.addEventListener("change", () => session.set({ palette: palette.value }));
    const reversed = by<HTMLInputElement>("reversed");
    reversed.addEventListener("change", () => session.set({ reversed: reversed.checked }));
    const mode = by<HTMLSelectElement>("range-mode");
    mode.addEventListener("change", () => {
      const [low, high] = this.range();
      void session.set(mode.value === "hand" ? { range: "hand", low, high } : { range: mode.value });
    });
    for (const id of ["low", "high"]) by(id).addEventListener("change", () => this.byHand());
  }

  private byHand(): void {
    const read = (id: string) => Number(by<HTMLInputElement>(id).value.replace("−", "-").replace(",", "."));
    const [low, high] = [read("low"), read("high")];
    const bad = !(Number.isFinite(low) && Number.isFinite(high) && low < high);
    for (const id of ["low", "high"]) {
      if (bad) by(id).setAttribute("aria-invalid", "true");
      else by(id).removeAttribute("aria-invalid");
    }
    if (bad) return;
    (document.activeElement as HTMLElement | null)?.blur(); // so that it shows the range from now on
    void this.session.set({ range: "hand", low, high });
  }

  /** Finds the ranges of the fields that are shown; they stay while others are stepped through. */
  find(): void {
    const { state, panels, flat, key: shown } = this.session;
    const key = JSON.stringify([shown, state.range, state.mode]);
    if (key === this.key) return;
    this.key = key;
    const fields = panels.map((p) => p.fields[0]).filter((f) => f !== undefined);
    const percent = state.range === "0" ? 0 : 2;
    const spreads = fields.map((field) => spread(field, percent));
    const common = automatic(spreads);
    const own = spreads.map((one) => automatic([one]));
    // Fields beside each other share a range, unless their units differ or one of them would have few colours of it.
    const length = ({ range: [low, high] }: Automatic) => high - low;
    const units = new Set(flat.map((s) => s.info.units).filter((text) => text));
    const apart = state.mode === "side" && (units.size > 1 || own.some((one) => length(one) < length(common) / 10));
    this.automatic = apart ? own : fields.map(() => common);
  }

  /** Returns the palette of a panel: that of deviations is pale around zero. */
  palette(panel = 0): string {
    return this.session.state.palette || this.byValues(panel);
  }

  private byValues(panel = 0): string {
    return this.automatic[panel]?.deviates ? diverging : "viridis";
  }

  /** Returns the range of a panel. One by hand is that of the first panel, and of those that have its range. */
  range(panel = 0): [number, number] {
    const { low, high, range } = this.session.state;
    const own = this.automatic[panel];
    if (range === "hand" && low < high && own === this.automatic[0]) return [low, high];
    const [a, b] = own?.range ?? [0, 1];
    if (this.palette(panel) !== diverging || !(a < 0 && b > 0)) return [a, b];
    const reach = Math.max(-a, b);
    return [-reach, reach];
  }

  look(panel: number): Omit<Look, "units"> {
    const [low, high] = this.range(panel);
    return { low, high, colours: table(this.palette(panel), this.session.state.reversed), dark: dark() };
  }

  /** Brings the controls to the state. */
  show(): void {
    const { state } = this.session;
    const [low, high] = this.range();
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
  }
}

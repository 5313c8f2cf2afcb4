// The range and the palette of the pictures, from what is chosen and from the values that are shown.
import type { Field } from "./api";
import { diverging, palettes, table } from "./colours";
import type { Look } from "./colour_bar";
import { by, dark } from "./page";
import type { Session } from "./session";

/** Returns the range of fields without so many percent of their values at either end. */
function spread(fields: Field[], percent: number): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const field of fields) {
    if (!Number.isFinite(field.low)) continue;
    let [a, b] = [field.low, field.high];
    const step = Math.max(1, Math.floor(field.numbers.length / 100_000));
    const values: number[] = [];
    for (let i = 0; percent > 0 && i < field.numbers.length; i += step) {
      const value = field.numbers[i]!;
      if (Number.isFinite(value)) values.push(value);
    }
    if (values.length > 20) {
      values.sort((x, y) => x - y);
      const at = (p: number) => field.offset + field.scale * values[Math.round((p / 100) * (values.length - 1))]!;
      const [x, y] = [at(percent), at(100 - percent)];
      if (y > x) [a, b] = [x, y];
    }
    low = Math.min(low, a);
    high = Math.max(high, b);
  }
  return low > high ? [0, 1] : [low, high];
}

export class Colouring {
  private automatic: [number, number] = [0, 1];
  private deviates = false;
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
      const [low, high] = this.range;
      void session.set(mode.value === "hand" ? { range: "hand", low, high } : { range: mode.value });
    });
    for (const id of ["low", "high"]) by(id).addEventListener("change", () => this.byHand());
  }

  private byHand(): void {
    const read = (id: string) => Number(by<HTMLInputElement>(id).value.replace("−", "-").replace(",", "."));
    const [low, high] = [read("low"), read("high")];
    const bad = !(Number.isFinite(low) && Number.isFinite(high) && low < high);
    for (const id of ["low", "high"]) by(id).toggleAttribute("aria-invalid", bad);
    if (bad) return;
    (document.activeElement as HTMLElement | null)?.blur(); // so that it shows the range from now on
    void this.session.set({ range: "hand", low, high });
  }

  /** Finds the range of the fields that are shown; it stays while others are stepped through. */
  find(): void {
    const { session } = this;
    const key = JSON.stringify([session.key, session.state.range]);
    if (key === this.key) return;
    this.key = key;
    const fields = session.panels.map((p) => p.fields[0]).filter((f) => f !== undefined);
    let [low, high] = spread(fields, session.state.range === "0" ? 0 : 2);
    this.deviates = low < 0 && high > 0 && Math.min(-low, high) > 0.15 * Math.max(-low, high);
    if (low === high) {
      const more = Math.abs(low) * 0.01 || 1;
      [low, high] = [low - more, high + more];
    }
    this.automatic = [low, high];
  }

  get palette(): string {
    return this.session.state.palette || this.byValues;
  }

  /** Returns the palette of those who choose none: deviations have one that is pale around zero. */
  private get byValues(): string {
    return this.deviates ? diverging : "viridis";
  }

  get range(): [number, number] {
    const { low, high, range } = this.session.state;
    if (range === "hand" && low < high) return [low, high];
    const [a, b] = this.automatic;
    if (this.palette !== diverging || !(a < 0 && b > 0)) return [a, b];
    const reach = Math.max(-a, b);
    return [-reach, reach];
  }

  look(): Omit<Look, "units"> {
    const [low, high] = this.range;
    return { low, high, colours: table(this.palette, this.session.state.reversed), dark: dark() };
  }

  /** Brings the controls to the state. */
  show(): void {
    const { state } = this.session;
    const [low, high] = this.range;
    const put = (id: string, value: number) => {
      const input = by<HTMLInputElement>(id);
      if (document.activeElement !== input) input.value = String(Number(value.toPrecision(6)));
    };
    put("low", low);
    put("high", high);
    by<HTMLSelectElement>("range-mode").value = state.range;
    const palette = by<HTMLSelectElement>("palette");
    palette.options[0]!.text = `by the values: ${this.byValues}`;
    palette.value = state.palette;
    by<HTMLInputElement>("reversed").checked = state.reversed;
  }
}

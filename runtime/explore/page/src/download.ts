// What is taken away: PNG, CSV and NetCDF of what is shown, the link to it, and the command that draws the same.
import * as api from "./api";
import { others, type Shown } from "./arrays";
import type { Colouring } from "./colouring";
import { commandName } from "./colours";
import type { Fields } from "./fields";
import * as format from "./format";
import { by, complain } from "./page";
import type { Session } from "./session";

/** Returns the fewest digits that read back to the same float32. */
function shortest(number: number): string {
  for (let digits = 6; digits < 9; ++digits) {
    const text = String(Number(number.toPrecision(digits)));
    if (Math.fround(Number(text)) === number) return text;
  }
  return String(Number(number.toPrecision(9)));
}

function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function fileName(s: Shown): string {
  return (s.info.name || s.formula).replace(/[^A-Za-z0-9_.-]+/g, "_").slice(0, 60) || "field";
}

/** Copies a text, and says so on the button for a while. */
function copy(text: string, button: HTMLElement, label: string): void {
  navigator.clipboard.writeText(text).then(
    () => (button.textContent = "Copied"),
    () => (button.textContent = "Not allowed"),
  );
  window.setTimeout(() => (button.textContent = label), 1500);
}

export class Download {
  constructor(
    private readonly session: Session,
    private readonly fields: Fields,
    private readonly colouring: Colouring,
  ) {
    for (const [id, save] of [["save-png", this.png], ["save-csv", this.csv], ["save-netcdf", this.netcdf]] as const) {
      const button = by<HTMLButtonElement>(id);
      button.addEventListener("click", async () => {
        button.disabled = true;
        await save.call(this).catch(complain);
        button.disabled = false;
      });
    }
    for (const [id, text] of [["copy-link", () => this.link()], ["copy-command", () => by("command").textContent ?? ""]] as const) {
      const button = by(id);
      const label = button.textContent ?? "";
      button.addEventListener("click", () => copy(text(), button, label));
    }
  }

  private link(): string {
    this.session.writeAddress();
    return location.href;
  }

  /** Writes the command that shows the same. */
  showCommand(): void {
    const { session } = this;
    const one = session.first;
    const code = by("command");
    if (!one) return void (code.textContent = session.contents?.command ?? "");
    const word = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
    const formula = session.formulas[0]!;
    const at = session.indices(one);
    const subscripts = one.info.axes.map((_, i) => (i === one.rows || i === one.columns ? ":" : String(at[i] ?? 0)));
    const plain = /^[A-Za-z_]\w*$/.test(formula) ? formula : `(${formula})`;
    const taken = subscripts.some((t) => t !== ":") ? `${plain}[${subscripts.join(", ")}]` : formula;
    const [low, high] = this.colouring.range();
    const known = commandName[this.colouring.palette()];
    const files = session.contents?.files_words ?? "";
    code.textContent =
      one.rows < 0
        ? `chunkwise eval ${word(taken)} ${files}`
        : `chunkwise plot ${word(taken)} ${files} -o picture.png --range ${Number(low.toPrecision(6))} ${Number(high.toPrecision(6))}${known && !session.state.reversed ? ` --cmap ${known}` : ""}`;
  }

  private async png(): Promise<void> {
    const { session } = this;
    for (const [i, panel] of session.panels.entries()) {
      const s = session.flat[i]!;
      const places = others(s).map((axis) => format.place(s.info.axes[axis]!, session.indices(s)[axis]!));
      save(await panel.png([panel.title, ...places].join(", ")), `${fileName(s)}.png`);
    }
  }

  private async netcdf(): Promise<void> {
    const s = this.session.first;
    if (s && s.rows >= 0) save(await api.netcdf(this.fields.exactQuery(s)), `${fileName(s)}.nc`);
  }

  private async csv(): Promise<void> {
    const s = this.session.first;
    if (!s || s.rows < 0) return;
    const field = await this.fields.exact(s);
    const [rows, columns] = [s.info.axes[s.rows]!, s.info.axes[s.columns]!];
    // The place in the middle of a block.
    const place = (axis: api.Axis, span: [number, number], block: number) => {
      const i = Math.min(span[0] + block * field.block + Math.floor(field.block / 2), span[1] - 1);
      return axis.texts?.[i] ?? axis.values?.[i] ?? i;
    };
    const lines = [[rows.name || "row", columns.name || "column", s.info.name || "value"].join(",")];
    const plain = field.offset === 0 && field.scale === 1;
    for (let r = 0; r < field.rows; ++r)
      for (let c = 0; c < field.columns; ++c) {
        const number = field.numbers[r * field.columns + c]!;
        const value = plain ? shortest(number) : String(field.offset + field.scale * number);
        lines.push(`${place(rows, field.rowSpan, r)},${place(columns, field.columnSpan, c)},${value}`);
      }
    save(new Blob([lines.join("\n") + "\n"], { type: "text/csv" }), `${fileName(s)}.csv`);
  }
}

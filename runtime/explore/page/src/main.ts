// The page of chunkwise explore, and the way that data goes through it: the address or a person says what is shown
// (state, session); formulas become arrays (arrays), which get a picture each (pictures, panel); fields are fetched
// (fields, frames), coloured (colouring) and drawn (renderer, overlay); and charts tell more of a point (details).
import * as api from "./api";
import { Arrays, type Shown } from "./arrays";
import { Colouring } from "./colouring";
import { Compare } from "./compare";
import { Dashboard } from "./dashboard";
import { Details } from "./details";
import { Download } from "./download";
import { Fields } from "./fields";
import { FormulaLine } from "./formula";
import { listenToKeys } from "./keys";
import { by, complain, followTheme } from "./page";
import { Pictures } from "./pictures";
import { Session } from "./session";
import { Sliders } from "./sliders";
import { tree } from "./tree";

class Explorer {
  private words: api.Words | null = null;
  private readonly session = new Session(() => this.apply(), () => this.look());
  private readonly arrays = new Arrays();
  private readonly colouring = new Colouring(this.session);
  private readonly fields = new Fields(this.session, this.arrays, () => this.arrived());
  private readonly pictures = new Pictures(this.session, this.colouring, () => this.fields.sharpen());
  private readonly details = new Details(this.session, this.fields, this.colouring);
  private readonly sliders = new Sliders(this.session);
  private readonly compare = new Compare(this.session);
  private readonly download = new Download(this.session, this.fields, this.colouring);
  private readonly dashboard = new Dashboard(by("dashboard"));
  private readonly firstLine = this.formulaLine("formula", "f", false);
  private readonly secondLine = this.formulaLine("second", "g", true);

  private formulaLine(id: string, name: "f" | "g", mayBeEmpty: boolean): FormulaLine {
    const accept = (formula: string) => void (formula !== this.session.state[name] && this.session.set({ [name]: formula }));
    return new FormulaLine(by(id), by(`${id}-error`), by(`${id}-words`), () => this.words, accept, mayBeEmpty);
  }

  async start(): Promise<void> {
    const { session } = this;
    by("dashboard-button").addEventListener("click", () => session.toggleDashboard());
    listenToKeys(session, this.pictures, this.sliders, this.compare);
    followTheme(() => this.look());
    try {
      session.contents = await api.contents();
    } catch (error) {
      return complain(error);
    }
    void api.words().then((words) => (this.words = words), () => undefined);
    tree(session.contents, (f) => void session.set({ f, rows: -1, columns: -1, point: null, box: null }));
    session.readAddress();
  }

  /** Brings the page to the state. */
  private async apply(): Promise<void> {
    const { session } = this;
    const { state } = session;
    const generation = ++session.generation;
    by("explorer").hidden = state.view !== "explorer";
    by("dashboard").hidden = state.view !== "dashboard";
    by("dashboard-button").setAttribute("aria-pressed", String(state.view === "dashboard"));
    this.dashboard.follow();
    this.firstLine.text = state.f;
    if (state.g) this.secondLine.text = state.g;
    this.compare.show();
    if (!state.f || state.view === "dashboard") return session.writeAddress();
    if (this.key() !== session.key) {
      const shown = await this.show(generation);
      if (generation !== session.generation) return;
      if (!shown) return session.writeAddress();
      session.shown = shown;
      this.fit(shown[0]!);
      session.key = this.key();
      this.pictures.layout();
      this.compare.show();
      this.details.clear();
      document.title = `${state.f} – chunkwise`;
    }
    session.writeAddressSoon();
    this.look();
    this.sliders.show();
    if (session.flat.length > 0) await this.fields.draw(generation);
    else this.details.update();
  }

  private key(): string {
    const { formulas, state } = this.session;
    return JSON.stringify([formulas, state.rows, state.columns]);
  }

  /** Returns the array of each formula; null if one has none, which its line tells. */
  private async show(generation: number): Promise<Shown[] | null> {
    const { formulas, state } = this.session;
    const shown: Shown[] = [];
    for (const [i, formula] of formulas.entries()) {
      const line = i === 1 ? this.secondLine : this.firstLine;
      try {
        shown.push(await this.arrays.show(formula, state, shown[0]));
        if (generation !== this.session.generation) return null;
        line.show(null);
      } catch (error) {
        if (generation !== this.session.generation) return null;
        // A place in the difference is no place in either line.
        if (error instanceof api.Refused && formulas.length === 1 && state.g) complain(error);
        else line.show(error);
        return null;
      }
    }
    return shown;
  }

  /** Brings axes, indices, point and box to what the first array has. */
  private fit(one: Shown): void {
    const { state } = this.session;
    const { axes } = one.info;
    state.rows = one.rows;
    state.columns = one.columns;
    state.at = axes.map((axis, i) => Math.min(state.at[i] ?? 0, axis.size - 1));
    if (one.rows < 0) return;
    const [rows, columns] = [axes[one.rows]!.size, axes[one.columns]!.size];
    if (state.point && (state.point[0] >= rows || state.point[1] >= columns)) state.point = null;
    if (state.box && (state.box[1] > rows || state.box[3] > columns)) state.box = null;
  }

  /** Brings to the state what needs no data. */
  private look(): void {
    this.pictures.look();
    this.colouring.show();
    this.download.showCommand();
  }

  /** Goes on where the panels have new fields. */
  private arrived(): void {
    this.colouring.find();
    this.look();
    this.pictures.read(); // for a pointer that rests
    this.details.update();
  }
}

void new Explorer().start();

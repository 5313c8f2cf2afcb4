// The pictures of the arrays that are shown: one panel each, one view and one look for all, and what a pointer does there.
import { title } from "./arrays";
import type { Colouring } from "./colouring";
import * as format from "./format";
import type { Actions } from "./gestures";
import { by } from "./page";
import { Panel } from "./panel";
import { names as projections, type Name } from "./projection";
import type { Session } from "./session";

export class Pictures {
  private hovered: { panel: Panel; row: number; column: number } | null = null;

  /** `moved` is called when another part of the fields is in sight. */
  constructor(
    private readonly session: Session,
    private readonly colouring: Colouring,
    private readonly moved: () => void,
  ) {
    const projection = by<HTMLSelectElement>("projection");
    for (const [name, text] of Object.entries(projections)) projection.append(new Option(text, name));
    projection.addEventListener("change", () => {
      session.state.projection = projection.value as Name;
      this.center();
      void session.set({});
    });
    by("box-button").addEventListener("click", () => this.toggleBox());
    by("home").addEventListener("click", () => this.home());
  }

  /** Makes as many panels as there are arrays of two axes. */
  layout(): void {
    const { flat, panels, state } = this.session;
    const root = by("panels");
    while (panels.length > flat.length) panels.pop()!.root.remove();
    while (panels.length < flat.length) {
      const panel = new Panel((p) => this.actions(p));
      panels.push(panel);
      root.append(panel.root);
    }
    root.dataset.count = String(flat.length);
    root.hidden = flat.length === 0;
    flat.forEach((s, i) => {
      const panel = panels[i]!;
      panel.setArray(s.info, s.rows, s.columns, s.curved);
      panel.title = title(s);
    });
    const geographic = panels[0]?.grid?.geographic ?? false;
    by<HTMLSelectElement>("projection").disabled = !geographic;
    if (geographic && Number.isNaN(state.longitude)) this.center();
  }

  /** Brings colours, range, projection and marks of the panels to the state. */
  look(): void {
    const { state, flat, panels } = this.session;
    const { projection, latitude, zoom } = state;
    const longitude = Number.isNaN(state.longitude) ? 0 : state.longitude;
    panels.forEach((panel, i) => {
      panel.look = { ...this.colouring.look(i), units: flat[i]?.info.units ?? "" };
      panel.view = { projection, longitude, latitude, zoom };
      panel.point = state.point;
      panel.box = state.box;
      panel.redraw();
    });
    by<HTMLSelectElement>("projection").value = projection;
  }

  /** Shows the whole field again, without point and box. */
  home(): void {
    for (const panel of this.session.panels) if (panel.grid) panel.plain = panel.whole();
    this.center();
    void this.session.set({ point: null, box: null });
  }

  toggleBox(): void {
    by("box-button").setAttribute("aria-pressed", String(!this.boxMode()));
  }

  private boxMode(): boolean {
    return by("box-button").getAttribute("aria-pressed") === "true";
  }

  /** Puts the middle of the data into the middle of the map. */
  private center(): void {
    const { panels, state } = this.session;
    const grid = panels[0]?.grid;
    if (!grid?.geographic) return;
    const { low, high, wraps } = grid;
    state.longitude = wraps ? 0 : (low[0] + high[0]) / 2;
    state.latitude = state.projection === "globe" ? (wraps ? 25 : Math.max(-90, Math.min(90, (low[1] + high[1]) / 2))) : 0;
    state.zoom = 1;
  }

  private actions(panel: Panel): Actions {
    const { session } = this;
    return {
      hover: (row, column) => {
        this.hovered = { panel, row, column };
        this.read();
      },
      leave: () => {
        this.hovered = null;
        by("readout").textContent = "\u00a0";
      },
      click: (row, column) => void session.set({ point: [row, column] }),
      box: (rows, columns) => void session.set({ box: [...rows, ...columns] }),
      moved: (view, plain) => {
        if (plain) for (const other of session.panels) other.plain = plain;
        else {
          const { longitude, latitude, zoom } = view;
          Object.assign(session.state, { longitude, latitude, zoom });
        }
        session.look();
        session.writeAddress();
        this.moved();
      },
      boxMode: () => this.boxMode(),
    };
  }

  /** Reads the values below the pointer, if it is on a picture: again when others are shown. */
  read(): void {
    if (!this.hovered) return;
    const { panel, row, column } = this.hovered;
    const { flat, panels } = this.session;
    if (!panels.includes(panel)) return;
    const values = panels.map((p, i) => {
      const found = p.value(row, column);
      if (!found) return "…";
      const units = flat[i]?.info.units;
      const text = format.number(found.value) + (units && !Number.isNaN(found.value) ? ` ${units}` : "");
      const { block, sampled } = found.field;
      return block > 1 ? `${text} (${sampled ? "one" : "mean"} of ${block} × ${block})` : text;
    });
    by("readout").textContent = `${panel.grid?.text(row, column) ?? ""}: ${values.join("  |  ")}`;
  }
}

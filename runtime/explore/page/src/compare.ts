// The second formula: its line, how the two are shown, and the line between them that is dragged.
import { by } from "./page";
import type { Session } from "./session";
import type { State } from "./state";

export class Compare {
  private readonly line = by("second-line");
  private readonly handle = by("swipe");
  private readonly panels = by("panels");

  constructor(private readonly session: Session) {
    by("compare").addEventListener("click", () => this.toggle());
    const mode = by<HTMLSelectElement>("mode");
    mode.addEventListener("change", () => session.set({ mode: mode.value as State["mode"] }));
    this.handle.addEventListener("pointerdown", (event) => this.drag(event));
    this.handle.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -0.02, ArrowRight: 0.02 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      this.moveTo(session.state.swipe + step);
    });
  }

  toggle(): void {
    const closes = !this.line.hidden;
    this.line.hidden = closes;
    if (closes) void this.session.set({ g: "" });
    else by<HTMLInputElement>("second").focus();
    this.showLine();
  }

  /** Brings line, mode and handle to the state. */
  show(): void {
    const { g, mode } = this.session.state;
    if (g) this.line.hidden = false;
    by("mode-label").hidden = !g;
    by<HTMLSelectElement>("mode").value = mode;
    this.panels.dataset.mode = this.session.flat.length > 1 ? mode : "";
    this.showLine();
    this.place();
  }

  private showLine(): void {
    by("compare").setAttribute("aria-pressed", String(!this.line.hidden));
  }

  /** Moves the line with the pointer. */
  private drag(down: PointerEvent): void {
    const { handle, panels } = this;
    handle.setPointerCapture(down.pointerId);
    const move = (event: PointerEvent) => {
      const box = panels.getBoundingClientRect();
      this.moveTo((event.clientX - box.left) / box.width);
    };
    handle.addEventListener("pointermove", move);
    handle.addEventListener("lostpointercapture", () => handle.removeEventListener("pointermove", move), { once: true });
  }

  private moveTo(share: number): void {
    this.session.state.swipe = Math.max(0, Math.min(1, share));
    this.place();
    this.session.writeAddress();
  }

  /** Cuts the upper one of two fields at the line. */
  private place(): void {
    const { swipe } = this.session.state;
    this.handle.hidden = this.panels.dataset.mode !== "swipe";
    this.panels.parentElement!.style.setProperty("--swipe", `${(100 * swipe).toFixed(2)}%`);
    this.handle.setAttribute("aria-valuenow", String(Math.round(100 * swipe)));
  }
}

// The sliders of the axes that are not drawn, the button that plays one, and the choice of those that are drawn.
import { others, type Shown } from "./arrays";
import * as format from "./format";
import { by } from "./page";
import type { Session } from "./session";

export class Sliders {
  private readonly root = by("sliders");
  private timer = 0;
  private player = 0; // grows with each start and stop
  private speed = 10; // frames a second

  constructor(private readonly session: Session) {}

  /** Brings the sliders to the state. */
  show(): void {
    const { root, session } = this;
    const one = session.first;
    if (!one) return root.replaceChildren();
    if (root.dataset.key !== session.key) {
      root.dataset.key = session.key;
      this.stop();
      root.replaceChildren(...this.axisChoice(one), ...others(one).map((axis) => this.slider(one, axis)));
    }
    for (const axis of others(one)) {
      const input = root.querySelector<HTMLInputElement>(`input[data-axis="${axis}"]`);
      const text = root.querySelector<HTMLElement>(`output[data-axis="${axis}"]`);
      const index = session.state.at[axis] ?? 0;
      const info = one.info.axes[axis]!;
      const place = format.place(info, index);
      if (input && input.value !== String(index)) input.value = String(index);
      input?.setAttribute("aria-valuetext", place);
      if (text) text.firstChild!.textContent = `${place}  `;
      if (text) text.lastChild!.textContent = `(${index + 1} of ${info.size})`;
    }
  }

  /** Steps along the first slider, around its ends. */
  stepFirst(by: number): void {
    const { session } = this;
    const axis = session.first && others(session.first)[0];
    if (axis === undefined) return;
    const { size } = session.first!.info.axes[axis]!;
    void session.step(axis, ((session.state.at[axis] ?? 0) + by + size) % size);
  }

  playFirst(): void {
    const axis = this.session.first && others(this.session.first)[0];
    if (this.session.playing >= 0) this.stop();
    else if (axis !== undefined) this.play(axis);
  }

  private play(axis: number): void {
    this.stop();
    const { session } = this;
    const { size } = session.first!.info.axes[axis]!;
    const button = this.root.querySelector<HTMLElement>(`button[data-axis="${axis}"]`);
    if (button) button.textContent = "⏸";
    const player = ++this.player;
    session.playing = axis;
    const next = async () => {
      const begin = performance.now();
      await session.step(axis, ((session.state.at[axis] ?? 0) + 1) % size);
      // Not faster than pictures are drawn.
      await new Promise((resolve) => requestAnimationFrame(resolve));
      if (this.player !== player) return;
      this.timer = window.setTimeout(() => void next(), Math.max(0, 1000 / this.speed - (performance.now() - begin)));
    };
    void next();
  }

  private stop(): void {
    if (this.session.playing < 0) return;
    window.clearTimeout(this.timer);
    ++this.player;
    this.session.playing = -1;
    this.session.writeAddress();
    for (const button of this.root.querySelectorAll("button.play")) button.textContent = "▶";
  }

  /** Returns the choice of the two axes of the picture, if there is one. */
  private axisChoice(s: Shown): HTMLElement[] {
    const wide = s.info.axes.map((a, i) => [a, i] as const).filter(([a]) => a.size > 1);
    if (wide.length < 3) return [];
    const root = document.createElement("div");
    root.className = "axis-choice";
    for (const [which, other, text] of [["rows", "columns", "Up "], ["columns", "rows", "Across "]] as const) {
      const label = document.createElement("label");
      label.textContent = text;
      const select = document.createElement("select");
      select.id = `choose-${which}`;
      for (const [axis, i] of wide) select.append(new Option(axis.name || `axis ${i}`, String(i), false, i === s[which]));
      select.addEventListener("change", () => {
        const change = { rows: s.rows, columns: s.columns };
        change[which] = Number(select.value);
        if (change.rows === change.columns) change[other] = s[which];
        void this.session.set({ ...change, point: null, box: null, longitude: NaN });
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
    const name = info.name || `axis ${axis}`;
    const play = document.createElement("button");
    play.className = "play";
    play.dataset.axis = String(axis);
    play.textContent = "▶";
    play.title = `Play ${name} (space)`;
    play.setAttribute("aria-label", `Play ${name}`);
    play.addEventListener("click", () => (this.session.playing === axis ? this.stop() : this.play(axis)));
    const input = document.createElement("input");
    input.type = "range";
    input.min = "0";
    input.max = String(info.size - 1);
    input.step = "1";
    input.dataset.axis = String(axis);
    input.id = `slider-${axis}`;
    input.addEventListener("input", () => this.session.step(axis, Number(input.value)));
    const label = document.createElement("label");
    label.textContent = name;
    label.htmlFor = input.id;
    const text = document.createElement("output");
    text.dataset.axis = String(axis);
    text.append(document.createElement("span"), document.createElement("span")); // the place, and its number
    const speed = document.createElement("select");
    speed.setAttribute("aria-label", "Frames a second");
    for (const n of [1, 2, 5, 10, 20, 30]) speed.append(new Option(`${n} a second`, String(n), false, n === this.speed));
    speed.addEventListener("change", () => (this.speed = Number(speed.value)));
    root.append(play, label, input, text, speed);
    return root;
  }
}

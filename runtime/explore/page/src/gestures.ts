// What a pointer, fingers, a wheel and keys do on a picture: hover, click, draw a box, move and zoom.
import type { View } from "./projection";
import { partOf, type Plain, type Scene } from "./scene";

/** What the picture tells of itself; places are pixels of the page from its corner. */
export interface Surface {
  readonly stack: HTMLElement;
  readonly scene: Scene | null;
  readonly ratio: number; // pixels of the canvas for one of the page
  cell(x: number, y: number): [number, number] | null;
  whole(): Plain;
  redraw(): void;
}

export interface Actions {
  hover(row: number, column: number): void;
  leave(): void;
  click(row: number, column: number): void;
  box(rows: [number, number], columns: [number, number]): void;
  moved(view: View, plain: Plain | null): void; // panned or zoomed
  boxMode(): boolean;
}

interface Place {
  x: number;
  y: number;
}
interface Drag {
  from: Place;
  to: Place;
  box: boolean;
  moved: boolean;
  view: View; // as it began
  plain: Plain;
}

const upright = (latitude: number) => Math.max(-90, Math.min(90, latitude));
const apart = ([a, b]: Place[]) => Math.hypot(a!.x - b!.x, a!.y - b!.y);

export class Gestures {
  private drag: Drag | null = null;
  private readonly pointers = new Map<number, Place>();

  constructor(
    private readonly surface: Surface,
    private readonly actions: Actions,
  ) {
    const { stack } = surface;
    stack.addEventListener("pointerdown", (event) => this.down(event));
    stack.addEventListener("pointermove", (event) => this.move(event));
    stack.addEventListener("pointerup", (event) => this.up(event));
    stack.addEventListener("pointercancel", (event) => this.up(event));
    stack.addEventListener("pointerleave", () => actions.leave());
    stack.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        this.zoomBy(Math.exp(-Math.max(-200, Math.min(200, event.deltaY)) * 0.002), this.place(event));
      },
      { passive: false },
    );
    stack.addEventListener("keydown", (event) => this.key(event));
  }

  /** Returns the box that is being drawn: from a place to another; null if there is none. */
  get dragged(): { from: Place; to: Place } | null {
    return this.drag?.box && this.drag.moved ? this.drag : null;
  }

  private place(event: MouseEvent): Place {
    const box = this.surface.stack.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  private down(event: PointerEvent): void {
    const { scene, stack } = this.surface;
    if (event.button !== 0 || !scene) return;
    const at = this.place(event);
    this.pointers.set(event.pointerId, at);
    stack.setPointerCapture(event.pointerId);
    this.drag = {
      from: at,
      to: at,
      box: (event.shiftKey || this.actions.boxMode()) && this.pointers.size === 1,
      moved: false,
      view: { ...scene.view },
      plain: { ...scene.plain },
    };
  }

  private move(event: PointerEvent): void {
    const at = this.place(event);
    const drag = this.drag;
    if (this.pointers.size === 2 && this.pointers.has(event.pointerId)) {
      const was = apart([...this.pointers.values()]);
      this.pointers.set(event.pointerId, at);
      const now = [...this.pointers.values()];
      if (was > 0) this.zoomBy(apart(now) / was, { x: (now[0]!.x + now[1]!.x) / 2, y: (now[0]!.y + now[1]!.y) / 2 });
      if (drag) drag.moved = true;
    } else if (drag && this.pointers.has(event.pointerId)) {
      drag.to = at;
      if (apart([drag.from, at]) > 4) drag.moved = true;
      if (drag.moved && !drag.box) this.pan(drag, at.x - drag.from.x, at.y - drag.from.y);
      this.surface.redraw();
    } else {
      const cell = this.surface.cell(at.x, at.y);
      if (cell) this.actions.hover(...cell);
      else this.actions.leave();
    }
  }

  private up(event: PointerEvent): void {
    if (!this.pointers.delete(event.pointerId) || this.pointers.size > 0) return;
    const drag = this.drag;
    this.drag = null;
    if (drag && event.type !== "pointercancel") {
      const { from, to } = drag;
      if (!drag.moved) {
        const cell = this.surface.cell(from.x, from.y);
        if (cell) this.actions.click(...cell);
      } else if (drag.box) {
        const corners = [from, to, { x: from.x, y: to.y }, { x: to.x, y: from.y }]
          .map(({ x, y }) => this.surface.cell(x, y))
          .filter((cell) => cell !== null);
        const span = (k: 0 | 1): [number, number] => [Math.min(...corners.map((c) => c[k])), Math.max(...corners.map((c) => c[k])) + 1];
        if (corners.length >= 2) this.actions.box(span(0), span(1));
      }
    }
    this.surface.redraw();
  }

  private key(event: KeyboardEvent): void {
    const { stack, scene } = this.surface;
    const middle = { x: stack.clientWidth / 2, y: stack.clientHeight / 2 };
    const moves: Record<string, [number, number]> = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
    const move = moves[event.key];
    if (move && event.shiftKey && scene) {
      this.pan(scene, ...move);
      this.surface.redraw();
      event.preventDefault();
      event.stopPropagation();
    }
    if (event.key === "+" || event.key === "=") this.zoomBy(1.25, middle);
    if (event.key === "-") this.zoomBy(0.8, middle);
  }

  /** Moves the picture by pixels of the page from where it was. */
  private pan(from: { view: View; plain: Plain }, dx: number, dy: number): void {
    const { scene, ratio, stack } = this.surface;
    if (!scene) return;
    if (scene.grid.geographic) {
      const degrees = (ratio * 180) / Math.PI / scene.frame.radius;
      const view = { ...from.view, longitude: from.view.longitude - dx * degrees };
      if (view.projection !== "north" && view.projection !== "south") view.latitude = upright(from.view.latitude + dy * degrees);
      if (!partOf(scene.grid)) view.longitude = ((((view.longitude + 180) % 360) + 360) % 360) - 180;
      this.actions.moved(view, null);
    } else {
      const { left, right, top, bottom } = from.plain;
      const x = (dx / stack.clientWidth) * (right - left);
      const y = (dy / stack.clientHeight) * (bottom - top);
      this.actions.moved(scene.view, { left: left - x, right: right - x, top: top - y, bottom: bottom - y });
    }
  }

  /** Zooms around a place, which stays where it is on flat maps and plain axes. */
  private zoomBy(factor: number, { x, y }: Place): void {
    const { scene, ratio, stack } = this.surface;
    if (!scene) return;
    if (scene.grid.geographic) {
      const zoom = Math.max(1, Math.min(10000, scene.view.zoom * factor));
      const view = { ...scene.view, zoom };
      if (view.projection === "plate" || view.projection === "robinson") {
        const before = scene.frame.radius;
        const after = (before / scene.view.zoom) * zoom;
        const degrees = (180 / Math.PI) * (1 / before - 1 / after);
        view.longitude += (x * ratio - scene.width / 2) * degrees;
        view.latitude = upright(view.latitude - (y * ratio - scene.height / 2) * degrees);
        if (zoom === 1) view.latitude = 0;
      }
      this.actions.moved(view, null);
    } else {
      const whole = this.surface.whole();
      const { left, right, top, bottom } = scene.plain;
      const scale = Math.min(1 / factor, Math.abs(whole.right - whole.left) / Math.abs(right - left));
      const px = left + (x / stack.clientWidth) * (right - left);
      const py = top + (y / stack.clientHeight) * (bottom - top);
      this.actions.moved(scene.view, {
        left: px + (left - px) * scale,
        right: px + (right - px) * scale,
        top: py + (top - py) * scale,
        bottom: py + (bottom - py) * scale,
      });
    }
  }
}

// One picture: the field, coasts and axes over it, the colour bar below it, and what a pointer does to them.
import { geoGraticule, geoPath } from "d3-geo";
import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import type { ArrayInfo, Field } from "./api";
import type { Curved } from "./curved";
import * as format from "./format";
import { Grid } from "./grid";
import { d3projection, frame, invert, outline, type Frame, type View } from "./projection";
import { cellAt, numberAt, renderer, type Plain, type Renderer } from "./renderer";

type Land = ReturnType<typeof feature>;
const lands = new Map<string, Promise<Land>>();

function land(detail: "110m" | "50m"): Promise<Land> {
  let promise = lands.get(detail);
  if (!promise) {
    promise = fetch(`land-${detail}.json`)
      .then((response) => response.json() as Promise<Topology<{ land: GeometryCollection }>>)
      .then((topology) => feature(topology, topology.objects.land));
    lands.set(detail, promise);
  }
  return promise;
}

export interface Handlers {
  hover(panel: Panel, row: number, column: number): void;
  leave(): void;
  click(panel: Panel, row: number, column: number): void;
  box(panel: Panel, rows: [number, number], columns: [number, number]): void;
  moved(view: View, plain: Plain | null): void; // panned or zoomed
  boxMode(): boolean;
}

export interface Look {
  low: number;
  high: number;
  colours: Uint8Array;
  units: string;
  dark: boolean;
}

/** Returns how much larger the page's letters are than on a usual screen. */
const scale = () => Math.max(1, parseFloat(getComputedStyle(document.documentElement).fontSize) / 15.5);

export class Panel {
  readonly root = document.createElement("figure");
  readonly canvas = document.createElement("canvas");
  private readonly overlay = document.createElement("canvas");
  private readonly stack = document.createElement("div");
  private readonly caption = document.createElement("figcaption");
  private readonly bar = document.createElement("canvas");
  private readonly note = document.createElement("div");
  private readonly renderer: Renderer;
  private land: Land | null = null;
  private landDetail = "";
  private info: ArrayInfo | null = null;
  private drag: { x: number; y: number; box: boolean; moved: boolean; view: View; plain: Plain; toX: number; toY: number } | null = null;
  private readonly pointers = new Map<number, { x: number; y: number }>();
  private pending = false;
  private overlayKey = "";
  private overlayGrid: Grid | null = null;
  private barKey = "";

  grid: Grid | null = null;
  fields: Field[] = [];
  indices = ""; // of the axes that are not drawn, of the fields
  view: View = { projection: "plate", longitude: 0, latitude: 0, zoom: 1 };
  plain: Plain = { left: 0, right: 1, top: 0, bottom: 1 };
  look: Look | null = null;
  point: [number, number] | null = null;
  selected: [number, number, number, number] | null = null;
  frame: Frame = { width: 1, height: 1, radius: 1, x: 0, y: 0 };

  constructor(private readonly handlers: Handlers) {
    this.root.className = "panel";
    this.stack.className = "stack";
    this.stack.tabIndex = 0;
    this.stack.setAttribute("role", "application");
    this.overlay.className = "overlay";
    this.note.className = "note";
    this.bar.className = "bar";
    this.stack.append(this.canvas, this.overlay, this.note);
    this.root.append(this.caption, this.stack, this.bar);
    this.renderer = renderer(this.canvas);
    this.root.dataset.renderer = this.renderer.kind;
    this.listen();
    new ResizeObserver(() => this.redraw()).observe(this.stack);
  }

  /** Says which array is shown, over which axes. */
  setArray(info: ArrayInfo, rows: number, columns: number, curved: Curved | null): void {
    this.info = info;
    this.grid = new Grid(info, rows, columns, curved);
    this.plain = this.whole();
    this.fields = [];
  }

  /** Returns the plain axes with all of the field. */
  whole(): Plain {
    const grid = this.grid!;
    // Upwards for heights and latitudes, downwards for depths, pressures and indices.
    const axis = grid.rows.axis;
    const down = format.downwards(axis) || (axis.positive !== "up" && axis.kind !== "latitude" && !axis.units);
    const [top, bottom] = down ? [grid.rows.low, grid.rows.high] : [grid.rows.high, grid.rows.low];
    const columns = grid.columns;
    return { left: columns.low, right: columns.high, top, bottom };
  }

  setCaption(text: string): void {
    this.caption.textContent = text;
    this.stack.setAttribute("aria-label", text);
  }

  setNote(text: string): void {
    this.note.textContent = text;
  }

  redraw(): void {
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => {
      this.pending = false;
      this.draw();
    });
  }

  /** Returns the pixels of a canvas for a pixel of the page. */
  private get ratio(): number {
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    return this.renderer.kind === "canvas" ? Math.min(ratio, 1) : ratio;
  }

  private window(): { low: [number, number]; high: [number, number] } | undefined {
    const grid = this.grid;
    return grid?.geographic && !grid.wraps ? { low: grid.low, high: grid.high } : undefined;
  }

  draw(): void {
    const grid = this.grid;
    const { clientWidth: width, clientHeight: height } = this.stack;
    if (!grid || width === 0 || height === 0) return;
    const ratio = this.ratio;
    const pixels = [Math.round(width * ratio), Math.round(height * ratio)] as const;
    for (const canvas of [this.canvas, this.overlay])
      if (canvas.width !== pixels[0] || canvas.height !== pixels[1]) [canvas.width, canvas.height] = pixels;
    this.frame = frame(this.view, pixels[0], pixels[1], this.window());
    const look = this.look;
    if (look && this.fields.length > 0) {
      this.renderer.draw({
        grid,
        fields: this.fields,
        view: this.view,
        frame: this.frame,
        plain: this.plain,
        low: look.low,
        high: look.high,
        colours: look.colours,
      });
      this.root.dataset.shown = this.indices;
      this.root.dataset.drawn = String(Number(this.root.dataset.drawn ?? 0) + 1);
    }
    this.drawOverlay(ratio);
    this.drawBar();
  }

  private drawOverlay(ratio: number): void {
    const { width, height } = this.overlay;
    const dark = this.look?.dark ?? false;
    // Lines stay while fields are played.
    const drag = this.drag?.box && this.drag.moved ? [this.drag.toX, this.drag.toY] : null;
    const key = JSON.stringify([width, height, this.view, this.plain, dark, this.point, this.selected, drag, this.land !== null, this.landDetail]);
    if (key === this.overlayKey && this.overlayGrid === this.grid) return;
    this.overlayKey = key;
    this.overlayGrid = this.grid;
    const context = this.overlay.getContext("2d")!;
    const pen = ratio * scale(); // lines and letters grow with the page's own
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    const grid = this.grid!;
    if (grid.geographic) {
      const projection = d3projection(this.view, this.frame);
      const path = geoPath(projection, context);
      context.lineWidth = 0.6 * pen;
      context.strokeStyle = dark ? "rgba(255,255,255,0.25)" : "rgba(0,0,0,0.2)";
      context.beginPath();
      path(geoGraticule().step(this.view.zoom > 4 ? [10, 10] : [30, 30])());
      context.stroke();
      const detail = this.view.zoom > 2.5 || this.window() ? "50m" : "110m";
      if (this.landDetail !== detail) {
        this.landDetail = detail;
        void land(detail).then((l) => {
          if (this.landDetail === detail) this.land = l;
          this.overlayKey = "";
          this.redraw();
        });
      }
      if (this.land) {
        for (const [style, size] of [
          ["rgba(255,255,255,0.55)", 2.2],
          ["rgba(0,0,0,0.85)", 0.9],
        ] as const) {
          context.beginPath();
          path(this.land);
          context.strokeStyle = style;
          context.lineWidth = size * pen;
          context.stroke();
        }
      }
      context.beginPath();
      outline(this.view, this.frame).forEach(([x, y], i) => (i === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
      context.closePath();
      context.strokeStyle = dark ? "#9aa4b0" : "#555";
      context.lineWidth = pen;
      context.stroke();
    }
    this.drawTicks(context, pen);
    const marker = this.point ? this.pixelOf(this.point[0], this.point[1]) : null;
    if (marker) {
      for (const [style, size] of [
        ["#fff", 4],
        ["#000", 1.8],
      ] as const) {
        context.strokeStyle = style;
        context.lineWidth = size * pen;
        context.beginPath();
        context.arc(marker[0], marker[1], 6 * pen, 0, 2 * Math.PI);
        context.moveTo(marker[0] - 11 * pen, marker[1]);
        context.lineTo(marker[0] + 11 * pen, marker[1]);
        context.moveTo(marker[0], marker[1] - 11 * pen);
        context.lineTo(marker[0], marker[1] + 11 * pen);
        context.stroke();
      }
    }
    const outlines: [number, number][][] = [];
    if (this.selected) outlines.push(this.boxOutline(this.selected));
    if (this.drag?.box && this.drag.moved) {
      const { x, y, toX, toY } = this.drag;
      outlines.push([
        [x * ratio, y * ratio],
        [toX * ratio, y * ratio],
        [toX * ratio, toY * ratio],
        [x * ratio, toY * ratio],
      ]);
    }
    for (const points of outlines)
      for (const [style, size] of [
        ["#fff", 3.5],
        ["#d00", 1.6],
      ] as const) {
        context.beginPath();
        points.forEach(([x, y], i) => (i === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
        context.closePath();
        context.strokeStyle = style;
        context.lineWidth = size * pen;
        context.stroke();
      }
  }

  /** Writes places along the edges, where the axes are straight. */
  private drawTicks(context: CanvasRenderingContext2D, ratio: number): void {
    const grid = this.grid!;
    const { width, height } = this.overlay;
    const straight = !grid.geographic || this.view.projection === "plate";
    if (!straight) return;
    context.font = `${11 * ratio}px system-ui, sans-serif`;
    const dark = this.look?.dark ?? false;
    const text = (t: string, x: number, y: number) => {
      context.lineWidth = 3 * ratio;
      context.strokeStyle = dark ? "rgba(15,19,24,0.85)" : "rgba(255,255,255,0.9)";
      context.fillStyle = dark ? "#e6e9ee" : "#111";
      context.strokeText(t, x, y);
      context.fillText(t, x, y);
    };
    let left: number, right: number, top: number, bottom: number;
    if (grid.geographic) {
      const at = (x: number, y: number): [number, number] => [
        ((x - this.frame.x) / this.frame.radius / Math.PI) * 180 + this.view.longitude,
        (-(y - this.frame.y) / this.frame.radius / Math.PI) * 180,
      ];
      [left, top] = at(0, 0);
      [right, bottom] = at(width, height);
    } else {
      ({ left, right, top, bottom } = this.plain);
    }
    const label = (axis: typeof grid.rows.axis, cells: typeof grid.rows, t: number) => {
      if (axis.kind === "time" && !grid.curved) return Number.isInteger(t) ? (axis.texts?.[t]?.slice(0, 10) ?? "") : "";
      if (grid.curved) return cells === grid.rows ? format.latitude(t) : format.longitude(t);
      return cells === grid.rows || cells === grid.columns ? format.tick(axis, t) : "";
    };
    // Along the lower and the left edge of the map, where these are in sight.
    const south = grid.geographic ? this.frame.y + (Math.PI / 180) * this.frame.radius * -Math.max(-90, this.window()?.low[1] ?? -90) : height;
    const west = grid.geographic ? this.frame.x + (Math.PI / 180) * this.frame.radius * Math.max(-180, (this.window()?.low[0] ?? -1e9) - this.view.longitude) : 0;
    const [lower, edge] = [Math.min(height, south), Math.max(0, west)];
    context.textAlign = "center";
    context.textBaseline = "bottom";
    const low = Math.min(left, right);
    const high = Math.max(left, right);
    for (const t of format.ticks(low, high, Math.max(2, width / ratio / 110), grid.geographic)) {
      const x = ((t - left) / (right - left)) * width;
      if (x > 24 * ratio && x < width - 24 * ratio) text(label(grid.columns.axis, grid.columns, t), x, lower - 3 * ratio);
    }
    context.textAlign = "left";
    context.textBaseline = "middle";
    for (const t of format.ticks(Math.min(top, bottom), Math.max(top, bottom), Math.max(2, height / ratio / 70), grid.geographic)) {
      if (grid.geographic && Math.abs(t) > 90) continue;
      const y = ((t - top) / (bottom - top)) * height;
      if (y > 10 * ratio && y < lower - 22 * ratio) text(label(grid.rows.axis, grid.rows, t), edge + 4 * ratio, y);
    }
  }

  private drawBar(): void {
    const look = this.look;
    const ratio = Math.min(window.devicePixelRatio || 1, 2) * scale();
    const width = this.bar.clientWidth / scale();
    const height = this.bar.clientHeight / scale();
    if (!look || width === 0) return;
    const key = [width, height, ratio, look.low, look.high, look.units, look.dark, look.colours.join(",")].join(" ");
    if (key === this.barKey) return;
    this.barKey = key;
    this.bar.width = Math.round(width * ratio);
    this.bar.height = Math.round(height * ratio);
    const context = this.bar.getContext("2d")!;
    context.scale(ratio, ratio);
    context.font = "12px system-ui, sans-serif";
    const left = 14;
    const right = width - 14 - (look.units ? context.measureText(look.units).width + 12 : 0);
    for (let x = left; x < right; ++x) {
      const i = 4 * Math.min(255, Math.floor(((x - left) / (right - left)) * 256));
      context.fillStyle = `rgb(${look.colours[i]},${look.colours[i + 1]},${look.colours[i + 2]})`;
      context.fillRect(x, 2, 1.5, 14);
    }
    context.fillStyle = look.dark ? "#e6e9ee" : "#111";
    context.textBaseline = "top";
    context.textAlign = "right";
    context.fillText(look.units, width - 14, 3);
    context.textAlign = "center";
    for (const t of format.ticks(look.low, look.high, Math.max(2, width / 90))) {
      const x = left + ((t - look.low) / (look.high - look.low)) * (right - left);
      context.fillRect(x - 0.5, 16, 1, 4);
      const label = format.number(t, 5);
      const half = context.measureText(label).width / 2;
      context.fillText(label, Math.min(Math.max(x, half + 2), width - half - 2), 22);
    }
  }

  /** Returns the pixel of a cell's middle; null if it is not on the map. */
  pixelOf(row: number, column: number): [number, number] | null {
    const grid = this.grid;
    if (!grid || row >= grid.rows.axis.size || column >= grid.columns.axis.size) return null;
    return this.pixelOfPlace(...grid.place(row, column));
  }

  private pixelOfPlace(x: number, y: number): [number, number] | null {
    if (this.grid!.geographic) {
      const pixel = d3projection(this.view, this.frame)([x, Math.max(-90, Math.min(90, y))]);
      if (!pixel) return null;
      const back = invert(this.view, this.frame, pixel[0], pixel[1]);
      return back && Math.abs(back[1] - y) < 1 ? pixel : null;
    }
    const { left, right, top, bottom } = this.plain;
    return [((x - left) / (right - left)) * this.overlay.width, ((y - top) / (bottom - top)) * this.overlay.height];
  }

  private boxOutline([r0, r1, c0, c1]: [number, number, number, number]): [number, number][] {
    const grid = this.grid!;
    const points: [number, number][] = [];
    const steps = grid.geographic ? 24 : 1;
    if (grid.curved) {
      // From centre to centre around the box.
      for (let side = 0; side < 4; ++side)
        for (let k = 0; k < steps; ++k) {
          const [across, down] = [Math.round(c0 + ((c1 - 1 - c0) * k) / steps), Math.round(r0 + ((r1 - 1 - r0) * k) / steps)];
          const cell = [[r0, across], [down, c1 - 1], [r1 - 1, c0 + c1 - 1 - across], [r0 + r1 - 1 - down, c0]][side]!;
          const pixel = this.pixelOf(cell[0]!, cell[1]!);
          if (pixel) points.push(pixel);
        }
      return points;
    }
    const rows = [grid.rows.edges[r0]!, grid.rows.edges[r1]!];
    const columns = [grid.columns.edges[c0]!, grid.columns.edges[c1]!];
    const add = (x: number, y: number) => {
      const pixel = this.pixelOfPlace(x, y);
      if (pixel) points.push(pixel);
    };
    for (let k = 0; k <= steps; ++k) add(columns[0]! + ((columns[1]! - columns[0]!) * k) / steps, rows[0]!);
    for (let k = 0; k <= steps; ++k) add(columns[1]!, rows[0]! + ((rows[1]! - rows[0]!) * k) / steps);
    for (let k = steps; k >= 0; --k) add(columns[0]! + ((columns[1]! - columns[0]!) * k) / steps, rows[1]!);
    for (let k = steps; k >= 0; --k) add(columns[0]!, rows[0]! + ((rows[1]! - rows[0]!) * k) / steps);
    return points;
  }

  /** Returns the cell of the array below a place of the stack. */
  cell(x: number, y: number): [number, number] | null {
    if (!this.grid) return null;
    const ratio = this.ratio;
    return cellAt({ grid: this.grid, view: this.view, frame: this.frame, plain: this.plain }, x * ratio, y * ratio, this.canvas.width, this.canvas.height);
  }

  /** Returns the value at a cell, of the finest field that has it; undefined if it is not there yet. */
  value(row: number, column: number): { value: number; block: number } | undefined {
    for (let k = this.fields.length - 1; k >= 0; --k) {
      const value = numberAt(this.fields[k]!, row, column);
      if (value !== undefined) return { value, block: this.fields[k]!.block };
    }
    return undefined;
  }

  /** Returns the rows and columns of the array that are in sight; null if that is not one box. */
  inSight(): { rows: [number, number]; columns: [number, number] } | null {
    const grid = this.grid;
    if (!grid || (grid.geographic && this.view.projection !== "plate")) return null;
    const cells: [number, number][] = [];
    const { clientWidth: width, clientHeight: height } = this.stack;
    for (let i = 0; i <= 8; ++i)
      for (let j = 0; j <= 8; ++j) {
        const cell = this.cell(Math.min((width * i) / 8, width - 1), Math.min((height * j) / 8, height - 1));
        if (cell) cells.push(cell);
      }
    if (cells.length < 2) return null;
    const rows = cells.map((c) => c[0]);
    const columns = cells.map((c) => c[1]);
    return {
      rows: [Math.min(...rows), Math.max(...rows) + 1],
      columns: [Math.min(...columns), Math.max(...columns) + 1],
    };
  }

  private listen(): void {
    const stack = this.stack;
    const place = (event: MouseEvent) => {
      const box = stack.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top };
    };
    stack.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !this.grid) return;
      const at = place(event);
      this.pointers.set(event.pointerId, at);
      stack.setPointerCapture(event.pointerId);
      this.drag = {
        ...at,
        toX: at.x,
        toY: at.y,
        box: (event.shiftKey || this.handlers.boxMode()) && this.pointers.size === 1,
        moved: false,
        view: { ...this.view },
        plain: { ...this.plain },
      };
    });
    stack.addEventListener("pointermove", (event) => {
      const at = place(event);
      if (this.pointers.size === 2 && this.pointers.has(event.pointerId)) {
        const before = [...this.pointers.values()];
        const distance = (p: { x: number; y: number }[]) => Math.hypot(p[0]!.x - p[1]!.x, p[0]!.y - p[1]!.y);
        const was = distance(before);
        this.pointers.set(event.pointerId, at);
        const now = [...this.pointers.values()];
        if (was > 0) this.zoomBy(distance(now) / was, (now[0]!.x + now[1]!.x) / 2, (now[0]!.y + now[1]!.y) / 2);
        if (this.drag) this.drag.moved = true;
        return;
      }
      const drag = this.drag;
      if (drag && this.pointers.has(event.pointerId)) {
        drag.toX = at.x;
        drag.toY = at.y;
        if (Math.hypot(at.x - drag.x, at.y - drag.y) > 4) drag.moved = true;
        if (drag.moved && !drag.box) this.pan(drag, at.x - drag.x, at.y - drag.y);
        this.redraw();
        return;
      }
      const cell = this.cell(at.x, at.y);
      if (cell) this.handlers.hover(this, cell[0], cell[1]);
      else this.handlers.leave();
    });
    const end = (event: PointerEvent) => {
      if (!this.pointers.delete(event.pointerId)) return;
      const drag = this.drag;
      if (this.pointers.size > 0) return;
      this.drag = null;
      if (!drag || !this.grid || event.type === "pointercancel") return this.redraw();
      if (!drag.moved) {
        const cell = this.cell(drag.x, drag.y);
        if (cell) this.handlers.click(this, cell[0], cell[1]);
      } else if (drag.box) {
        const corners = [
          this.cell(drag.x, drag.y),
          this.cell(drag.toX, drag.toY),
          this.cell(drag.x, drag.toY),
          this.cell(drag.toX, drag.y),
        ].filter((c) => c !== null);
        if (corners.length >= 2) {
          const rows = corners.map((c) => c[0]);
          const columns = corners.map((c) => c[1]);
          this.handlers.box(this, [Math.min(...rows), Math.max(...rows) + 1], [Math.min(...columns), Math.max(...columns) + 1]);
        }
      }
      this.redraw();
    };
    stack.addEventListener("pointerup", end);
    stack.addEventListener("pointercancel", end);
    stack.addEventListener("pointerleave", () => this.handlers.leave());
    stack.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        const at = place(event);
        this.zoomBy(Math.exp(-Math.max(-200, Math.min(200, event.deltaY)) * 0.002), at.x, at.y);
      },
      { passive: false },
    );
    stack.addEventListener("keydown", (event) => {
      const [width, height] = [stack.clientWidth, stack.clientHeight];
      const moves: Record<string, [number, number]> = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
      const move = moves[event.key];
      if (move && event.shiftKey) {
        this.pan({ view: { ...this.view }, plain: { ...this.plain } }, move[0], move[1]);
        this.redraw();
        event.preventDefault();
        event.stopPropagation();
      }
      if (event.key === "+" || event.key === "=") this.zoomBy(1.25, width / 2, height / 2);
      if (event.key === "-") this.zoomBy(0.8, width / 2, height / 2);
    });
  }

  private pan(from: { view: View; plain: Plain }, dx: number, dy: number): void {
    const ratio = this.ratio;
    if (this.grid?.geographic) {
      const degrees = (ratio * 180) / Math.PI / this.frame.radius;
      const view = { ...from.view, longitude: from.view.longitude - dx * degrees };
      if (view.projection === "globe") view.latitude = Math.max(-90, Math.min(90, from.view.latitude + dy * degrees));
      else if (view.projection === "plate" || view.projection === "robinson") view.latitude = Math.max(-90, Math.min(90, from.view.latitude + dy * degrees));
      if (!this.window()) view.longitude = ((((view.longitude + 180) % 360) + 360) % 360) - 180;
      this.handlers.moved(view, null);
    } else {
      const { left, right, top, bottom } = from.plain;
      const x = (dx / this.stack.clientWidth) * (right - left);
      const y = (dy / this.stack.clientHeight) * (bottom - top);
      this.handlers.moved(this.view, { left: left - x, right: right - x, top: top - y, bottom: bottom - y });
    }
  }

  private zoomBy(factor: number, x: number, y: number): void {
    if (!this.grid) return;
    if (this.grid.geographic) {
      const zoom = Math.max(1, Math.min(10000, this.view.zoom * factor));
      const view = { ...this.view, zoom };
      if (view.projection === "plate" || view.projection === "robinson") {
        // The place below the pointer stays where it is.
        const ratio = this.ratio;
        const before = this.frame.radius;
        const after = (before / this.view.zoom) * zoom;
        const degrees = (180 / Math.PI) * (1 / before - 1 / after);
        view.longitude += (x * ratio - this.canvas.width / 2) * degrees;
        view.latitude = Math.max(-90, Math.min(90, view.latitude - (y * ratio - this.canvas.height / 2) * degrees));
        if (zoom === 1) view.latitude = 0;
      }
      this.handlers.moved(view, null);
    } else {
      const whole = this.whole();
      const { left, right, top, bottom } = this.plain;
      const most = Math.abs(whole.right - whole.left);
      const scale = Math.min(1 / factor, most / Math.abs(right - left));
      const px = left + (x / this.stack.clientWidth) * (right - left);
      const py = top + (y / this.stack.clientHeight) * (bottom - top);
      this.handlers.moved(this.view, {
        left: px + (left - px) * scale,
        right: px + (right - px) * scale,
        top: py + (top - py) * scale,
        bottom: py + (bottom - py) * scale,
      });
    }
  }

  /** Returns the picture with its lines and colour bar, as a PNG. */
  async png(title: string): Promise<Blob> {
    this.draw();
    const [width, height] = [this.canvas.width, this.canvas.height];
    const picture = document.createElement("canvas");
    const head = 34;
    const scale = width / Math.max(1, this.bar.width);
    const foot = Math.round(this.bar.height * scale) + 8;
    picture.width = width;
    picture.height = head + height + foot;
    const context = picture.getContext("2d")!;
    context.fillStyle = this.look?.dark ? "#0f1318" : "#fff";
    context.fillRect(0, 0, picture.width, picture.height);
    context.fillStyle = this.look?.dark ? "#e6e9ee" : "#111";
    context.font = "18px system-ui, sans-serif";
    context.textBaseline = "middle";
    context.fillText(title, 10, head / 2, width - 20);
    context.drawImage(this.canvas, 0, head);
    context.drawImage(this.overlay, 0, head);
    context.drawImage(this.bar, 0, head + height + 4, width, foot - 8);
    return new Promise((resolve, reject) => picture.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/png"));
  }

  /** Returns the pixels that the picture has, or will have. */
  get pixels(): number {
    return Math.max(this.stack.clientWidth, this.stack.clientHeight) * this.ratio;
  }
  get title(): string {
    return this.caption.textContent ?? "";
  }
  get array(): ArrayInfo | null {
    return this.info;
  }
}

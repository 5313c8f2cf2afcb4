// One picture: the field, coasts and axes over it, and the colour bar below it.
import type { ArrayInfo, Field } from "./api";
import { ColourBar, type Look } from "./colour_bar";
import type { Curved } from "./curved";
import * as format from "./format";
import { Gestures, type Actions } from "./gestures";
import { Grid } from "./grid";
import { Overlay, type Marks } from "./overlay";
import { frame, type Frame, type View } from "./projection";
import { numberAt, renderer, type Renderer } from "./renderer";
import { cellAt, partOf, type Plain, type Scene } from "./scene";

/** Returns how much larger the page's letters are than on a usual screen. */
const scale = () => Math.max(1, parseFloat(getComputedStyle(document.documentElement).fontSize) / 15.5);

export class Panel {
  readonly root = document.createElement("figure");
  readonly stack = document.createElement("div");
  private readonly canvas = document.createElement("canvas");
  private readonly caption = document.createElement("figcaption");
  private readonly note = document.createElement("div");
  private readonly overlay = new Overlay(() => this.redraw());
  private readonly bar = new ColourBar();
  private readonly renderer: Renderer;
  private readonly gestures: Gestures;
  private frame: Frame = { width: 1, height: 1, radius: 1, x: 0, y: 0 };
  private pending = false;
  private drawn: unknown[] = []; // what the picture was made of

  grid: Grid | null = null;
  fields: Field[] = []; // the first one below the others
  indices = ""; // of the axes that are not drawn, of the fields
  view: View = { projection: "plate", longitude: 0, latitude: 0, zoom: 1 };
  plain: Plain = { left: 0, right: 1, top: 0, bottom: 1 };
  look: Look | null = null;
  point: Marks["point"] = null;
  box: Marks["box"] = null;

  /** `actions` are told what is done to this panel. */
  constructor(actions: (panel: Panel) => Actions) {
    this.root.className = "panel";
    this.stack.className = "stack";
    this.stack.tabIndex = 0;
    this.stack.setAttribute("role", "application");
    this.note.className = "note";
    this.stack.append(this.canvas, this.overlay.canvas, this.note);
    this.root.append(this.caption, this.stack, this.bar.canvas);
    this.renderer = renderer(this.canvas);
    this.root.dataset.renderer = this.renderer.kind;
    this.gestures = new Gestures(this, actions(this));
    new ResizeObserver(() => this.redraw()).observe(this.stack);
  }

  /** Says which array is shown, over which axes. */
  setArray(info: ArrayInfo, rows: number, columns: number, curved: Curved | null): void {
    this.grid = new Grid(info, rows, columns, curved);
    this.plain = this.whole();
    this.fields = [];
  }

  /** Returns the plain axes with all of the field. */
  whole(): Plain {
    const { rows, columns } = this.grid!;
    // Upwards for heights and latitudes, downwards for depths, pressures and indices.
    const { axis } = rows;
    const down = format.downwards(axis) || (axis.positive !== "up" && axis.kind !== "latitude" && !axis.units);
    const [top, bottom] = down ? [rows.low, rows.high] : [rows.high, rows.low];
    return { left: columns.low, right: columns.high, top, bottom };
  }

  get title(): string {
    return this.caption.textContent ?? "";
  }
  set title(text: string) {
    this.caption.textContent = text;
    this.stack.setAttribute("aria-label", text);
  }

  setNote(text: string): void {
    this.note.textContent = text;
  }

  /** Returns the pixels of a canvas for a pixel of the page. */
  get ratio(): number {
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    return this.renderer.kind === "canvas" ? Math.min(ratio, 1) : ratio;
  }

  /** Returns the pixels that the picture has, or will have. */
  get pixels(): number {
    return Math.max(this.stack.clientWidth, this.stack.clientHeight) * this.ratio;
  }

  /** Returns where the field lies on the canvas; null if there is no array yet. */
  get scene(): Scene | null {
    if (!this.grid) return null;
    const { width, height } = this.canvas;
    return { grid: this.grid, view: this.view, frame: this.frame, plain: this.plain, width, height };
  }

  redraw(): void {
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => {
      this.pending = false;
      this.draw();
    });
  }

  private draw(): void {
    const { clientWidth, clientHeight } = this.stack;
    if (!this.grid || clientWidth === 0 || clientHeight === 0) return;
    const { ratio } = this;
    const [width, height] = [Math.round(clientWidth * ratio), Math.round(clientHeight * ratio)];
    for (const canvas of [this.canvas, this.overlay.canvas])
      if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    this.frame = frame(this.view, width, height, partOf(this.grid));
    const scene = this.scene!;
    const { look } = this;
    if (look && this.fields.length > 0) {
      const { low, high, colours } = look;
      const parts = [this.grid, width, height, ...this.fields, low, high, colours, ...Object.values(this.view), ...Object.values(this.plain)];
      if (parts.length !== this.drawn.length || parts.some((part, i) => part !== this.drawn[i])) {
        this.renderer.draw({ ...scene, fields: this.fields, low, high, colours });
        this.drawn = parts;
      }
      this.root.dataset.shown = this.indices;
      this.root.dataset.drawn = String(Number(this.root.dataset.drawn ?? 0) + 1);
    }
    const drag = this.gestures.dragged;
    const marks: Marks = {
      point: this.point,
      box: this.box,
      dragged: drag && [drag.from.x * ratio, drag.from.y * ratio, drag.to.x * ratio, drag.to.y * ratio],
    };
    this.overlay.draw(scene, marks, look?.dark ?? false, ratio * scale());
    if (look) this.bar.draw(look, scale());
  }

  /** Returns the cell of the array below a place of the stack. */
  cell(x: number, y: number): [number, number] | null {
    const { scene, ratio } = this;
    return scene && cellAt(scene, x * ratio, y * ratio);
  }

  /** Returns the value at a cell, of the finest field that has it; undefined if it is not there yet. */
  value(row: number, column: number): { value: number; field: Field } | undefined {
    for (let k = this.fields.length - 1; k >= 0; --k) {
      const field = this.fields[k]!;
      const value = numberAt(field, row, column);
      if (value !== undefined) return { value, field };
    }
    return undefined;
  }

  /** Returns the rows and columns of the array that are in sight; null if that is not one box. */
  inSight(): { rows: [number, number]; columns: [number, number] } | null {
    const { grid } = this;
    if (!grid || (grid.geographic && this.view.projection !== "plate")) return null;
    const cells: [number, number][] = [];
    const { clientWidth: width, clientHeight: height } = this.stack;
    for (let i = 0; i <= 8; ++i)
      for (let j = 0; j <= 8; ++j) {
        const cell = this.cell(Math.min((width * i) / 8, width - 1), Math.min((height * j) / 8, height - 1));
        if (cell) cells.push(cell);
      }
    if (cells.length < 2) return null;
    const span = (k: 0 | 1): [number, number] => [Math.min(...cells.map((c) => c[k])), Math.max(...cells.map((c) => c[k])) + 1];
    return { rows: span(0), columns: span(1) };
  }

  /** Returns the picture with its lines and colour bar, as a PNG. */
  async png(title: string): Promise<Blob> {
    this.draw();
    const { width, height } = this.canvas;
    const bar = this.bar.canvas;
    const picture = document.createElement("canvas");
    const head = 34;
    const foot = Math.round((bar.height * width) / Math.max(1, bar.width)) + 8;
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
    context.drawImage(this.overlay.canvas, 0, head);
    context.drawImage(bar, 0, head + height + 4, width, foot - 8);
    return new Promise((resolve, reject) => picture.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/png"));
  }
}

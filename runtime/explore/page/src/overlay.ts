// What is drawn over a field: coasts, meridians and parallels, places along the edges, the chosen point and boxes.
import { geoGraticule, geoPath } from "d3-geo";
import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import * as format from "./format";
import type { Cells, Grid } from "./grid";
import { d3projection, outline } from "./projection";
import { outlineOfBox, partOf, pixelOfCell, type Scene } from "./scene";

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

/** What is marked on a picture. */
export interface Marks {
  point: [number, number] | null; // row, column
  box: [number, number, number, number] | null; // rows first, last; columns first, last
  dragged: [number, number, number, number] | null; // a box that is being drawn, in pixels: from x, y to x, y
}

export class Overlay {
  readonly canvas = document.createElement("canvas");
  private readonly marked = this.canvas.getContext("2d")!;
  /** Coasts and axes, which take longer to draw than marks and change less. */
  private readonly ground = document.createElement("canvas");
  private readonly grounded = this.ground.getContext("2d")!;
  private context = this.marked; // which is drawn on
  private land: Land | null = null;
  private detail = "";
  private key = "";
  private groundKey = "";
  private grid: Grid | null = null;

  /** `redraw` is called when coasts have come. */
  constructor(private readonly redraw: () => void) {
    this.canvas.className = "overlay";
  }

  /** Draws what has changed; `pen` is the width of a line in pixels, with which letters grow. */
  draw(scene: Scene, marks: Marks, dark: boolean, pen: number): void {
    const { width, height, view, plain, grid } = scene;
    // Lines stay while fields are played.
    const groundKey = JSON.stringify([width, height, view, plain, dark, pen, this.land !== null, this.detail]);
    const key = JSON.stringify([groundKey, marks]);
    if (key === this.key && this.grid === grid) return;
    if (groundKey !== this.groundKey || this.grid !== grid) this.drawGround(scene, dark, pen);
    this.key = key;
    this.groundKey = groundKey;
    this.grid = grid;
    this.context = this.marked;
    this.context.setTransform(1, 0, 0, 1, 0, 0);
    this.context.clearRect(0, 0, width, height);
    this.context.drawImage(this.ground, 0, 0);
    const point = marks.point && pixelOfCell(scene, ...marks.point);
    if (point) this.drawPoint(point, pen);
    if (marks.box) this.drawBox(outlineOfBox(scene, marks.box), pen);
    if (marks.dragged) {
      const [x0, y0, x1, y1] = marks.dragged;
      this.drawBox([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], pen);
    }
  }

  private drawGround(scene: Scene, dark: boolean, pen: number): void {
    const { width, height, view, grid } = scene;
    [this.ground.width, this.ground.height] = [width, height];
    this.context = this.grounded;
    if (grid.geographic) this.drawEarth(scene, dark, pen);
    if (!grid.geographic || view.projection === "plate") this.drawTicks(scene, dark, pen);
  }

  private drawEarth(scene: Scene, dark: boolean, pen: number): void {
    const { context } = this;
    const { view, frame } = scene;
    const path = geoPath(d3projection(view, frame), context);
    context.lineWidth = 0.6 * pen;
    context.strokeStyle = dark ? "rgba(255,255,255,0.25)" : "rgba(0,0,0,0.2)";
    context.beginPath();
    path(geoGraticule().step(view.zoom > 4 ? [10, 10] : [30, 30])());
    context.stroke();
    this.fetchLand(view.zoom > 2.5 || partOf(scene.grid) ? "50m" : "110m");
    const coasts = this.land;
    if (coasts) this.strokeTwice(["rgba(255,255,255,0.55)", 2.2 * pen], ["rgba(0,0,0,0.85)", 0.9 * pen], () => path(coasts));
    context.beginPath();
    this.polygon(outline(view, frame));
    context.strokeStyle = dark ? "#9aa4b0" : "#555";
    context.lineWidth = pen;
    context.stroke();
  }

  private fetchLand(detail: "110m" | "50m"): void {
    if (this.detail === detail) return;
    this.detail = detail;
    void land(detail).then((coasts) => {
      if (this.detail === detail) this.land = coasts;
      this.key = this.groundKey = "";
      this.redraw();
    });
  }

  private drawPoint([x, y]: [number, number], pen: number): void {
    const { context } = this;
    this.strokeTwice(["#fff", 4 * pen], ["#000", 1.8 * pen], () => {
      context.arc(x, y, 6 * pen, 0, 2 * Math.PI);
      context.moveTo(x - 11 * pen, y);
      context.lineTo(x + 11 * pen, y);
      context.moveTo(x, y - 11 * pen);
      context.lineTo(x, y + 11 * pen);
    });
  }

  private drawBox(points: [number, number][], pen: number): void {
    this.strokeTwice(["#fff", 3.5 * pen], ["#d00", 1.6 * pen], () => this.polygon(points));
  }

  private polygon(points: [number, number][]): void {
    points.forEach(([x, y], i) => (i === 0 ? this.context.moveTo(x, y) : this.context.lineTo(x, y)));
    this.context.closePath();
  }

  /** Draws a line over a wider one of another colour, so that it is seen on each. */
  private strokeTwice(below: [style: string, width: number], above: [style: string, width: number], shape: () => void): void {
    for (const [style, width] of [below, above]) {
      this.context.beginPath();
      shape();
      this.context.strokeStyle = style;
      this.context.lineWidth = width;
      this.context.stroke();
    }
  }

  /** Writes places along the edges, where the axes are straight. */
  private drawTicks(scene: Scene, dark: boolean, pen: number): void {
    const { context } = this;
    const { grid, frame, view, width, height } = scene;
    context.font = `${11 * pen}px system-ui, sans-serif`;
    const text = (t: string, x: number, y: number) => {
      context.lineWidth = 3 * pen;
      context.strokeStyle = dark ? "rgba(15,19,24,0.85)" : "rgba(255,255,255,0.9)";
      context.fillStyle = dark ? "#e6e9ee" : "#111";
      context.strokeText(t, x, y);
      context.fillText(t, x, y);
    };
    let { left, right, top, bottom } = scene.plain;
    if (grid.geographic) {
      const degrees = 180 / Math.PI / frame.radius;
      [left, right] = [view.longitude - frame.x * degrees, view.longitude + (width - frame.x) * degrees];
      [top, bottom] = [frame.y * degrees, (frame.y - height) * degrees];
    }
    const ticks = (cells: Cells, from: number, to: number, about: number): [place: number, text: string][] => {
      const angles = grid.geographic || format.isAngle(cells.axis);
      const places = format.ticks(Math.min(from, to), Math.max(from, to), Math.max(2, about), angles);
      const texts = grid.curved ? places.map(cells === grid.rows ? format.latitude : format.longitude) : format.tickTexts(cells.axis, places);
      return places.map((place, k) => [place, texts[k]!]);
    };
    // Along the lower and the left edge of the map, where these are in sight.
    const part = partOf(grid);
    const pixels = (Math.PI / 180) * frame.radius;
    const south = grid.geographic ? frame.y - pixels * Math.max(-90, part?.low[1] ?? -90) : height;
    const west = grid.geographic ? frame.x + pixels * Math.max(-180, (part?.low[0] ?? -1e9) - view.longitude) : 0;
    const [lower, edge] = [Math.min(height, south), Math.max(0, west)];
    context.textAlign = "center";
    context.textBaseline = "bottom";
    for (const [t, label] of ticks(grid.columns, left, right, width / pen / 110)) {
      const x = ((t - left) / (right - left)) * width;
      const half = context.measureText(label).width / 2 + 2 * pen;
      if (x > 24 * pen && x < width - 24 * pen) text(label, Math.min(Math.max(x, half), width - half), lower - 3 * pen);
    }
    context.textAlign = "left";
    context.textBaseline = "middle";
    for (const [t, label] of ticks(grid.rows, top, bottom, height / pen / 70)) {
      if (grid.geographic && Math.abs(t) > 90) continue;
      const y = ((t - top) / (bottom - top)) * height;
      if (y > 10 * pen && y < lower - 22 * pen) text(label, edge + 4 * pen, y);
    }
  }
}

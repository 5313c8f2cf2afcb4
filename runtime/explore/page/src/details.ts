// The charts beside the picture: series and profile through the point, the mean of the box, and the histogram.
import * as api from "./api";
import { others, sameAxis, title, type Shown } from "./arrays";
import * as charts from "./charts";
import type { Colouring } from "./colouring";
import type { Fields } from "./fields";
import * as format from "./format";
import { by, complain } from "./page";
import type { Session } from "./session";

const bins = 60;

/** A chart of the values of each array along an axis of the first one. */
interface Chart {
  id: string;
  along: number;
  title: string;
  values(s: Shown, axis: number): Promise<{ values: (number | null)[]; weighted?: boolean }>;
  upright?: boolean;
}

/** Counts the values of a field in equal intervals from its least to its greatest one. */
function count(field: api.Field): number[] {
  const counts = new Array<number>(bins).fill(0);
  const scale = bins / (field.high - field.low);
  for (const number of field.numbers) {
    if (!Number.isFinite(number)) continue;
    // The least and the greatest value are told in float64, and may lie beside their float32.
    const bin = Math.floor((field.offset + field.scale * number - field.low) * scale);
    counts[Math.max(0, Math.min(bins - 1, bin))]! += 1;
  }
  return counts;
}

export class Details {
  private readonly root = by("charts");
  private key = "";
  private controller: AbortController | null = null;
  private readonly known = new Map<string, Awaited<ReturnType<typeof api.line>>>();
  private lineTimer = 0;
  private histogramTimer = 0;

  constructor(
    private readonly session: Session,
    private readonly fields: Fields,
    private readonly colouring: Colouring,
  ) {}

  /** Takes all charts away: other arrays are shown. */
  clear(): void {
    this.root.replaceChildren();
    this.key = "";
    this.known.clear();
  }

  /** Brings the charts to the state, once one rests; those of a point at once, unless one plays. */
  update(): void {
    const { session } = this;
    const one = session.first;
    if (!one) return;
    const { point, box, at } = session.state;
    const plays = session.playing >= 0;
    window.clearTimeout(this.histogramTimer);
    if (one.rows >= 0) this.histogramTimer = window.setTimeout(() => void this.drawHistogram(one), 300);
    const key = JSON.stringify([session.key, point, box, at]);
    if (key === this.key) return;
    this.key = key;
    this.controller?.abort();
    const controller = new AbortController();
    this.controller = controller;
    const draw = () => void this.drawAll(one, controller.signal).catch(complain);
    window.clearTimeout(this.lineTimer);
    if (plays) this.lineTimer = window.setTimeout(draw, 300);
    else draw();
  }

  private figure(id: string): HTMLElement {
    const known = document.getElementById(id);
    if (known) return known;
    const figure = document.createElement("figure");
    figure.id = id;
    figure.className = "chart";
    this.root.append(figure);
    return figure;
  }

  private async drawAll(one: Shown, signal: AbortSignal): Promise<void> {
    const wanted = new Set(["histogram"]);
    const work: Promise<void>[] = [];
    const draw = (chart: Chart) => {
      wanted.add(chart.id);
      work.push(this.draw(one, chart, signal));
    };
    const element = (id: string, at: number[], before: string) => {
      wanted.add(id);
      work.push(
        api.element(one.formula, at, signal).then(({ text }) => {
          if (signal.aborted) return;
          const figure = this.figure(id);
          figure.classList.add("element");
          figure.textContent = `${before}${text.trim()} ${one.info.units}`;
        }),
      );
    };
    const { session } = this;
    const line = (at: (s: Shown) => number[]) => (s: Shown, axis: number) => this.line(s, axis, at(s), signal);
    if (one.rows < 0) {
      // One axis or none: the line, or the number, is the picture.
      if (one.columns >= 0) draw({ id: "line", along: one.columns, title: title(one), values: line((s) => session.indices(s)) });
      else element("number", one.info.axes.map(() => 0), "");
    } else {
      const { point, box } = session.state;
      if (point) {
        const [row, column] = point;
        const grid = session.panels[0]?.grid;
        const place = grid?.text(row, column) ?? "";
        const through = (s: Shown) => {
          const i = session.indices(s);
          i[s.rows] = Math.min(row, s.info.axes[s.rows]!.size - 1);
          i[s.columns] = Math.min(column, s.info.axes[s.columns]!.size - 1);
          return i;
        };
        for (const along of others(one)) {
          const axis = one.info.axes[along]!;
          draw({ id: `series-${along}`, along, title: `${axis.name} at ${place}`, values: line(through), upright: format.vertical(axis) });
        }
        const [rows, columns] = [one.info.axes[one.rows]!, one.info.axes[one.columns]!];
        draw({
          id: "profile",
          along: one.rows,
          title: `${rows.name} through ${format.place(columns, column)}`,
          values: line(through),
          upright: rows.kind === "latitude" || format.vertical(rows),
        });
        element("element", through(one), `${place}: `);
      }
      const along = others(one)[0];
      if (box && along !== undefined) draw(this.boxChart(box, along, signal));
    }
    for (const figure of [...this.root.children]) if (!wanted.has(figure.id)) figure.remove();
    await Promise.all(work);
  }

  /** Returns the values along an axis; those of the last lines are here, and stay while one steps along that axis. */
  private async line(s: Shown, axis: number, at: number[], signal: AbortSignal): ReturnType<typeof api.line> {
    const through = at.slice();
    through[axis] = 0;
    const key = JSON.stringify([s.formula, axis, through]);
    const known = this.known.get(key);
    if (known) return known;
    const answer = await api.line(s.formula, axis, at, signal);
    if (this.known.size >= 16) this.known.clear();
    this.known.set(key, answer);
    return answer;
  }

  private boxChart([r0, r1, c0, c1]: [number, number, number, number], along: number, signal: AbortSignal): Chart {
    const corner = (r: number, c: number) => (this.session.panels[0]?.grid?.text(r, c) ?? "").replace(", ", " ");
    return {
      id: "box",
      along,
      title: `Mean of ${corner(r0, c0)} to ${corner(r1 - 1, c1 - 1)}`,
      values: (s, axis) => api.box({ ...this.fields.exactQuery(s), rowSpan: [r0, r1], columnSpan: [c0, c1] }, axis, signal),
    };
  }

  /** Draws the arrays that have the axis, one line each. */
  private async draw(one: Shown, chart: Chart, signal: AbortSignal): Promise<void> {
    const { session } = this;
    const { along } = chart;
    const axis = one.info.axes[along]!;
    const all: charts.Line[] = [];
    let weights = "";
    for (const s of session.shown) {
      const own = sameAxis(s, one, along);
      if (own < 0 || s.info.axes[own]!.size !== axis.size) continue;
      const { values, weighted } = await chart.values(s, own);
      if (weighted) weights = ", weighted with areas";
      all.push({ values, label: s.formula });
    }
    if (signal.aborted) return;
    const { point, at } = session.state;
    const marked = along === one.rows ? point?.[0] : along === one.columns ? point?.[1] : (at[along] ?? 0);
    charts.lines(this.figure(chart.id), chart.title + weights, axis, all, {
      units: one.info.units,
      upright: chart.upright ?? false,
      marked,
      pick: (index) => {
        const now = session.state.point;
        if (along !== one.rows && along !== one.columns) void session.step(along, index);
        else if (now) void session.set({ point: along === one.rows ? [index, now[1]] : [now[0], index] });
      },
    });
  }

  private async drawHistogram(s: Shown): Promise<void> {
    const { session } = this;
    const field = session.panels[0]?.fields[0];
    if (!field || s !== session.first) return;
    let [from, to] = [field.low, field.high];
    if (!(to > from)) return document.getElementById("histogram")?.remove();
    let counts: number[];
    if (field.block === 1) counts = count(field);
    else {
      const { generation } = session;
      try {
        [from, to] = this.colouring.range();
        ({ counts } = await api.histogram(this.fields.exactQuery(s), from, to, bins));
      } catch (error) {
        return complain(error);
      }
      if (generation !== session.generation) return;
    }
    const total = counts.reduce((a, b) => a + b, 0);
    const missing = field.missing ? `, ${field.missing} missing` : "";
    charts.histogram(this.figure("histogram"), `Histogram of ${total} values${missing}`, counts, from, to, s.info.units);
  }
}

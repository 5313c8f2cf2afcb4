// Lines and histograms, as SVG, so that they are text for readers of screens and sharp at any size.
import type { Axis } from "./api";
import * as format from "./format";

const svg = "http://www.w3.org/2000/svg";

export function element<K extends keyof SVGElementTagNameMap>(name: K, attributes: Record<string, string | number>, text?: string): SVGElementTagNameMap[K] {
  const result = document.createElementNS(svg, name);
  for (const [key, value] of Object.entries(attributes)) result.setAttribute(key, String(value));
  if (text !== undefined) result.textContent = text;
  return result;
}

export interface Line {
  values: (number | null)[];
  label: string;
}

const size = { width: 420, height: 190, left: 58, right: 12, top: 12, bottom: 26 };

/** Returns an axis' number at an index: its coordinate, or the index itself. */
function placeOf(axis: Axis, i: number): number {
  const value = axis.kind === "time" ? null : axis.values?.[i];
  return value ?? i;
}

/** Draws lines along an axis. `upright` puts the axis upwards: a profile. `pick` is called with the index clicked. */
export function lines(
  figure: HTMLElement,
  title: string,
  axis: Axis,
  all: Line[],
  options: { units: string; upright?: boolean; marked?: number; pick?: (index: number) => void },
): void {
  const { width, height, left, right, top, bottom } = size;
  const root = element("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": title });
  let low = Infinity;
  let high = -Infinity;
  for (const line of all)
    for (const value of line.values)
      if (value !== null) {
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
  figure.replaceChildren();
  const caption = document.createElement("figcaption");
  caption.textContent = title;
  figure.append(caption);
  if (low > high) {
    const note = document.createElement("p");
    note.textContent = "No value is there: all are missing.";
    figure.append(note);
    return;
  }
  if (low === high) {
    const more = Math.abs(low) * 0.01 || 1;
    low -= more;
    high += more;
  }
  const count = axis.size;
  const first = placeOf(axis, 0);
  const last = placeOf(axis, count - 1);
  const [from, to] = first <= last ? [first, last] : [last, first];
  const upright = options.upright ?? false;
  const down = format.downwards(axis);
  const along = (place: number) => (to === from ? 0.5 : (place - from) / (to - from));
  const x = (value: number, place: number) =>
    left + (width - left - right) * (upright ? (value - low) / (high - low) : along(place));
  const y = (value: number, place: number) => {
    const t = upright ? along(place) : (value - low) / (high - low);
    return height - bottom - (height - top - bottom) * (upright && down ? 1 - t : t);
  };
  const valueTicks = format.ticks(low, high, upright ? 5 : 4);
  for (const t of valueTicks) {
    const px = x(t, from);
    const py = y(t, from);
    root.append(
      upright
        ? element("line", { x1: px, x2: px, y1: top, y2: height - bottom, class: "grid" })
        : element("line", { x1: left, x2: width - right, y1: py, y2: py, class: "grid" }),
      upright
        ? element("text", { x: px, y: height - 8, "text-anchor": "middle" }, format.number(t, 5))
        : element("text", { x: left - 6, y: py + 4, "text-anchor": "end" }, format.number(t, 5)),
    );
  }
  const places = format.ticks(from, to, upright ? 5 : 4, format.isAngle(axis));
  const texts = format.tickTexts(axis, places);
  for (const [k, t] of places.entries()) {
    const text = texts[k]!;
    if (!text) continue;
    if (upright) {
      const py = y(low, t);
      root.append(
        element("line", { x1: left, x2: width - right, y1: py, y2: py, class: "grid" }),
        element("text", { x: left - 6, y: py + 4, "text-anchor": "end" }, text),
      );
    } else {
      root.append(element("text", { x: x(low, t), y: height - 8, "text-anchor": "middle" }, text));
    }
  }
  all.forEach((line, k) => {
    let d = "";
    let pen = false;
    line.values.forEach((value, i) => {
      if (value === null) {
        pen = false;
        return;
      }
      const place = placeOf(axis, i);
      d += `${pen ? "L" : "M"}${x(value, place).toFixed(1)} ${y(value, place).toFixed(1)}`;
      if (!pen && (line.values[i + 1] ?? null) === null) d += "h0.01"; // a value by itself is a dot
      pen = true;
    });
    root.append(element("path", { d, class: `line line-${k}` }));
  });
  if (options.marked !== undefined && options.marked < count) {
    const place = placeOf(axis, options.marked);
    root.append(
      upright
        ? element("line", { x1: left, x2: width - right, y1: y(low, place), y2: y(low, place), class: "mark" })
        : element("line", { x1: x(low, place), x2: x(low, place), y1: top, y2: height - bottom, class: "mark" }),
    );
  }
  const readout = document.createElement("div");
  readout.className = "chart-readout";
  readout.textContent = all.length > 1 ? all.map((line) => line.label).join(" · ") : (all[0]?.label ?? "");
  const indexAt = (event: PointerEvent | MouseEvent) => {
    const box = root.getBoundingClientRect();
    const t = upright
      ? (((event.clientY - box.top) / box.height) * height - top) / (height - top - bottom)
      : (((event.clientX - box.left) / box.width) * width - left) / (width - left - right);
    const wanted = from + (to - from) * (upright && !down ? 1 - t : t);
    let best = 0;
    for (let i = 1; i < count; ++i)
      if (Math.abs(placeOf(axis, i) - wanted) < Math.abs(placeOf(axis, best) - wanted)) best = i;
    return best;
  };
  const cursor = element("line", { class: "cursor", x1: -9, x2: -9, y1: -9, y2: -9 });
  root.append(cursor);
  root.addEventListener("pointermove", (event) => {
    const i = indexAt(event);
    const place = placeOf(axis, i);
    const [x1, x2] = upright ? [left, width - right] : [x(low, place), x(low, place)];
    const [y1, y2] = upright ? [y(low, place), y(low, place)] : [top, height - bottom];
    for (const [key, value] of Object.entries({ x1, x2, y1, y2 })) cursor.setAttribute(key, String(value));
    const values = all.map((line) => {
      const value = line.values[i];
      return value === null || value === undefined ? "missing" : format.number(value, 7) + (options.units ? " " + options.units : "");
    });
    readout.textContent = `${format.place(axis, i)}: ${values.join(" · ")}`;
  });
  if (options.pick) {
    root.classList.add("clickable");
    root.addEventListener("click", (event) => options.pick?.(indexAt(event)));
  }
  figure.append(root, readout);
}

/** Draws counts in equal intervals from low to high. */
export function histogram(figure: HTMLElement, title: string, counts: number[], low: number, high: number, units: string): void {
  const { width, height, left, right, top, bottom } = size;
  const root = element("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": title });
  const most = Math.max(1, ...counts);
  const x = (t: number) => left + (width - left - right) * t;
  const y = (count: number) => height - bottom - ((height - top - bottom) * count) / most;
  for (const t of format.ticks(0, most, 3))
    root.append(
      element("line", { x1: left, x2: width - right, y1: y(t), y2: y(t), class: "grid" }),
      element("text", { x: left - 6, y: y(t) + 4, "text-anchor": "end" }, format.number(t, 5)),
    );
  for (const t of format.ticks(low, high, 5))
    root.append(element("text", { x: x((t - low) / (high - low)), y: height - 8, "text-anchor": "middle" }, format.number(t, 5)));
  counts.forEach((count, i) => {
    const bar = element("rect", {
      x: x(i / counts.length) + 0.3,
      width: Math.max(0.5, (width - left - right) / counts.length - 0.6),
      y: y(count),
      height: Math.max(0, height - bottom - y(count)),
      class: "count",
    });
    const step = (high - low) / counts.length;
    bar.append(element("title", {}, `${format.number(low + i * step)} to ${format.number(low + (i + 1) * step)} ${units}: ${count}`));
    root.append(bar);
  });
  const caption = document.createElement("figcaption");
  caption.textContent = title;
  figure.replaceChildren(caption, root);
}

// Work along time: a row for each that works, a bar for each piece of work, as SVG.
import { element } from "./charts";

export interface Row {
  label: string;
  bars: { begin: number; end: number; height?: number; kind: string; title: string }[]; // seconds; height up to 1
}

const kinds = ["slice", "line", "box", "histogram", "element", "array", "cells", "netcdf"];

/** Returns a picture of the last `span` seconds before `now`. */
export function timeline(title: string, rows: Row[], now: number, span: number): SVGSVGElement {
  const [width, left, line] = [1200, 150, 20];
  const height = rows.length * line + 26;
  const root = element("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": title, class: "lanes" });
  const x = (time: number) => left + (width - left) * Math.max(0, Math.min(1, (time - now + span) / span));
  for (let back = 0; back <= span; back += span / 6) {
    const at = x(now - back);
    root.append(
      element("line", { x1: at, x2: at, y1: 0, y2: height - 20, class: "grid" }),
      element("text", { x: at, y: height - 6, "text-anchor": back === 0 ? "end" : "middle" }, back === 0 ? "now" : `−${Math.round(back)} s`),
    );
  }
  rows.forEach((row, i) => {
    const top = i * line;
    root.append(element("text", { x: left - 8, y: top + 14, "text-anchor": "end", class: "who" }, row.label), element("line", { x1: left, x2: width, y1: top + line, y2: top + line, class: "grid" }));
    for (const bar of row.bars) {
      if (bar.end < now - span) continue;
      const full = (line - 4) * (bar.height ?? 1);
      const shape = element("rect", {
        x: x(bar.begin).toFixed(1),
        y: (top + line - 2 - full).toFixed(1),
        width: Math.max(1.5, x(bar.end) - x(bar.begin)).toFixed(1),
        height: full.toFixed(1),
        class: `work kind-${Math.max(0, kinds.indexOf(bar.kind))}`,
      });
      shape.append(element("title", {}, bar.title));
      root.append(shape);
    }
  });
  return root;
}

// A plan as a graph: what is read at the left, results at the right, and the stages below it.
import type { Plan } from "./api";
import { element } from "./charts";
import * as format from "./format";

interface Box {
  name: string;
  lines: string[];
  inputs: string[];
  depth: number;
}

/** Reads the nodes and arrows of the DOT language, as the engine writes it: inputs first. */
export function boxes(dot: string): Box[] {
  const all = new Map<string, Box>();
  for (const line of dot.split("\n")) {
    const node = /^ {2}(\S+) \[label="((?:[^"\\]|\\.)*)"\];$/.exec(line);
    const arrow = /^ {2}(\S+) -> (\S+);$/.exec(line);
    if (node) {
      const text = node[2]!.split("\\n").map((part) => part.replace(/\\(.)/g, "$1"));
      all.set(node[1]!, { name: node[1]!, lines: text, inputs: [], depth: 0 });
    } else if (arrow) {
      all.get(arrow[2]!)?.inputs.push(arrow[1]!);
    }
  }
  // Arrows follow the node that they lead to, and an input stands before it.
  for (const box of all.values()) for (const input of box.inputs) box.depth = Math.max(box.depth, (all.get(input)?.depth ?? 0) + 1);
  return [...all.values()];
}

/** Returns the picture of a plan, and the share of it that is done. */
export function graph(plan: Plan, done: number): HTMLElement {
  const all = boxes(plan.dot);
  const [wide, high, gap] = [230, 46, 46];
  const columns = new Map<number, Box[]>();
  for (const box of all) columns.set(box.depth, [...(columns.get(box.depth) ?? []), box]);
  const depth = Math.max(0, ...columns.keys());
  const tallest = Math.max(1, ...[...columns.values()].map((c) => c.length));
  const width = (depth + 1) * (wide + gap) - gap + 4;
  const height = tallest * (high + 14) + 4;
  const root = element("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": "The plan as a graph", class: "plan" });
  const at = new Map<string, [number, number]>();
  for (const [level, column] of columns)
    column.forEach((box, i) => at.set(box.name, [2 + level * (wide + gap), 2 + (height - column.length * (high + 14)) / 2 + i * (high + 14)]));
  for (const box of all) {
    const [x, y] = at.get(box.name)!;
    for (const input of box.inputs) {
      const from = at.get(input);
      if (!from) continue;
      const [x1, y1, y2] = [from[0] + wide, from[1] + high / 2, y + high / 2];
      root.append(element("path", { d: `M${x1} ${y1}C${x1 + gap / 2} ${y1} ${x - gap / 2} ${y2} ${x} ${y2}`, class: "arrow" }));
    }
    const cut = (text: string) => (text.length > 31 ? text.slice(0, 30) + "…" : text); // so many letters have room
    const shape = element("g", { class: box.inputs.length === 0 ? "node source" : "node" });
    shape.append(
      element("rect", { x, y, width: wide, height: high, rx: 5 }),
      element("text", { x: x + 8, y: y + 19 }, cut(box.lines[0] ?? "")),
      element("text", { x: x + 8, y: y + 36, class: "detail" }, cut(box.lines.slice(1).join(" "))),
      element("title", {}, box.lines.join("\n")),
    );
    root.append(shape);
  }
  const section = document.createElement("div");
  const frame = document.createElement("div");
  frame.className = "plan-frame";
  frame.append(root);
  const meter = document.createElement("progress");
  meter.max = 1;
  meter.value = done;
  const list = document.createElement("ol");
  list.className = "stages";
  for (const stage of plan.stages) {
    const item = document.createElement("li");
    item.textContent = `${stage.tasks.join("; ")}: over ${stage.domain}, ${stage.chunks}${stage.bytes_read > 0 ? `, reads ${format.bytes(stage.bytes_read)}` : ""}${stage.native ? "" : ", interpreted"}`;
    list.append(item);
  }
  const note = document.createElement("p");
  note.className = "plan-note";
  note.append(meter, ` ${plan.stages.length} ${plan.stages.length === 1 ? "stage" : "stages"}, ${format.bytes(plan.bytes_read)} to read, memory up to ${format.bytes(plan.memory_bound)}`);
  section.append(frame, note, list);
  return section;
}

// The variables of the files as a tree: dimensions, attributes, and a button that shows each.
import type { Contents, Variable } from "./api";
import { quoted } from "./formula";
import { by } from "./page";

/** Returns an element with a text. */
function made<K extends keyof HTMLElementTagNameMap>(name: K, text = "", className = ""): HTMLElementTagNameMap[K] {
  const result = document.createElement(name);
  result.textContent = text;
  result.className = className;
  return result;
}

function item(v: Variable, show: (formula: string) => void): HTMLElement {
  const open = made("button", v.name, "variable");
  open.disabled = v.problem !== "" || !/^(bool|u?int\d+|float\d+)$/.test(v.dtype);
  open.title = v.problem || v.long_name;
  open.addEventListener("click", (event) => {
    event.preventDefault();
    show(quoted(v.name));
  });
  const summary = document.createElement("summary");
  summary.append(open, made("span", v.dimensions.map((d) => `${d.name}\u00a0${d.size}`).join(" × "), "shape"));
  const list = document.createElement("dl");
  const attributes: Record<string, unknown> = { type: v.dtype, ...v.attributes };
  if (v.problem) attributes.problem = v.problem;
  for (const [name, value] of Object.entries(attributes))
    list.append(made("dt", name), made("dd", typeof value === "string" ? value : JSON.stringify(value)));
  const details = document.createElement("details");
  details.append(summary, list);
  return details;
}

/** Writes the tree; `show` is called with the formula of a variable that was chosen. */
export function tree(contents: Contents, show: (formula: string) => void): void {
  const root = by("tree");
  root.replaceChildren();
  for (const [name, role] of [["Data", "data"], ["Coordinates", "coordinate"], ["Others", "other"]] as const) {
    const members = contents.variables.filter((v) => v.role === role);
    if (members.length > 0) root.append(made("h2", name), ...members.map((v) => item(v, show)));
  }
  const { files } = contents;
  if (files) {
    const note = made("p", `${files.length} ${files.length === 1 ? "file" : "files"}, ${contents.format}; ${contents.backend}`, "files");
    note.title = files.slice(0, 20).join("\n");
    root.append(note);
  }
  if (window.matchMedia("(max-width: 700px)").matches) by<HTMLDetailsElement>("tree-details").open = false;
}

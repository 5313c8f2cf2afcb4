// What is shown, as it stands in the address: a link shows it again.
import type { Name } from "./projection";

export interface State {
  f: string;
  g: string; // the second formula; empty: none
  mode: "side" | "swipe" | "difference";
  swipe: number; // where the line between two fields is, from 0 to 1
  rows: number;
  columns: number;
  at: number[];
  palette: string; // empty: by the values
  reversed: boolean;
  range: string; // percent left out at each end, or "hand"
  low: number;
  high: number;
  projection: Name;
  longitude: number;
  latitude: number;
  zoom: number;
  point: [number, number] | null; // row, column
  box: [number, number, number, number] | null; // rows first, last; columns first, last
  view: "explorer" | "dashboard";
}

export function initial(): State {
  return {
    f: "",
    g: "",
    mode: "side",
    swipe: 0.5,
    rows: -1,
    columns: -1,
    at: [],
    palette: "",
    reversed: false,
    range: "2",
    low: NaN,
    high: NaN,
    projection: "plate",
    longitude: NaN,
    latitude: 0,
    zoom: 1,
    point: null,
    box: null,
    view: "explorer",
  };
}

export function write(state: State): string {
  const first = initial();
  const parameters = new URLSearchParams();
  const put = (name: string, value: string | number, otherwise: string | number) => {
    if (value !== otherwise && !(typeof value === "number" && Number.isNaN(value))) parameters.set(name, String(value));
  };
  put("f", state.f, "");
  put("g", state.g, "");
  put("mode", state.mode, first.mode);
  put("swipe", Number(state.swipe.toFixed(3)), first.swipe);
  put("rows", state.rows, -1);
  put("columns", state.columns, -1);
  put("at", state.at.join(","), "");
  put("palette", state.palette, "");
  put("reversed", state.reversed ? 1 : 0, 0);
  put("range", state.range, first.range);
  if (state.range === "hand") {
    put("low", state.low, NaN);
    put("high", state.high, NaN);
  }
  put("projection", state.projection, first.projection);
  put("longitude", Number(state.longitude.toFixed(3)), NaN);
  put("latitude", Number(state.latitude.toFixed(3)), 0);
  put("zoom", Number(state.zoom.toFixed(3)), 1);
  put("point", state.point?.join(",") ?? "", "");
  put("box", state.box?.join(",") ?? "", "");
  put("view", state.view, first.view);
  return parameters.toString();
}

export function read(text: string): State {
  const parameters = new URLSearchParams(text.replace(/^#/, ""));
  const first = initial();
  const state = initial();
  const number = (name: string, otherwise: number) => {
    const value = parameters.get(name);
    return value === null || !Number.isFinite(Number(value)) ? otherwise : Number(value);
  };
  const list = (name: string) =>
    (parameters.get(name) ?? "")
      .split(",")
      .filter((t) => t !== "")
      .map(Number)
      .filter((n) => Number.isInteger(n) && n >= 0);
  state.f = parameters.get("f") ?? "";
  state.g = parameters.get("g") ?? "";
  const mode = parameters.get("mode");
  if (mode === "difference" || mode === "swipe") state.mode = mode;
  state.swipe = Math.min(1, Math.max(0, number("swipe", first.swipe)));
  state.rows = number("rows", -1);
  state.columns = number("columns", -1);
  state.at = list("at");
  state.palette = parameters.get("palette") ?? "";
  state.reversed = parameters.get("reversed") === "1";
  const range = parameters.get("range");
  if (range === "0" || range === "hand") state.range = range;
  state.low = number("low", NaN);
  state.high = number("high", NaN);
  const projection = parameters.get("projection");
  if (projection && ["plate", "robinson", "north", "south", "globe"].includes(projection)) state.projection = projection as Name;
  state.longitude = number("longitude", NaN);
  state.latitude = number("latitude", 0);
  state.zoom = Math.min(Math.max(number("zoom", 1), 1), 10000);
  const point = list("point");
  if (point.length === 2) state.point = [point[0]!, point[1]!];
  const box = list("box");
  if (box.length === 4) state.box = [box[0]!, box[1]!, box[2]!, box[3]!];
  if (parameters.get("view") === "dashboard") state.view = "dashboard";
  return state;
}

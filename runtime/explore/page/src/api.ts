// The requests to the server. Each is a run of the engine there; an aborted fetch cancels it.

export interface Axis {
  name: string;
  size: number;
  kind: "latitude" | "longitude" | "time" | "";
  units?: string;
  long_name?: string;
  positive?: string;
  values?: (number | null)[];
  texts?: string[];
}
export interface ArrayInfo {
  name: string;
  dtype: string;
  axes: Axis[];
  units: string;
  long_name: string;
  attributes: Record<string, unknown>;
  text: string;
}
export interface Variable {
  name: string;
  dtype: string;
  dimensions: { name: string; size: number }[];
  units: string;
  long_name: string;
  attributes: Record<string, unknown>;
  role: "data" | "coordinate" | "other";
  problem: string;
}
export interface Contents {
  variables: Variable[];
  files?: string[];
  format?: string;
  attributes?: Record<string, unknown>;
  command: string;
  files_words: string;
  backend: string;
}
export interface Words {
  names: string[];
  functions: { name: string; aliases: string[]; signature: string; summary: string }[];
}

/** A field as it came: value = offset + scale * number. */
export interface Field {
  rows: number;
  columns: number;
  block: number;
  rowSpan: [number, number];
  columnSpan: [number, number];
  numbers: Float32Array;
  offset: number;
  scale: number;
  low: number;
  high: number;
  missing: number;
  infinite: number;
  rounded: boolean; // to steps of `scale`
  sampled: boolean; // one cell of each block, not its mean
}

/** The places of the cells of a curvilinear grid, row by row, in degrees; and the axes of the array that they lie on. */
export interface CellPlaces {
  rowAxis: number;
  columnAxis: number;
  rows: number;
  columns: number;
  latitudes: Float32Array;
  longitudes: Float32Array;
}

/** How fast answers come: bytes a second of the last large ones. */
export const link = {
  rate: Infinity,
  /** True for a link over which half the bytes are worth a rounding. */
  get slow(): boolean {
    return link.rate < 2_000_000;
  },
  measure(bytes: number, milliseconds: number): void {
    if (bytes < 16_384) return;
    const rate = (bytes * 1000) / Math.max(milliseconds, 0.1);
    link.rate = Number.isFinite(link.rate) ? 0.6 * link.rate + 0.4 * rate : rate;
  },
};

export class Refused extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly place: number | undefined,
  ) {
    super(message);
  }
}

async function get(what: string, parameters: Record<string, string | number>, signal?: AbortSignal): Promise<Response> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) query.set(name, String(value));
  const text = query.toString();
  let response: Response;
  try {
    response = await fetch(`api/${what}${text ? "?" + text : ""}`, signal ? { signal } : {});
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Refused("the server does not answer; is chunkwise explore still running?", "io", undefined);
  }
  if (response.ok) return response;
  if (response.status === 414)
    throw new Refused("the formula is longer than the explorer takes, 4096 bytes", "invalid_argument", undefined);
  let body: { error?: string; code?: string; place?: number } = {};
  try {
    body = (await response.json()) as typeof body;
  } catch {
    // Not the server's own words.
  }
  throw new Refused(body.error ?? `the server answered ${response.status}`, body.code ?? "", body.place);
}

async function json<T>(what: string, parameters: Record<string, string | number>, signal?: AbortSignal): Promise<T> {
  return (await (await get(what, parameters, signal)).json()) as T;
}

export const contents = () => json<Contents>("contents", {});
export const words = () => json<Words>("words", {});
export const array = (f: string, signal?: AbortSignal) => json<ArrayInfo>("array", { f }, signal);
export const check = (f: string, signal?: AbortSignal) => json<Partial<ArrayInfo>>("check", { f }, signal);

export interface FieldQuery {
  f: string;
  rows: number;
  columns: number;
  at: number[];
  max: number;
  method?: "mean" | "sample";
  bits?: 16; // rounded, for a slow link
  rowSpan?: [number, number];
  columnSpan?: [number, number];
}

function fieldParameters(q: FieldQuery): Record<string, string | number> {
  const parameters: Record<string, string | number> = {
    f: q.f,
    rows: q.rows,
    columns: q.columns,
    at: q.at.join(","),
    max: q.max,
  };
  if (q.method) parameters.method = q.method;
  if (q.bits) parameters.bits = q.bits;
  if (q.rowSpan) parameters.row_span = q.rowSpan.join(":");
  if (q.columnSpan) parameters.column_span = q.columnSpan.join(":");
  return parameters;
}

/** Returns the bytes of an answer, read into the one buffer that keeps them; fewer than told if it was cut off. */
async function bytesOf(response: Response, length: number): Promise<ArrayBuffer> {
  let reader: ReadableStreamBYOBReader;
  try {
    reader = response.body!.getReader({ mode: "byob" });
  } catch {
    return response.arrayBuffer(); // a browser whose answers are no streams of bytes
  }
  let buffer = new ArrayBuffer(length);
  for (let at = 0; at < length; ) {
    const { done, value } = await reader.read(new Uint8Array(buffer, at));
    if (done) return value ? value.buffer.slice(0, at) : new ArrayBuffer(0);
    buffer = value.buffer;
    at += value.byteLength;
  }
  return buffer;
}

export async function field(q: FieldQuery, signal?: AbortSignal): Promise<Field> {
  const response = await get("slice", fieldParameters(q), signal);
  const pair = (name: string): [number, number] => {
    const [a, b] = (response.headers.get(name) ?? "0,0").split(",").map(Number);
    return [a ?? 0, b ?? 0];
  };
  const number = (name: string) => Number((response.headers.get(name) ?? "").replaceAll('"', ""));
  const begin = performance.now();
  const rounded = response.headers.get("Chunkwise-Bits") === "16";
  const [rows, columns] = pair("Chunkwise-Shape");
  const bytes = await bytesOf(response, rows * columns * (rounded ? 2 : 4));
  link.measure(bytes.byteLength, performance.now() - begin);
  const numbers = rounded ? Float32Array.from(new Uint16Array(bytes), (n) => (n === 65535 ? NaN : n)) : new Float32Array(bytes);
  if (rows * columns !== numbers.length) throw new Refused("an answer was cut off; ask again", "io", undefined);
  const [missing, infinite] = pair("Chunkwise-Missing");
  return {
    rows,
    columns,
    block: number("Chunkwise-Block"),
    rowSpan: pair("Chunkwise-Rows"),
    columnSpan: pair("Chunkwise-Columns"),
    numbers,
    offset: number("Chunkwise-Offset"),
    scale: number("Chunkwise-Scale"),
    low: number("Chunkwise-Low"),
    high: number("Chunkwise-High"),
    missing,
    infinite,
    rounded,
    sampled: q.method === "sample",
  };
}

/** Returns the places of an array's cells; null if it has no curvilinear grid. */
export async function cells(f: string): Promise<CellPlaces | null> {
  try {
    const response = await get("cells", { f });
    const pair = (name: string) => (response.headers.get(name) ?? "0,0").split(",").map(Number) as [number, number];
    const [rowAxis, columnAxis] = pair("Chunkwise-Axes");
    const [rows, columns] = pair("Chunkwise-Shape");
    const numbers = new Float32Array(await response.arrayBuffer());
    if (numbers.length !== 2 * rows * columns || rows < 2 || columns < 2) return null;
    return { rowAxis, columnAxis, rows, columns, latitudes: numbers.subarray(0, rows * columns), longitudes: numbers.subarray(rows * columns) };
  } catch {
    return null;
  }
}

/** Returns a field as a NetCDF file. */
export const netcdf = async (q: FieldQuery) => (await get("netcdf", fieldParameters(q))).blob();

/** The plan of what a request has run. */
export interface Plan {
  backend: string;
  stages: { tasks: string[]; domain: string; chunks: string; task_count: number; bytes_read: number; native: boolean }[];
  sources: { source: string; bytes: number }[];
  bytes_read: number;
  memory_bound: number;
  fused: string[];
  not_fused: string[];
  dot: string;
}
export const plan = (request: number) => json<Plan>("plan", { request });
export const workerLog = (worker: string) => json<{ text: string }>("log", { worker });

export const line = (f: string, along: number, at: number[], signal?: AbortSignal) =>
  json<{ values: (number | null)[] }>("line", { f, along, at: at.join(",") }, signal);
export const box = (q: FieldQuery, along: number, signal?: AbortSignal) =>
  json<{ values: (number | null)[]; weighted: boolean }>("box", { ...fieldParameters(q), along }, signal);
export const histogram = (q: FieldQuery, low: number, high: number, bins: number, signal?: AbortSignal) =>
  json<{ counts: number[] }>("histogram", { ...fieldParameters(q), low, high, bins }, signal);
export const element = (f: string, at: number[], signal?: AbortSignal) =>
  json<{ text: string }>("element", { f, at: at.join(",") }, signal);

// What draws a field on a canvas: WebGL2 where there is a graphics processor, else a canvas of two dimensions.
import type { Field } from "./api";
import { Canvas2D } from "./canvas2d";
import type { Scene } from "./scene";
import { WebGL } from "./webgl";

/** What a picture is made of. */
export interface Picture extends Scene {
  fields: Field[]; // the first one below the others
  low: number;
  high: number;
  colours: Uint8Array;
}

export interface Renderer {
  readonly kind: "webgl2" | "canvas";
  draw(picture: Picture): void;
}

/** Returns the value of a field at a cell of the array; undefined if the field has no number there. */
export function numberAt(field: Field, row: number, column: number): number | undefined {
  const r = Math.floor((row - field.rowSpan[0]) / field.block);
  const c = Math.floor((column - field.columnSpan[0]) / field.block);
  if (r < 0 || c < 0 || r >= field.rows || c >= field.columns) return undefined;
  return field.offset + field.scale * field.numbers[r * field.columns + c]!;
}

/** Returns a renderer for a canvas: WebGL2, or canvas where there is none. `?canvas` in the address asks for canvas. */
export function renderer(canvas: HTMLCanvasElement): Renderer {
  if (!new URLSearchParams(location.search).has("canvas")) {
    const gl = canvas.getContext("webgl2", { antialias: false, preserveDrawingBuffer: true, premultipliedAlpha: false });
    if (gl) return new WebGL(canvas, gl);
  }
  return new Canvas2D(canvas.getContext("2d")!);
}

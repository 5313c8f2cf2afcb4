// Draws a field without WebGL: which cell each pixel shows is found once a view, so a field takes one look-up a pixel.
import type { Field } from "./api";
import type { Cells } from "./grid";
import type { Picture, Renderer } from "./renderer";
import { cellAt, placeAt } from "./scene";

/** For each pixel of a view the row and the column of the array; -1 if it shows none. */
interface PixelCells {
  rows: Int32Array;
  columns: Int32Array;
  separate: boolean; // one entry a row and a column of pixels: the axes are straight
}

/** A missing value: grey with stripes, which no palette has. */
const missingGrey = (px: number, py: number) => {
  const grey = 140 + 20 * (Math.floor((px + py) / 4) % 2);
  return 0xff000000 | (grey << 16) | (grey << 8) | grey;
};

function pixelCells(picture: Picture): PixelCells {
  const { width, height, grid, view, frame } = picture;
  if (!grid.curved && (!grid.geographic || view.projection === "plate")) {
    // The equator and the middle meridian lie on the earth, wherever the picture is.
    const row = (py: number) => placeAt(picture, frame.x, py)?.[1];
    const column = (px: number) => placeAt(picture, px, frame.y)?.[0];
    const found = (size: number, cells: Cells, place: (pixel: number) => number | undefined) =>
      Int32Array.from({ length: size }, (_, i) => cells.index(place(i + 0.5) ?? NaN));
    return { rows: found(height, grid.rows, row), columns: found(width, grid.columns, column), separate: true };
  }
  const rows = new Int32Array(width * height).fill(-1);
  const columns = new Int32Array(width * height).fill(-1);
  for (let py = 0, i = 0; py < height; ++py)
    for (let px = 0; px < width; ++px, ++i) {
      const cell = cellAt(picture, px + 0.5, py + 0.5);
      if (cell) [rows[i], columns[i]] = cell;
    }
  return { rows, columns, separate: false };
}

/** Turns rows or columns of the array into those of a field; -1 where it has none. */
function placesIn(cells: Int32Array, [first]: [number, number], block: number, size: number, stride: number): Int32Array {
  return cells.map((cell) => {
    const place = Math.floor((cell - first) / block);
    return cell < 0 || place < 0 || place >= size ? -1 : place * stride;
  });
}

export class Canvas2D implements Renderer {
  readonly kind = "canvas";
  private key = "";
  private grid: Picture["grid"] | null = null;
  private cells: PixelCells | null = null;
  private image: ImageData | null = null;

  constructor(private readonly context: CanvasRenderingContext2D) {}

  draw(picture: Picture): void {
    const { width, height, view, plain, frame, grid } = picture;
    if (width === 0 || height === 0) return;
    const key = JSON.stringify([width, height, view, plain, frame]);
    if (key !== this.key || grid !== this.grid || !this.cells) {
      this.cells = pixelCells(picture);
      this.key = key;
      this.grid = grid;
    }
    if (this.image?.width !== width || this.image.height !== height) this.image = this.context.createImageData(width, height);
    const pixels = new Uint32Array(this.image.data.buffer);
    pixels.fill(0);
    for (const field of picture.fields) this.paint(picture, field, pixels);
    this.context.putImageData(this.image, 0, 0);
  }

  /** Paints a field over what is there. */
  private paint(picture: Picture, field: Field, pixels: Uint32Array): void {
    const { width, height } = picture;
    const { numbers, columnSpan, rowSpan, block } = field;
    const { separate, rows: cellRows, columns: cellColumns } = this.cells!;
    const rows = placesIn(cellRows, rowSpan, block, field.rows, field.columns);
    const columns = placesIn(cellColumns, columnSpan, block, field.columns, 1);
    const colours = new Uint32Array(picture.colours.buffer, picture.colours.byteOffset, 256);
    const low = (picture.low - field.offset) / field.scale;
    const factor = 255 / ((picture.high - field.offset) / field.scale - low);
    for (let py = 0, i = 0; py < height; ++py)
      for (let px = 0; px < width; ++px, ++i) {
        const row = rows[separate ? py : i]!;
        const column = columns[separate ? px : i]!;
        if (row < 0 || column < 0) continue;
        const t = (numbers[row + column]! - low) * factor;
        pixels[i] = t === t ? colours[t <= 0 ? 0 : t >= 255 ? 255 : Math.floor(t + 0.5)]! : missingGrey(px, py);
      }
  }
}

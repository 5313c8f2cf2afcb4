// Where a field lies on a canvas: from pixels to cells of the array, and back.
import type { Grid } from "./grid";
import { d3projection, invert, type Frame, type View } from "./projection";

/** The part of plain axes that is shown. */
export interface Plain {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export interface Scene {
  grid: Grid;
  view: View;
  frame: Frame; // in pixels of the canvas, as the size is
  plain: Plain; // for fields that are no maps
  width: number;
  height: number;
}

/** Returns the box of a map that is a part of the earth; undefined for one of all of it, and for plain axes. */
export function partOf(grid: Grid | null): { low: [number, number]; high: [number, number] } | undefined {
  return grid?.geographic && !grid.wraps ? { low: grid.low, high: grid.high } : undefined;
}

/** Returns the place below a pixel, longitude and latitude on a map; null beside the earth. */
export function placeAt(scene: Scene, px: number, py: number): [number, number] | null {
  if (scene.grid.geographic) return invert(scene.view, scene.frame, px, py);
  const { left, right, top, bottom } = scene.plain;
  return [left + (px / scene.width) * (right - left), top + (py / scene.height) * (bottom - top)];
}

/** Returns row and column of the array below a pixel; null if there is none. */
export function cellAt(scene: Scene, px: number, py: number): [number, number] | null {
  const place = placeAt(scene, px, py);
  return place && scene.grid.cell(...place);
}

/** Returns the pixel of a place, longitude and latitude on a map; null if it is not in sight of the earth's side. */
export function pixelOfPlace(scene: Scene, x: number, y: number): [number, number] | null {
  if (scene.grid.geographic) {
    const pixel = d3projection(scene.view, scene.frame)([x, Math.max(-90, Math.min(90, y))]);
    if (!pixel) return null;
    const back = invert(scene.view, scene.frame, pixel[0], pixel[1]);
    return back && Math.abs(back[1] - y) < 1 ? pixel : null;
  }
  const { left, right, top, bottom } = scene.plain;
  return [((x - left) / (right - left)) * scene.width, ((y - top) / (bottom - top)) * scene.height];
}

/** Returns the pixel of a cell's middle; null if it is not on the map. */
export function pixelOfCell(scene: Scene, row: number, column: number): [number, number] | null {
  const { grid } = scene;
  if (row >= grid.rows.axis.size || column >= grid.columns.axis.size) return null;
  return pixelOfPlace(scene, ...grid.place(row, column));
}

/** Returns the outline of rows r0 to r1 and columns c0 to c1, the last ones left out, as pixels. */
export function outlineOfBox(scene: Scene, [r0, r1, c0, c1]: [number, number, number, number]): [number, number][] {
  const { grid } = scene;
  const points: [number, number][] = [];
  const add = (pixel: [number, number] | null) => {
    if (pixel) points.push(pixel);
  };
  const steps = grid.geographic ? 24 : 1;
  if (grid.curved) {
    // From centre to centre around the box.
    for (let side = 0; side < 4; ++side)
      for (let k = 0; k < steps; ++k) {
        const [across, down] = [Math.round(c0 + ((c1 - 1 - c0) * k) / steps), Math.round(r0 + ((r1 - 1 - r0) * k) / steps)];
        const cell = [[r0, across], [down, c1 - 1], [r1 - 1, c0 + c1 - 1 - across], [r0 + r1 - 1 - down, c0]][side]!;
        add(pixelOfCell(scene, cell[0]!, cell[1]!));
      }
    return points;
  }
  const [top, bottom] = [grid.rows.edges[r0]!, grid.rows.edges[r1]!];
  const [left, right] = [grid.columns.edges[c0]!, grid.columns.edges[c1]!];
  const side = (x0: number, y0: number, x1: number, y1: number) => {
    for (let k = 0; k <= steps; ++k) add(pixelOfPlace(scene, x0 + ((x1 - x0) * k) / steps, y0 + ((y1 - y0) * k) / steps));
  };
  side(left, top, right, top);
  side(right, top, right, bottom);
  side(right, bottom, left, bottom);
  side(left, bottom, left, top);
  return points;
}

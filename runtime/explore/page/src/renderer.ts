// Draws a field: each pixel looks up its own cell, so a palette, a range or a projection changes without a request.
import type { Field } from "./api";
import type { Cells, Grid } from "./grid";
import { codes, robinsonTable } from "./projection";
import { cellAt, type Scene } from "./scene";

/** What a picture is made of. */
export interface Picture extends Scene {
  fields: Field[]; // the first one below the others
  low: number;
  high: number;
  colours: Uint8Array;
}

const vertex = `#version 300 es
void main() {
  vec2 corner = vec2(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0);
  gl_Position = vec4(corner, 0.0, 1.0);
}`;

const fragment = `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
uniform sampler2D numbers;
uniform sampler2D colours;
uniform sampler2D robinson;
uniform sampler2D row_places;     // for each of 4096 steps from the lowest place to the highest: a row
uniform sampler2D column_places;
uniform highp usampler2D curved_cells;  // row and column at points of longitude and latitude
uniform vec4 curved;              // lowest longitude, latitude; how far they reach, 0 if the grid is not curvilinear
uniform int projection;           // -1: plain axes
uniform float height;
uniform vec4 frame;               // origin in pixels, radius
uniform vec2 centre;              // longitude, latitude in degrees
uniform vec4 plain;               // left, right, top, bottom
uniform vec4 row_axis;            // first edge, length of a cell, lowest, highest place
uniform vec4 column_axis;
uniform ivec4 counts;             // rows, columns of the array; uniform rows?, uniform columns?
uniform ivec4 spans;              // of the array: first row, first column; block; is a longitude?
uniform ivec2 size;               // of the numbers
uniform vec2 range;               // in the numbers' own scale
out vec4 colour;
const float pi = 3.14159265358979;
const float degree = pi / 180.0;

float cell(float place, vec4 axis, int count, bool is_uniform, sampler2D places) {
  if (!(place >= axis.z && place <= axis.w)) return -1.0;
  if (is_uniform) return clamp(floor((place - axis.x) / axis.y), 0.0, float(count - 1));
  float at = (place - axis.z) / (axis.w - axis.z) * 4095.0;
  return texelFetch(places, ivec2(int(at + 0.5), 0), 0).r;
}

void main() {
  vec2 pixel = vec2(gl_FragCoord.x, height - gl_FragCoord.y);
  float x, y;
  if (projection < 0) {
    x = plain.x + pixel.x / frame.x * (plain.y - plain.x);
    y = plain.z + pixel.y / frame.y * (plain.w - plain.z);
  } else {
    float u = (pixel.x - frame.x) / frame.z;
    float v = -(pixel.y - frame.y) / frame.z;
    float lambda, phi;
    if (projection == 0) {
      if (abs(u) > pi || abs(v) > pi / 2.0) discard;
      lambda = u; phi = v;
    } else if (projection == 1) {
      float h = abs(v) / 1.3523;
      if (h > 1.0) discard;
      float at = h * 1023.0;
      int i = min(int(at), 1022);
      vec2 entry = mix(texelFetch(robinson, ivec2(i, 0), 0).rg, texelFetch(robinson, ivec2(i + 1, 0), 0).rg, at - float(i));
      phi = sign(v) * entry.x;
      lambda = u / entry.y;
      if (abs(lambda) > pi) discard;
    } else if (projection == 4) {
      float rho = length(vec2(u, v));
      if (rho > 1.0) discard;
      float c = sqrt(1.0 - rho * rho);
      float phi0 = centre.y * degree;
      phi = asin(clamp(c * sin(phi0) + v * cos(phi0), -1.0, 1.0));
      lambda = atan(u, c * cos(phi0) - v * sin(phi0));
    } else {
      float rho = length(vec2(u, v));
      if (rho > sqrt(2.0)) discard;
      float c = 2.0 * asin(rho / 2.0);
      phi = projection == 2 ? pi / 2.0 - c : c - pi / 2.0;
      lambda = atan(u, projection == 2 ? -v : v);
    }
    x = lambda / degree + centre.x;
    y = phi / degree;
  }
  if (spans.w == 1) x -= 360.0 * floor((x - column_axis.z) / 360.0);
  float row, column;
  if (curved.z > 0.0) {
    vec2 at = vec2(mod(x - curved.x, 360.0), y - curved.y) / curved.zw;
    if (at.x > 1.0 || at.y < 0.0 || at.y > 1.0) discard;
    ivec2 points = textureSize(curved_cells, 0);
    uvec2 found = texelFetch(curved_cells, min(ivec2(at * vec2(points)), points - 1), 0).rg;
    if (found.x == 65535u) discard;
    row = float(found.x);
    column = float(found.y);
  } else {
    row = cell(y, row_axis, counts.x, counts.z == 1, row_places);
    column = cell(x, column_axis, counts.y, counts.w == 1, column_places);
  }
  if (row < 0.0 || column < 0.0) discard;
  ivec2 at = (ivec2(int(column), int(row)) - ivec2(spans.y, spans.x));
  if (at.x < 0 || at.y < 0) discard;
  at /= spans.z;
  if (at.x >= size.x || at.y >= size.y) discard;
  float number = texelFetch(numbers, at, 0).r;
  if ((floatBitsToUint(number) & 0x7fffffffu) > 0x7f800000u) {
    // A missing value: grey with stripes, which no palette has.
    float stripe = mod(floor((pixel.x + pixel.y) / 4.0), 2.0);
    colour = vec4(vec3(0.55 + 0.08 * stripe), 1.0);
    return;
  }
  float t = clamp((number - range.x) / (range.y - range.x), 0.0, 1.0);
  colour = vec4(texelFetch(colours, ivec2(int(t * 255.0 + 0.5), 0), 0).rgb, 1.0);
}`;

export interface Renderer {
  readonly kind: "webgl2" | "canvas";
  draw(picture: Picture): void;
}

/** The places of an axis' cells as a texture has them. */
function places(cells: Cells): Float32Array {
  const table = new Float32Array(4096);
  // The last place is a little lower, since on a circle of longitudes it would be the first one again.
  for (let i = 0; i < 4096; ++i) table[i] = cells.index(cells.low + ((cells.high - cells.low) * Math.min(i, 4094.5)) / 4095);
  return table;
}

class WebGL implements Renderer {
  readonly kind = "webgl2";
  private readonly program: WebGLProgram;
  private readonly textures = new Map<string, WebGLTexture>();
  private readonly uploaded = new WeakMap<Field, WebGLTexture>();
  private readonly kept: Field[] = [];
  private grid: Grid | null = null;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly gl: WebGL2RenderingContext,
  ) {
    const compile = (type: number, source: string) => {
      const shader = gl.createShader(type)!;
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader) ?? "no shader");
      return shader;
    };
    this.program = gl.createProgram();
    gl.attachShader(this.program, compile(gl.VERTEX_SHADER, vertex));
    gl.attachShader(this.program, compile(gl.FRAGMENT_SHADER, fragment));
    gl.linkProgram(this.program);
    if (!gl.getProgramParameter(this.program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(this.program) ?? "no program");
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    this.upload("robinson", 2, robinsonTable.length / 2, robinsonTable);
  }

  private texture(): WebGLTexture {
    const gl = this.gl;
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    for (const name of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, name, gl.NEAREST);
    for (const name of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, name, gl.CLAMP_TO_EDGE);
    return texture;
  }

  private upload(name: string, channels: 1 | 2, width: number, data: Float32Array): void {
    const gl = this.gl;
    const texture = this.textures.get(name) ?? this.texture();
    this.textures.set(name, texture);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    if (channels === 2) gl.texImage2D(gl.TEXTURE_2D, 0, gl.RG32F, width, 1, 0, gl.RG, gl.FLOAT, data);
    else gl.texImage2D(gl.TEXTURE_2D, 0, gl.R32F, width, 1, 0, gl.RED, gl.FLOAT, data);
  }

  private uploadCells(grid: Grid): void {
    const gl = this.gl;
    const texture = this.textures.get("cells") ?? this.texture();
    this.textures.set("cells", texture);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    const { width, height, cells } = grid.curved ?? { width: 1, height: 1, cells: new Uint16Array(2) };
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RG16UI, width, height, 0, gl.RG_INTEGER, gl.UNSIGNED_SHORT, cells);
  }

  private of(field: Field): WebGLTexture {
    const gl = this.gl;
    const known = this.uploaded.get(field);
    if (known) return known;
    // The texture of a field that is not shown any more is taken for the new one.
    const old = this.kept.length >= 6 ? this.kept.shift() : undefined;
    const texture = (old && this.uploaded.get(old)) ?? this.texture();
    if (old) this.uploaded.delete(old);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R32F, field.columns, field.rows, 0, gl.RED, gl.FLOAT, field.numbers);
    this.uploaded.set(field, texture);
    this.kept.push(field);
    return texture;
  }

  draw(picture: Picture): void {
    const gl = this.gl;
    const { grid, view, frame } = picture;
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.useProgram(this.program);
    if (this.grid !== grid) {
      this.upload("rows", 1, 4096, places(grid.rows));
      this.upload("columns", 1, 4096, places(grid.columns));
      this.uploadCells(grid);
      this.grid = grid;
    }
    const colours = this.textures.get("colours") ?? this.texture();
    this.textures.set("colours", colours);
    gl.bindTexture(gl.TEXTURE_2D, colours);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, picture.colours);
    const uniform = (name: string) => gl.getUniformLocation(this.program, name);
    const bind = (name: string, unit: number, texture: WebGLTexture) => {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.uniform1i(uniform(name), unit);
    };
    bind("colours", 1, colours);
    bind("robinson", 2, this.textures.get("robinson")!);
    bind("row_places", 3, this.textures.get("rows")!);
    bind("column_places", 4, this.textures.get("columns")!);
    bind("curved_cells", 5, this.textures.get("cells")!);
    const { low, high } = grid;
    if (grid.curved) gl.uniform4f(uniform("curved"), low[0], low[1], high[0] - low[0], high[1] - low[1]);
    else gl.uniform4f(uniform("curved"), 0, 0, 0, 0);
    gl.uniform1i(uniform("projection"), grid.geographic ? codes[view.projection] : -1);
    gl.uniform1f(uniform("height"), this.canvas.height);
    if (grid.geographic) gl.uniform4f(uniform("frame"), frame.x, frame.y, frame.radius, 0);
    else gl.uniform4f(uniform("frame"), this.canvas.width, this.canvas.height, 0, 0);
    gl.uniform2f(uniform("centre"), view.longitude, view.latitude);
    const { left, right, top, bottom } = picture.plain;
    gl.uniform4f(uniform("plain"), left, right, top, bottom);
    const axis = (name: string, cells: Cells) =>
      gl.uniform4f(uniform(name), cells.edges[0]!, (cells.edges[cells.edges.length - 1]! - cells.edges[0]!) / cells.axis.size, cells.low, cells.high);
    axis("row_axis", grid.rows);
    axis("column_axis", grid.columns);
    gl.uniform4i(uniform("counts"), grid.rows.axis.size, grid.columns.axis.size, grid.rows.uniform ? 1 : 0, grid.columns.uniform ? 1 : 0);
    for (const field of picture.fields) {
      gl.activeTexture(gl.TEXTURE0);
      const texture = this.of(field);
      bind("numbers", 0, texture);
      gl.uniform4i(uniform("spans"), field.rowSpan[0], field.columnSpan[0], field.block, grid.geographic && !grid.curved ? 1 : 0);
      gl.uniform2i(uniform("size"), field.columns, field.rows);
      gl.uniform2f(uniform("range"), (picture.low - field.offset) / field.scale, (picture.high - field.offset) / field.scale);
      gl.drawArrays(gl.TRIANGLES, 0, 3);
    }
  }
}

/** The same without WebGL. */
class Plain2D implements Renderer {
  readonly kind = "canvas";
  constructor(private readonly context: CanvasRenderingContext2D) {}

  draw(picture: Picture): void {
    const { width, height } = picture;
    if (width === 0 || height === 0) return;
    const image = this.context.createImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    const colours = new Uint32Array(picture.colours.buffer);
    for (let py = 0; py < height; ++py)
      for (let px = 0; px < width; ++px) {
        const cell = cellAt(picture, px + 0.5, py + 0.5);
        if (!cell) continue;
        for (let k = picture.fields.length - 1; k >= 0; --k) {
          const number = numberAt(picture.fields[k]!, cell[0], cell[1]);
          if (number === undefined) continue;
          if (Number.isNaN(number)) {
            const grey = 140 + 20 * (Math.floor((px + py) / 4) % 2);
            pixels[py * width + px] = 0xff000000 | (grey << 16) | (grey << 8) | grey;
          } else {
            const t = Math.max(0, Math.min(1, (number - picture.low) / (picture.high - picture.low)));
            pixels[py * width + px] = colours[Math.floor(t * 255 + 0.5)]!;
          }
          break;
        }
      }
    this.context.putImageData(image, 0, 0);
  }
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
  return new Plain2D(canvas.getContext("2d")!);
}

// Draws a field with WebGL2: each pixel looks up its own cell, so a palette, a range or a projection changes without a
// request.
import type { Field } from "./api";
import type { Cells, Grid } from "./grid";
import { codes, robinsonTable, type View } from "./projection";
import type { Picture, Renderer } from "./renderer";

const vertex = `#version 300 es
void main() {
  vec2 corner = vec2(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0);
  gl_Position = vec4(corner, 0.0, 1.0);
}`;

/**
 * Returns the shader for a projection, -1: plain axes. What a pixel does not need is left out of it, since a computer that
 * draws by software would compute the arc sines of all projections for each pixel.
 */
const fragment = (projection: number, curved: boolean, uniformRows: boolean, uniformColumns: boolean) => `#version 300 es
#define PROJECTION ${projection}
#define CURVED ${curved ? 1 : 0}
precision highp float;
precision highp int;
precision highp sampler2D;
uniform sampler2D numbers;
uniform sampler2D colours;
uniform sampler2D robinson;
uniform sampler2D row_places;     // for each of 4096 steps from the lowest place to the highest: a row
uniform sampler2D column_places;
uniform highp usampler2D curved_cells;  // row and column at points of longitude and latitude
uniform vec4 curved;              // lowest longitude, latitude; how far they reach
uniform float height;
uniform vec4 frame;               // origin in pixels, radius
uniform vec2 centre;              // longitude, latitude in degrees
uniform vec4 plain;               // left, right, top, bottom
uniform vec4 row_axis;            // first edge, length of a cell, lowest, highest place
uniform vec4 column_axis;
uniform ivec2 counts;             // rows, columns of the array
uniform ivec3 spans;              // of the array: first row, first column; block
uniform ivec2 size;               // of the numbers
uniform vec2 range;               // in the numbers' own scale
out vec4 colour;
const float pi = 3.14159265358979;
const float degree = pi / 180.0;

float uniform_cell(float place, vec4 axis, int count) {
  if (!(place >= axis.z && place <= axis.w)) return -1.0;
  return clamp(floor((place - axis.x) / axis.y), 0.0, float(count - 1));
}

float cell(float place, vec4 axis, sampler2D places) {
  if (!(place >= axis.z && place <= axis.w)) return -1.0;
  float at = (place - axis.z) / (axis.w - axis.z) * 4095.0;
  return texelFetch(places, ivec2(int(at + 0.5), 0), 0).r;
}

void main() {
  vec2 pixel = vec2(gl_FragCoord.x, height - gl_FragCoord.y);
  float x, y;
#if PROJECTION < 0
  x = plain.x + pixel.x / frame.x * (plain.y - plain.x);
  y = plain.z + pixel.y / frame.y * (plain.w - plain.z);
#else
  float u = (pixel.x - frame.x) / frame.z;
  float v = -(pixel.y - frame.y) / frame.z;
  float lambda, phi;
#if PROJECTION == 0
  if (abs(u) > pi || abs(v) > pi / 2.0) discard;
  lambda = u; phi = v;
#elif PROJECTION == 1
  float h = abs(v) / 1.3523;
  if (h > 1.0) discard;
  float at_row = h * 1023.0;
  int i = min(int(at_row), 1022);
  vec2 entry = mix(texelFetch(robinson, ivec2(i, 0), 0).rg, texelFetch(robinson, ivec2(i + 1, 0), 0).rg, at_row - float(i));
  phi = sign(v) * entry.x;
  lambda = u / entry.y;
  if (abs(lambda) > pi) discard;
#elif PROJECTION == 4
  float rho = length(vec2(u, v));
  if (rho > 1.0) discard;
  float c = sqrt(1.0 - rho * rho);
  float phi0 = centre.y * degree;
  phi = asin(clamp(c * sin(phi0) + v * cos(phi0), -1.0, 1.0));
  lambda = atan(u, c * cos(phi0) - v * sin(phi0));
#else
  float rho = length(vec2(u, v));
  if (rho > sqrt(2.0)) discard;
  float c = 2.0 * asin(rho / 2.0);
  phi = PROJECTION == 2 ? pi / 2.0 - c : c - pi / 2.0;
  lambda = atan(u, PROJECTION == 2 ? -v : v);
#endif
  x = lambda / degree + centre.x;
  y = phi / degree;
#endif
  float row, column;
#if CURVED
  vec2 part = vec2(mod(x - curved.x, 360.0), y - curved.y) / curved.zw;
  if (part.x > 1.0 || part.y < 0.0 || part.y > 1.0) discard;
  ivec2 points = textureSize(curved_cells, 0);
  uvec2 found = texelFetch(curved_cells, min(ivec2(part * vec2(points)), points - 1), 0).rg;
  if (found.x == 65535u) discard;
  row = float(found.x);
  column = float(found.y);
#else
#if PROJECTION >= 0
  x -= 360.0 * floor((x - column_axis.z) / 360.0);
#endif
  row = ${uniformRows ? "uniform_cell(y, row_axis, counts.x)" : "cell(y, row_axis, row_places)"};
  column = ${uniformColumns ? "uniform_cell(x, column_axis, counts.y)" : "cell(x, column_axis, column_places)"};
#endif
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

/** The places of an axis' cells as a texture has them. */
function places(cells: Cells): Float32Array {
  const table = new Float32Array(4096);
  // The last place is a little lower, since on a circle of longitudes it would be the first one again.
  for (let i = 0; i < 4096; ++i) table[i] = cells.index(cells.low + ((cells.high - cells.low) * Math.min(i, 4094.5)) / 4095);
  return table;
}

/** A program of the graphics processor. */
class Program {
  readonly program: WebGLProgram;
  private readonly uniforms = new Map<string, WebGLUniformLocation | null>();

  constructor(
    private readonly gl: WebGL2RenderingContext,
    pixels: string,
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
    gl.attachShader(this.program, compile(gl.FRAGMENT_SHADER, pixels));
    gl.linkProgram(this.program);
    if (!gl.getProgramParameter(this.program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(this.program) ?? "no program");
  }

  /** Returns a uniform of the shader; null if it has no use for it. */
  uniform(name: string): WebGLUniformLocation | null {
    let location = this.uniforms.get(name);
    if (location === undefined) this.uniforms.set(name, (location = this.gl.getUniformLocation(this.program, name)));
    return location;
  }
}

export class WebGL implements Renderer {
  readonly kind = "webgl2";
  private readonly programs = new Map<string, Program>();
  private readonly textures = new Map<string, WebGLTexture>();
  private readonly uploaded = new WeakMap<Field, WebGLTexture>();
  private readonly kept: Field[] = [];
  private grid: Grid | null = null;
  private colours: Uint8Array | null = null;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly gl: WebGL2RenderingContext,
  ) {
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    this.upload("robinson", 2, robinsonTable.length / 2, robinsonTable);
  }

  /** Returns the program that draws fields of such a grid. */
  private program(grid: Grid, view: View): Program {
    const projection = grid.geographic ? codes[view.projection] : -1;
    const kinds = [projection, grid.curved !== null, grid.rows.uniform, grid.columns.uniform] as const;
    const key = kinds.join(" ");
    let program = this.programs.get(key);
    if (!program) this.programs.set(key, (program = new Program(this.gl, fragment(...kinds))));
    return program;
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
    // The texture of a field that is not shown any more is taken for the new one, whose memory it has if it is as large.
    const old = this.kept.length >= 6 ? this.kept.shift() : undefined;
    let texture = old && this.uploaded.get(old);
    if (old) this.uploaded.delete(old);
    if (texture && (old?.columns !== field.columns || old.rows !== field.rows)) {
      gl.deleteTexture(texture);
      texture = undefined;
    }
    if (texture) gl.bindTexture(gl.TEXTURE_2D, texture);
    else {
      texture = this.texture();
      gl.texStorage2D(gl.TEXTURE_2D, 1, gl.R32F, field.columns, field.rows);
    }
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, field.columns, field.rows, gl.RED, gl.FLOAT, field.numbers);
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
    const program = this.program(grid, view);
    gl.useProgram(program.program);
    const uniform = (name: string) => program.uniform(name);
    if (this.grid !== grid) {
      this.upload("rows", 1, 4096, places(grid.rows));
      this.upload("columns", 1, 4096, places(grid.columns));
      this.uploadCells(grid);
      this.grid = grid;
    }
    const colours = this.textures.get("colours") ?? this.texture();
    if (this.colours !== picture.colours) {
      this.textures.set("colours", colours);
      gl.bindTexture(gl.TEXTURE_2D, colours);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, picture.colours);
      this.colours = picture.colours;
    }
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
    gl.uniform2i(uniform("counts"), grid.rows.axis.size, grid.columns.axis.size);
    for (const field of picture.fields) {
      gl.activeTexture(gl.TEXTURE0);
      const texture = this.of(field);
      bind("numbers", 0, texture);
      gl.uniform3i(uniform("spans"), field.rowSpan[0], field.columnSpan[0], field.block);
      gl.uniform2i(uniform("size"), field.columns, field.rows);
      gl.uniform2f(uniform("range"), (picture.low - field.offset) / field.scale, (picture.high - field.offset) / field.scale);
      gl.drawArrays(gl.TRIANGLES, 0, 3);
    }
  }
}

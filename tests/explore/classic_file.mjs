// A small writer of classic NetCDF files (CDF-1), for tests of grids that no command makes.
import { writeFileSync } from "node:fs";

/** Writes variables of doubles: { name, dimensions, attributes (texts), values }. `dimensions` is [[name, length]]. */
export function writeClassic(path, dimensions, variables) {
  const parts = [];
  const int = (n) => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(n);
    return bytes;
  };
  const padded = (bytes) => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
  const name = (text) => [int(Buffer.byteLength(text)), padded(Buffer.from(text))];
  const attributes = (all) =>
    all.length === 0 ? [int(0), int(0)] : [int(12), int(all.length), ...all.flatMap(([key, text]) => [...name(key), int(2), ...name(text)])];
  const head = (begins) => {
    parts.length = 0;
    parts.push(Buffer.from("CDF\u0001", "latin1"), int(0), int(10), int(dimensions.length), ...dimensions.flatMap(([n, length]) => [...name(n), int(length)]));
    parts.push(int(0), int(0), int(11), int(variables.length));
    variables.forEach((v, i) => {
      parts.push(...name(v.name), int(v.dimensions.length), ...v.dimensions.map((d) => int(dimensions.findIndex(([n]) => n === d))));
      parts.push(...attributes(Object.entries(v.attributes)), int(6), int(8 * v.values.length), int(begins[i]));
    });
    return Buffer.concat(parts);
  };
  let at = head(variables.map(() => 0)).length;
  const begins = variables.map((v) => (at += 8 * v.values.length) - 8 * v.values.length);
  const data = variables.map((v) => {
    const bytes = Buffer.alloc(8 * v.values.length);
    v.values.forEach((value, i) => bytes.writeDoubleBE(value, 8 * i));
    return bytes;
  });
  writeFileSync(path, Buffer.concat([head(begins), ...data]));
}

// Numbers, angles and times as people read them.
import type { Axis } from "./api";

/** Returns a number with so many significant digits and no needless zeros. */
export function number(value: number, digits = 6): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "missing" : value < 0 ? "−∞" : "∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text =
    size >= 1e-4 && size < 1e7 ? String(Number(value.toPrecision(digits))) : value.toExponential(Math.max(0, digits - 2));
  return text.replace("-", "−").replace(/\.?0+e/, "e");
}

export function latitude(value: number): string {
  const size = Number(Math.abs(value).toFixed(2));
  return size === 0 ? "0°" : `${size}°${value < 0 ? "S" : "N"}`;
}

export function longitude(value: number): string {
  const turned = ((((value + 180) % 360) + 360) % 360) - 180;
  const size = Number(Math.abs(turned).toFixed(2));
  return size === 0 || size === 180 ? `${size}°` : `${size}°${turned < 0 ? "W" : "E"}`;
}

/** Returns the place of an index along an axis, with its units. */
export function place(axis: Axis, index: number): string {
  const text = axis.texts?.[index];
  if (text !== undefined) return text;
  const value = axis.values?.[index];
  if (value === undefined || value === null) return `${index}`;
  if (axis.kind === "latitude") return latitude(value);
  if (axis.kind === "longitude") return longitude(value);
  return number(value) + (axis.units && axis.units !== "1" ? " " + axis.units : "");
}

/** Returns the texts of places along an axis. Times have their date, and their hour where the one before has the same. */
export function tickTexts(axis: Axis, places: number[]): string[] {
  if (axis.kind === "latitude") return places.map(latitude);
  if (axis.kind === "longitude") return places.map(longitude);
  if (axis.kind !== "time") return places.map((place) => number(place, 5));
  let last = "";
  return places.map((place) => {
    const [date, hour] = (Number.isInteger(place) ? (axis.texts?.[place] ?? "") : "").split(" ");
    const text = date === last ? (hour ?? "") : date!;
    if (date) last = date;
    return text;
  });
}

/** Returns true for an axis whose round numbers are those of angles. */
export const isAngle = (axis: Axis) => axis.kind === "latitude" || axis.kind === "longitude";

/** Returns about so many round numbers from low to high. */
export function ticks(low: number, high: number, about: number, angles = false): number[] {
  if (!(high > low) || about < 1) return Number.isFinite(low) ? [low] : [];
  const rough = (high - low) / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const steps = angles && rough > 5 ? [10, 15, 30, 45, 60, 90] : [1, 2, 5, 10].map((m) => m * power);
  const step = steps.find((s) => s >= rough * 0.999) ?? steps[steps.length - 1]!;
  const result: number[] = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9 && result.length < 200; ++k)
    result.push(Number((k * step).toPrecision(12)));
  return result;
}

export function bytes(count: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB", "PB"];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit + 1 < units.length) {
    value /= 1000;
    ++unit;
  }
  return `${unit === 0 ? value : Number(value.toPrecision(3))} ${units[unit]}`;
}

/** Returns true for an axis of heights, depths or pressures: a profile stands upright on it. */
export function vertical(axis: Axis): boolean {
  return (
    axis.positive === "up" ||
    axis.positive === "down" ||
    /^(hPa|mbar|millibars?|Pa|m|km|meters?|metres?)$/.test(axis.units ?? "") ||
    /^(lev|level|plev|depth|deptht|height|altitude|z)$/.test(axis.name)
  );
}

/** Returns true for a vertical axis whose numbers grow downwards: depths and pressures. */
export function downwards(axis: Axis): boolean {
  return axis.positive === "down" || /^(hPa|mbar|millibars?|Pa)$/.test(axis.units ?? "") || /^depth/.test(axis.name);
}

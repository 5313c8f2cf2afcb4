// The colour bar below a picture, with round numbers and units.
import * as format from "./format";

/** The colours of a picture: 256 of them from the lowest value to the highest. */
export interface Look {
  low: number;
  high: number;
  colours: Uint8Array;
  units: string;
  dark: boolean;
}

export class ColourBar {
  readonly canvas = document.createElement("canvas");
  private key = "";

  constructor() {
    this.canvas.className = "bar";
  }

  /** `scale` is how much larger the page's letters are than on a usual screen. */
  draw(look: Look, scale: number): void {
    const ratio = Math.min(window.devicePixelRatio || 1, 2) * scale;
    const width = this.canvas.clientWidth / scale;
    const height = this.canvas.clientHeight / scale;
    if (width === 0) return;
    const key = [width, height, ratio, look.low, look.high, look.units, look.dark, look.colours.join(",")].join(" ");
    if (key === this.key) return;
    this.key = key;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    const context = this.canvas.getContext("2d")!;
    context.scale(ratio, ratio);
    context.font = "12px system-ui, sans-serif";
    const left = 14;
    const right = width - 14 - (look.units ? context.measureText(look.units).width + 12 : 0);
    for (let x = left; x < right; ++x) {
      const i = 4 * Math.min(255, Math.floor(((x - left) / (right - left)) * 256));
      context.fillStyle = `rgb(${look.colours[i]},${look.colours[i + 1]},${look.colours[i + 2]})`;
      context.fillRect(x, 2, 1.5, 14);
    }
    context.fillStyle = look.dark ? "#e6e9ee" : "#111";
    context.textBaseline = "top";
    context.textAlign = "right";
    context.fillText(look.units, width - 14, 3);
    context.textAlign = "center";
    for (const t of format.ticks(look.low, look.high, Math.max(4, width / 90))) {
      const x = left + ((t - look.low) / (look.high - look.low)) * (right - left);
      context.fillRect(x - 0.5, 16, 1, 4);
      const label = format.number(t, 5);
      const half = context.measureText(label).width / 2;
      context.fillText(label, Math.min(Math.max(x, half + 2), width - half - 2), 22);
    }
  }
}

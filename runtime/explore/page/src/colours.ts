// Colour maps as 256 colours each, from the lowest value to the highest.

// Viridis, magma and cividis: Nathaniel Smith, Stefan van der Walt and Eric Firing (CC0), and Jamie Nunez,
// Christopher Anderton and Ryan Renslow (CC0); entries in equal steps. RdBu and others: Cynthia Brewer, Mark Harrower
// and The Pennsylvania State University (Apache License 2.0).
const entries: Record<string, string> = {
  viridis: "440154 481769 472a7a 433d84 3d4e8a 355e8d 2e6d8e 297b8e 23898e 1f978b 21a585 2eb37c 46c06f 65cb5e 89d548 b0dd2f d8e219 fde725",
  magma: "000004 07061c 150e38 29115a 3f0f72 56147d 6a1c81 802582 942c80 ab337c c03a76 d6456c e85362 f4685c fa815f fd9b6b feb47b fecd90 fde5a7 fcfdbf",
  cividis: "00224e 0a2f6f 2b3b6e 404a6c 52576d 62666f 727374 828278 94907a a59f77 b9af70 ccbf64 e0d053 f3e23f fee838",
  "blue to red": "053061 2166ac 4393c3 92c5de d1e5f0 f7f7f7 fddbc7 f4a582 d6604d b2182b 67001f",
  heat: "ffffcc ffeda0 fed976 feb24c fd8d3c fc4e2a e31a1c bd0026 800026",
  blues: "f7fbff deebf7 c6dbef 9ecae1 6baed6 4292c6 2171b5 08519c 08306b",
  greys: "161616 fafafa",
};

export const palettes = Object.keys(entries);
/** The command's word for a palette; none for those that it lacks. */
export const commandName: Record<string, string> = {
  viridis: "viridis",
  "blue to red": "red_blue",
  heat: "heat",
  blues: "blues",
  greys: "greys",
};
export const diverging = "blue to red";

const tables = new Map<string, Uint8Array>();

/** Returns 256 * 4 bytes, red first; the same ones whenever it is called alike. */
export function table(name: string, reversed: boolean): Uint8Array {
  const key = `${name} ${reversed}`;
  const known = tables.get(key);
  if (known) return known;
  const colours = (entries[name] ?? entries.viridis!).split(" ").map((code) => parseInt(code, 16));
  if (reversed) colours.reverse();
  const bytes = new Uint8Array(1024);
  for (let i = 0; i < 256; ++i) {
    const position = (i * (colours.length - 1)) / 255;
    const left = Math.min(Math.floor(position), colours.length - 2);
    const t = position - left;
    for (let channel = 0; channel < 3; ++channel) {
      const shift = 16 - 8 * channel;
      const a = (colours[left]! >> shift) & 255;
      const b = (colours[left + 1]! >> shift) & 255;
      bytes[4 * i + channel] = Math.round(a + t * (b - a));
    }
    bytes[4 * i + 3] = 255;
  }
  tables.set(key, bytes);
  return bytes;
}

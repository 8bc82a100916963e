// The other half of geo/payload.py: base64 text to the model that the page shows.

const FORMAT = "territory-timeline/1";

/** Opens the payload: base64 of gzip. */
export async function decode(text) {
  const binary = atob(text);
  const packed = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) packed[i] = binary.charCodeAt(i);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return parse(new Uint8Array(await new Response(stream).arrayBuffer()));
}

/** Reads the bytes inside: 4 bytes length, JSON header, varints. */
export function parse(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  if (header.format !== FORMAT) throw new Error(`The data has the format ${header.format}, expected ${FORMAT}.`);
  const reader = new Reader(bytes.subarray(4 + length));
  return {
    ...header,
    definitions: header.definitions.map((definition) => ({
      ...definition,
      layers: definition.layers.map((layer) => ({ ...layer, arcs: reader.arcs(layer.arcs), curve: curve(layer.curve) })),
    })),
    events: header.events.map(([day, title, kind, lon, lat, source]) => ({ day, title, kind, lon, lat, source })),
    sources: header.sources.map(([publisher, title, url]) => ({ publisher, title, url })),
    base: header.base && {
      ...reader.base(header.base.counts),
      labels: header.base.labels.map(([lon, lat, name, rank, kind, names]) => ({ lon, lat, name, rank, kind, names })),
      outline_grid_m: header.base.outline_grid_m,
      outlines: header.base.outlines.map(([id, km2, rings]) => ({ id, km2, rings: Array.from({ length: rings }, () => reader.line()) })),
    },
  };
}

function curve({ days, ...areas }) {
  let day = 0;
  return { days: days.map((step) => (day += step)), ...areas };
}

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
    this.x = 0;
    this.y = 0;
  }

  unsigned() {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.bytes[this.at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  signed() {
    const value = this.unsigned();
    return value % 2 ? -(value + 1) / 2 : value / 2;
  }

  /** Points of a line as [x0, y0, x1, y1, ...] on the grid. */
  line() {
    const points = new Int32Array(2 * this.unsigned());
    for (let i = 0; i < points.length; i += 2) {
      points[i] = this.x += this.signed();
      points[i + 1] = this.y += this.signed();
    }
    return points;
  }

  arcs(count) {
    return Array.from({ length: count }, () => ({ left: this.unsigned() - 1, right: this.unsigned() - 1, points: this.line() }));
  }

  base(counts) {
    return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, Array.from({ length: count }, () => this.line())]));
  }
}

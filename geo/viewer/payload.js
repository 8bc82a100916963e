// The other half of geo/payload.py: base64 text to the model that the page shows.

const FORMAT = "territory-timeline/2";

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
      arcs: reader.arcs(definition.arcs),
      sides: reader.spells(definition.sides),
      pieces: reader.pieces(definition.pieces, header.piece_km2),
      layers: definition.layers.map(({ actor, curve }) => ({ actor, curve: running(curve) })),
    })),
    events: header.events.map(([day, title, kind, lon, lat, source]) => ({ day, title, kind, lon, lat, source })),
    sources: header.sources.map(([publisher, title, url]) => ({ publisher, title, url })),
    base: header.base && {
      ...reader.base(header.base.counts),
      labels: header.base.labels.map(([lon, lat, name, rank, kind, names]) => ({ lon, lat, name, rank, kind, names })),
    },
    outlines: header.outlines && {
      grid_m: header.outlines.grid_m,
      shapes: header.outlines.shapes.map(([id, km2, rings]) => ({ id, km2, rings: reader.lines(rings) })),
    },
  };
}

function running({ days, ...areas }) {
  let day = 0;
  return { days: days.map((step) => (day += step)), ...areas };
}

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
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

  column(count, next) {
    return Array.from({ length: count }, next);
  }

  /** Numbers that were written as steps. */
  steps(count) {
    let value = 0;
    return this.column(count, () => (value += this.signed()));
  }

  /** Lines as [x0, y0, x1, y1, ...] on the grid. */
  lines(count) {
    const sizes = this.column(count, () => this.unsigned());
    let [x, y] = [0, 0];
    return sizes.map((size) => {
      const points = new Int32Array(2 * size);
      for (let i = 0; i < points.length; i += 2) {
        points[i] = x += this.signed();
        points[i + 1] = y += this.signed();
      }
      return points;
    });
  }

  arcs(count) {
    const left = this.steps(count);
    const right = this.steps(count);
    return this.lines(count).map((points, index) => ({ left: left[index], right: right[index], points }));
  }

  /** For each of `count` things the records its spells begin and end with, as [first, last]. */
  spells(count) {
    const sizes = this.column(count, () => this.unsigned());
    const all = sizes.reduce((sum, size) => sum + size, 0);
    const first = this.steps(all);
    const last = this.column(all, () => this.signed()).map((length, index) => first[index] + length);
    let at = 0;
    return sizes.map((size) => Array.from({ length: size }, () => [first[at], last[at++]]));
  }

  pieces(count, unit) {
    const amounts = this.column(count, () => this.signed());
    return this.spells(count).map((spells, index) => ({ km2: amounts[index] * unit, spells }));
  }

  base(counts) {
    return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, this.lines(count)]));
  }
}

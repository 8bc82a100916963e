// Territory as arcs: the outline of the land of a day is the arcs with land of that day on exactly one side.

const OUTSIDE = -1;
const HIGHEST_LAT = 85;

/** Latitude in degrees to degrees of the Mercator plane, down the page; the poles are out of its reach. */
export function mercator(lat) {
  const within = Math.min(Math.max(lat, -HIGHEST_LAT), HIGHEST_LAT);
  return (-180 / Math.PI) * Math.log(Math.tan(Math.PI / 4 + (within * Math.PI) / 360));
}

/** Longitudes and latitudes on the grid to whole grid units of the Mercator plane around `centre`. */
export function project(points, grid, centre) {
  const plane = new Int32Array(points.length);
  for (let i = 0; i < points.length; i += 2) {
    plane[i] = points[i] - centre.x;
    plane[i + 1] = Math.round(mercator(points[i + 1] * grid) / grid) - centre.y;
  }
  return plane;
}

/** Steps between points as text for an SVG path's `l`, walked forwards or backwards. */
export function steps(plane, backwards = false) {
  const text = [];
  for (let i = 2; i < plane.length; i += 2) {
    const at = backwards ? plane.length - i : i;
    const sign = backwards ? -1 : 1;
    text.push(`${sign * (plane[at] - plane[at - 2])},${sign * (plane[at + 1] - plane[at - 1])}`);
  }
  return text.join(" ");
}

/** The arcs of a definition, shared by its actors: where they begin and end, and their text, made when first drawn. */
export class Borders {
  constructor({ arcs, sides }, grid, centre) {
    Object.assign(this, { arcs, sides, grid, centre });
    const nodes = new Map();
    const node = (x, y) => {
      const key = x * 67_108_864 + y;
      if (!nodes.has(key)) nodes.set(key, nodes.size);
      return nodes.get(key);
    };
    this.ends = arcs.map(({ points }) => [node(points[0], points[1]), node(points.at(-2), points.at(-1))]);
    this.boxes = arcs.map(({ points }) => box(points));
    this.texts = [];
    this.at = new Int32Array(nodes.size).fill(-1);
    this.next = new Int32Array(2 * arcs.length);
  }

  /** An arc as text, walked forwards (0) or backwards (1): where it begins, and its steps. */
  text(arc, backwards) {
    const key = 2 * arc + backwards;
    if (!this.texts[key]) {
      const plane = project(this.arcs[arc].points, this.grid, this.centre);
      const end = plane.length - 2;
      this.texts[2 * arc] = { at: `M${plane[0]},${plane[1]}l`, steps: steps(plane) };
      this.texts[2 * arc + 1] = { at: `M${plane[end]},${plane[end + 1]}l`, steps: steps(plane, true) };
    }
    return this.texts[key];
  }

  /** Closed rings made of arcs as an SVG path, to be filled by the even-odd rule. */
  rings(used) {
    const { ends, at, next } = this;
    for (const arc of used) {
      for (const end of [0, 1]) {
        const node = ends[arc][end];
        next[2 * arc + end] = at[node];
        at[node] = 2 * arc + end;
      }
    }
    const done = new Set();
    const rings = [];
    for (const first of used) {
      if (done.has(first)) continue;
      let text = "";
      for (let from = 2 * first; from !== -1; ) {
        const arc = from >> 1;
        const backwards = from & 1;
        done.add(arc);
        const part = this.text(arc, backwards);
        text = text === "" ? part.at + part.steps : `${text} ${part.steps}`;
        const node = ends[arc][1 - backwards];
        from = at[node];
        while (from !== -1 && done.has(from >> 1)) from = next[from];
        at[node] = from;
      }
      rings.push(`${text}z`);
    }
    for (const arc of used) at[ends[arc][0]] = at[ends[arc][1]] = -1;
    return rings.join("");
  }
}

function box(points) {
  const sides = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < points.length; i += 2) {
    sides[0] = Math.min(sides[0], points[i]);
    sides[1] = Math.min(sides[1], points[i + 1]);
    sides[2] = Math.max(sides[2], points[i]);
    sides[3] = Math.max(sides[3], points[i + 1]);
  }
  return sides;
}

/** The land of one actor. */
export class Territory {
  /** @param borders the arcs; @param records columns of the payload's records; @param actor number of the actor */
  constructor(borders, records, actor) {
    this.borders = borders;
    this.records = records;
    this.actor = actor;
    this.spells = borders.sides.flatMap((spells, side) => spells.filter(([first]) => records.actor[first] === actor).map(([first, last]) => ({ side, first, last })));
    const own = new Set(this.spells.map(({ side }) => side));
    this.arcs = borders.arcs.flatMap(({ left, right }, index) => (own.has(left) || own.has(right) ? [index] : []));
  }

  /** At which sides of the arcs there is land on a day under a reading: one byte per side. */
  held(day, reading = "recorded") {
    const spans = this.records[reading];
    const inside = new Uint8Array(this.borders.sides.length);
    for (const { side, first, last } of this.spells) if (spans[first][0] <= day && day < spans[last][1]) inside[side] = 1;
    return inside;
  }

  /** Records of spells that cover a day, each once. */
  rowsHeld(day) {
    const spans = this.records.recorded;
    return [...new Set(this.spells.filter(({ first, last }) => spans[first][0] <= day && day < spans[last][1]).map(({ first }) => first))];
  }

  #used(inside) {
    const { arcs } = this.borders;
    const at = (side) => (side === OUTSIDE ? 0 : inside[side]);
    return this.arcs.filter((index) => at(arcs[index].left) !== at(arcs[index].right));
  }

  /** Outline of the land on the Mercator plane: an SVG path of closed rings. */
  outline(inside) {
    return this.borders.rings(this.#used(inside));
  }

  /** West, south, east and north of land in degrees; null for none. */
  bounds(inside) {
    const boxes = this.#used(inside).map((index) => this.borders.boxes[index]);
    if (!boxes.length) return null;
    const side = (index, pick) => boxes.reduce((value, box) => pick(value, box[index]), boxes[0][index]) * this.borders.grid;
    return [side(0, Math.min), side(1, Math.min), side(2, Math.max), side(3, Math.max)];
  }

  /**
   * When a point (degrees) was held: spells in order, as days from and to and the records that say so. A spell is to be had from
   * the arcs that a ray from the point crosses, each of which begins or ends land for the days that it is border.
   */
  spellsAt(lon, lat) {
    const { records } = this;
    const crossed = this.#crossed(lon / this.borders.grid, lat / this.borders.grid);
    const days = new Map();
    const at = (day) => days.get(day) ?? days.set(day, { begin: [], end: [] }).get(day);
    for (const { side, first, last } of this.spells) {
      if (!crossed[side]) continue;
      at(records.recorded[first][0]).begin.push(first);
      at(records.recorded[last][1]).end.push(last);
    }
    const spells = [];
    let open = null;
    for (const [day, { begin, end }] of [...days].sort(([a], [b]) => a - b)) {
      const turns = (begin.length + end.length) % 2 === 1;
      const named = records.name[begin[0] ?? end[0]] !== "";
      if (open && (turns || (named && begin.length))) {
        spells.push({ ...open, to: day, last: end[0] ?? begin[0] });
        open = turns ? null : { from: day, first: begin[0] };
      } else if (turns) open = { from: day, first: begin[0] ?? end[0] };
    }
    return spells;
  }

  /** Outline of the land of the same name around a point with these spells, on a day or when it was first held; nothing if it has no name. */
  outlineAround(spells, day) {
    const { name, recorded } = this.records;
    const spell = spells.find(({ from, to }) => from <= day && day < to) ?? spells[0];
    const [on, called] = [spell.from <= day && day < spell.to ? day : spell.from, name[spell.first]];
    const inside = new Uint8Array(this.borders.sides.length);
    for (const { side, first, last } of this.spells) if (name[first] === called && recorded[first][0] <= on && on < recorded[last][1]) inside[side] = 1;
    return called ? this.outline(inside) : "";
  }

  #crossed(x, y) {
    const { arcs, boxes, sides } = this.borders;
    const odd = new Uint8Array(sides.length);
    for (const index of this.arcs) {
      const [, south, east, north] = boxes[index];
      if (y < south || y > north || x > east) continue;
      const { left, right, points } = arcs[index];
      let crossings = 0;
      for (let i = 2; i < points.length; i += 2) {
        const [ax, ay, bx, by] = [points[i - 2], points[i - 1], points[i], points[i + 1]];
        if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) crossings ^= 1;
      }
      if (left !== OUTSIDE) odd[left] ^= crossings;
      if (right !== OUTSIDE) odd[right] ^= crossings;
    }
    return odd;
  }
}

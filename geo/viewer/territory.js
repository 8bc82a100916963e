// Territory as faces and arcs: the border of any set of faces is the arcs with exactly one side in the set.

const OUTSIDE = -1;

/** Latitude in degrees to degrees of the Mercator plane, down the page. */
export function mercator(lat) {
  return (-180 / Math.PI) * Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360));
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

export class Territory {
  /**
   * @param layer a layer of the payload: arcs, face_records
   * @param records columns of the payload's records
   */
  constructor(layer, records, grid, centre) {
    this.faces = layer.face_records;
    this.km2 = layer.face_km2;
    this.records = records;
    this.grid = grid;
    this.arcs = layer.arcs;
    this.arcsOf = this.faces.map(() => []);
    this.boxes = this.faces.map(() => [Infinity, Infinity, -Infinity, -Infinity]);
    const nodes = new Map();
    const node = (x, y) => {
      const key = x * 67_108_864 + y;
      if (!nodes.has(key)) nodes.set(key, nodes.size);
      return nodes.get(key);
    };
    this.paths = this.arcs.map((arc, index) => {
      const points = arc.points;
      for (const face of [arc.left, arc.right]) if (face !== OUTSIDE) this.#enclose(face, index, points);
      const plane = project(points, grid, centre);
      const end = plane.length - 2;
      return {
        start: node(points[0], points[1]),
        end: node(points[end], points[end + 1]),
        ahead: { at: `M${plane[0]},${plane[1]}l`, steps: steps(plane) },
        back: { at: `M${plane[end]},${plane[end + 1]}l`, steps: steps(plane, true) },
      };
    });
    this.firstAt = new Int32Array(nodes.size).fill(-1);
    this.nextAt = new Int32Array(this.arcs.length);
  }

  #enclose(face, arc, points) {
    this.arcsOf[face].push(arc);
    const box = this.boxes[face];
    for (let i = 0; i < points.length; i += 2) {
      box[0] = Math.min(box[0], points[i]);
      box[1] = Math.min(box[1], points[i + 1]);
      box[2] = Math.max(box[2], points[i]);
      box[3] = Math.max(box[3], points[i + 1]);
    }
  }

  /** Which faces are held on a day under a reading: one byte per face. */
  held(day, reading = "recorded") {
    const spans = this.records[reading];
    return Uint8Array.from(this.faces, (rows) => rows.some((row) => spans[row][0] <= day && day < spans[row][1]));
  }

  /** Rows of the records that are held on a day, each once. */
  rowsHeld(day) {
    const spans = this.records.recorded;
    return [...new Set(this.faces.flat())].filter((row) => spans[row][0] <= day && day < spans[row][1]);
  }

  /** Which faces hold a row that may have begun after `early` and be held on `late`; as geo/compare.py has it. */
  begun(early, late) {
    return this.#some(([first, end], [last]) => first <= late && late < end && Math.min(last, late) > early);
  }

  /** Which faces hold a row that may be held on `early` and have ended by `late`. */
  ended(early, late) {
    return this.#some(([first, end], [, firstEnd]) => first <= early && early < end && Math.max(firstEnd, early + 1) <= late);
  }

  #some(test) {
    const { possible, certain } = this.records;
    return Uint8Array.from(this.faces, (rows) => rows.some((row) => test(possible[row], certain[row])));
  }

  /** Sum of the faces' areas in km². */
  area(inside) {
    let sum = 0;
    for (let face = 0; face < inside.length; face++) if (inside[face]) sum += this.km2[face];
    return sum;
  }

  /** Outline of a set of faces as an SVG path of closed rings on the Mercator plane. */
  outline(inside) {
    const { arcs, paths, firstAt, nextAt } = this;
    const used = [];
    for (let i = 0; i < arcs.length; i++) {
      const left = arcs[i].left === OUTSIDE ? 0 : inside[arcs[i].left];
      const right = arcs[i].right === OUTSIDE ? 0 : inside[arcs[i].right];
      if (left === right) continue;
      const from = left ? paths[i].start : paths[i].end;
      nextAt[i] = firstAt[from];
      firstAt[from] = i;
      used.push(i);
    }
    const rings = [];
    for (const first of used) {
      const ahead = inside[arcs[first].left] === 1;
      const start = ahead ? paths[first].start : paths[first].end;
      if (firstAt[start] === -1) continue;
      let node = start;
      let text = null;
      while (firstAt[node] !== -1) {
        const arc = firstAt[node];
        firstAt[node] = nextAt[arc];
        const forwards = inside[arcs[arc].left] === 1;
        const side = forwards ? paths[arc].ahead : paths[arc].back;
        text = text === null ? side.at + side.steps : `${text} ${side.steps}`;
        node = forwards ? paths[arc].end : paths[arc].start;
      }
      rings.push(`${text}z`);
    }
    return rings.join("");
  }

  /** West, south, east and north of a set of faces in degrees; null for none. */
  bounds(inside) {
    const boxes = this.boxes.filter((_, face) => inside[face]);
    if (!boxes.length) return null;
    const side = (index, pick) => pick(...boxes.map((box) => box[index])) * this.grid;
    return [side(0, Math.min), side(1, Math.min), side(2, Math.max), side(3, Math.max)];
  }

  /** Index of the face at a point in degrees, -1 if there is none. */
  faceAt(lon, lat) {
    const x = lon / this.grid;
    const y = lat / this.grid;
    return this.boxes.findIndex((box, face) => box[0] <= x && x <= box[2] && box[1] <= y && y <= box[3] && this.#contains(face, x, y));
  }

  #contains(face, x, y) {
    let inside = false;
    for (const index of this.arcsOf[face]) {
      const points = this.arcs[index].points;
      for (let i = 2; i < points.length; i += 2) {
        const [ax, ay, bx, by] = [points[i - 2], points[i - 1], points[i], points[i + 1]];
        if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) inside = !inside;
      }
    }
    return inside;
  }
}

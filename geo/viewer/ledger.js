// Land in km²: who held how much on one day and on another. Every figure is a sum of pieces that Python measured.

const READINGS = ["recorded", "certain", "possible"];

/** Overlaps of less than this share of the smaller actor's land are where their borders do not quite match. */
const OVERLAP = 1e-3;

export class Ledger {
  /** @param pieces km² with spells; @param records columns of the payload's records */
  constructor(pieces, records) {
    this.pieces = pieces;
    this.records = records;
  }

  /** Which pieces are held on a day under a reading, by one actor or, for null, by any: one byte per piece. */
  held(day, reading, actor) {
    const spans = this.records[reading];
    const of = this.records.actor;
    return Uint8Array.from(this.pieces, ({ spells }) => spells.some(([first, last]) => spans[first][0] <= day && day < spans[last][1] && (actor === null || of[first] === actor)));
  }

  /** Which pieces have a spell that may have begun after `early` and be held on `late`; as geo/compare.py has it. */
  #begun(early, late, actor) {
    return this.#some(actor, ([first, end], [last]) => first <= late && late < end && Math.min(last, late) > early);
  }

  /** Which pieces have a spell that may be held on `early` and have ended by `late`. */
  #ended(early, late, actor) {
    return this.#some(actor, ([first, end], [, firstEnd]) => first <= early && early < end && Math.max(firstEnd, early + 1) <= late);
  }

  #some(actor, test) {
    const { possible, certain, actor: of } = this.records;
    const is = ([first, last]) => (actor === null || of[first] === actor) && test([possible[first][0], possible[last][1]], [certain[first][0], certain[last][1]]);
    return Uint8Array.from(this.pieces, ({ spells }) => spells.some(is));
  }

  /** Gained, lost and kept from one day to another, in km² under each reading. */
  compare(actor, before, after) {
    const [a, b] = [before, after].map((day) => Object.fromEntries(READINGS.map((reading) => [reading, this.held(day, reading, actor)])));
    const [early, late] = [Math.min(before, after), Math.max(before, after)];
    const turns = [this.#begun(early, late, actor), this.#ended(early, late, actor)];
    const [later, earlier] = before <= after ? turns : turns.reverse();
    const sum = (is) => this.pieces.reduce((total, { km2 }, piece) => (is(piece) ? total + km2 : total), 0);
    const both = (one, other) => sum((piece) => one[piece] && other[piece]);
    const only = (one, other) => sum((piece) => one[piece] && !other[piece]);
    const part = (recorded, certain, possible) => ({ recorded, certain, possible });
    return {
      gained: part(only(b.recorded, a.recorded), only(b.certain, a.possible), only(later, a.certain)),
      lost: part(only(a.recorded, b.recorded), only(a.certain, b.possible), only(earlier, b.certain)),
      kept: part(both(a.recorded, b.recorded), both(a.certain, b.certain), both(a.possible, b.possible)),
    };
  }

  /** Numbers of the actors who hold a piece on a day, in order. */
  #holders({ spells }, day) {
    const { recorded, actor } = this.records;
    const there = spells.filter(([first, last]) => recorded[first][0] <= day && day < recorded[last][1]);
    return [...new Set(there.map(([first]) => actor[first]))].sort((a, b) => a - b);
  }

  /**
   * From whose hands into whose land passed from one day to a later one, greatest first: as lists of names, empty where nobody is named.
   * Land that no record covers on a day went to the `lost_to` of the last spell, or came from the `taken_from` of the first.
   */
  transitions(before, after, names) {
    const { recorded, taken_from: takenFrom, lost_to: lostTo } = this.records;
    const sums = new Map();
    for (const piece of this.pieces) {
      const hands = [before, after].map((day) => this.#holders(piece, day));
      if ((!hands[0].length && !hands[1].length) || hands[0].join() === hands[1].join()) continue;
      const named = hands.map((holders) => holders.map((actor) => names[actor]));
      const begun = piece.spells.filter(([first]) => before < recorded[first][0] && recorded[first][0] <= after);
      const ended = piece.spells.filter(([, last]) => before < recorded[last][1] && recorded[last][1] <= after);
      const first = begun.sort(([a], [b]) => recorded[a][0] - recorded[b][0])[0];
      const last = ended.sort(([, a], [, b]) => recorded[b][1] - recorded[a][1])[0];
      const from = named[0].length ? named[0] : [first && takenFrom[first[0]]].filter(Boolean);
      const to = named[1].length ? named[1] : [last && lostTo[last[1]]].filter(Boolean);
      const key = JSON.stringify([from, to]);
      sums.set(key, (sums.get(key) ?? 0) + piece.km2);
    }
    return [...sums].map(([key, km2]) => ({ from: JSON.parse(key)[0], to: JSON.parse(key)[1], km2 })).sort((a, b) => b.km2 - a.km2);
  }

  /** Pairs of actors who hold the same land on a day, and how much of it. */
  overlaps(day) {
    const sums = new Map();
    const areas = new Map();
    for (const piece of this.pieces) {
      const holders = this.#holders(piece, day);
      for (const one of holders) {
        areas.set(one, (areas.get(one) ?? 0) + piece.km2);
        for (const other of holders) if (one < other) sums.set(`${one} ${other}`, (sums.get(`${one} ${other}`) ?? 0) + piece.km2);
      }
    }
    return [...sums]
      .map(([pair, km2]) => ({ pair: pair.split(" ").map(Number), km2 }))
      .filter(({ pair, km2 }) => km2 > OVERLAP * Math.min(...pair.map((actor) => areas.get(actor))));
  }
}

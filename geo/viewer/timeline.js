// Days and steps. A day is a whole number: days since the first day of the series.

const DAY_MS = 86_400_000;

export class Calendar {
  /** @param first first day of the series, YYYY-MM-DD; @param days number of the last day */
  constructor(first, days) {
    this.epoch = Date.parse(`${first}T00:00:00Z`);
    this.last = days;
  }

  date(day) {
    return new Date(this.epoch + day * DAY_MS);
  }

  iso(day) {
    return this.date(day).toISOString().slice(0, 10);
  }

  /** Day of YYYY-MM-DD, clamped to the series; null if it is no date. */
  parse(text) {
    if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
    const at = Date.parse(`${text}T00:00:00Z`);
    return Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== text ? null : this.clamp(Math.round((at - this.epoch) / DAY_MS));
  }

  clamp(day) {
    return Math.min(Math.max(day, 0), this.last);
  }

  /** The same day of the month, `count` months on; a short month ends early. */
  addMonths(day, count) {
    const from = this.date(day);
    const month = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + count + 1, 0));
    month.setUTCDate(Math.min(from.getUTCDate(), month.getUTCDate()));
    return this.clamp(Math.round((month - this.epoch) / DAY_MS));
  }

  /** First days of the years inside the series. */
  years() {
    const first = this.date(0).getUTCFullYear();
    const last = this.date(this.last).getUTCFullYear();
    return Array.from({ length: last - first + 1 }, (_, i) => ({ year: first + i, day: Math.round((Date.UTC(first + i, 0, 1) - this.epoch) / DAY_MS) }));
  }
}

/** Index of the last value that is not after `day`, -1 if all are; `days` ascend. */
export function indexAt(days, day) {
  let low = 0;
  let high = days.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (days[middle] <= day) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The next of `days` after `day` (direction 1) or before it (-1); null at the end. */
export function neighbour(days, day, direction) {
  const index = direction > 0 ? indexAt(days, day) + 1 : indexAt(days, day - 1);
  return days[index] ?? null;
}

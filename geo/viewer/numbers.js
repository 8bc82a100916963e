// How figures are written: three digits that mean something, never more.

/** Rounds to three significant digits, whole km² from 100 on. */
export function rounded(km2) {
  if (km2 === 0) return 0;
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(km2))));
  const factor = 10 ** Math.min(digits, 2);
  const coarse = km2 >= 1000 ? 10 ** (Math.floor(Math.log10(km2)) - 2) : 1;
  return (Math.round((km2 / coarse) * factor) / factor) * coarse;
}

/** Formats by name, each made when first asked for: making one takes milliseconds. */
const FORMATS = {
  kilometres: (locale) => new Intl.NumberFormat(locale, { style: "unit", unit: "kilometer" }),
  plain: (locale) => new Intl.NumberFormat(locale, { maximumFractionDigits: 2 }),
  percent: (locale) => [0, 1, 2].map((digits) => new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: digits })),
  ratio: (locale) => new Intl.NumberFormat(locale, { maximumSignificantDigits: 2 }),
  spokenPercent: (locale) => new Intl.NumberFormat(locale, { style: "unit", unit: "percent", unitDisplay: "long", maximumSignificantDigits: 2 }),
  spokenArea: (locale) => new Intl.NumberFormat(locale, { notation: "compact", compactDisplay: "long", maximumSignificantDigits: 3 }),
  day: (locale) => new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" }),
  shortDay: (locale) => new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }),
  month: (locale) => new Intl.DateTimeFormat(locale, { month: "long", year: "numeric", timeZone: "UTC" }),
  year: (locale) => new Intl.DateTimeFormat(locale, { year: "numeric", timeZone: "UTC" }),
};

export class Numbers {
  /** @param locale language and region whose digits and months to use; @param unit how km² is written there */
  constructor(locale, unit = "km²") {
    this.unit = unit;
    for (const [name, make] of Object.entries(FORMATS)) {
      let made;
      Object.defineProperty(this, name, { get: () => (made ??= make(locale)) });
    }
  }

  area(km2) {
    return `${this.plain.format(rounded(km2))} ${this.unit}`;
  }

  /** A length, with its unit. */
  length(km) {
    return this.kilometres.format(km);
  }

  /** Share as a percentage; below 0.01 % it says so instead of showing zero. */
  share(part, whole) {
    if (!whole) return "–";
    const share = part / whole;
    if (share > 0 && share < 0.0001) return `< ${this.percent[2].format(0.0001)}`;
    return this.percent[share >= 0.1 || share === 0 ? 0 : share >= 0.01 ? 1 : 2].format(share);
  }

  /** Share in words, to be heard. */
  spokenShare(part, whole) {
    return this.spokenPercent.format(whole ? (100 * part) / whole : 0);
  }

  /** Ratio to something: "1.4" times it, or "1/85" of it; `of` says which. */
  times(part, whole) {
    const ratio = part / whole;
    if (!Number.isFinite(ratio)) return { value: "–", of: false };
    if (ratio === 0 || ratio >= 0.095) return { value: this.ratio.format(ratio), of: false };
    return { value: `${this.plain.format(1)}/${this.plain.format(rounded(1 / ratio))}`, of: true };
  }
}

// Words of the interface, from a JSON file per language, and texts of the data with what translations came along.

const AGAINST = { ltr: /[\p{Script=Arabic}\p{Script=Hebrew}]/u, rtl: /\p{Script=Latin}/u };

/**
 * The first of the languages wished for that there are words for, else English.
 * @param languages words by language
 * @param wishes tags such as "ar" or "fr-CA", the dearest first; what is no tag is passed over
 * @returns its name, and the tag by which numbers and dates are written: the one wished for where it names a region
 */
export function chooseLanguage(languages, wishes) {
  for (const wish of wishes) {
    let tag;
    try {
      tag = new Intl.Locale(wish);
    } catch {
      continue;
    }
    if (Object.hasOwn(languages, tag.language)) return { language: tag.language, locale: tag.region ? tag.baseName : languages[tag.language].locale };
  }
  return { language: "en", locale: languages.en.locale };
}

export class Text {
  /**
   * @param language name of the language of the words
   * @param words the words
   * @param data language of the texts of the data, and what they are in other languages
   */
  constructor(language, words, data = {}) {
    this.language = language;
    this.words = words;
    this.dataLanguage = data.language ?? "";
    this.translations = data.translations?.[language] ?? {};
  }

  get rightToLeft() {
    return this.words.direction === "rtl";
  }

  /** The words for `key` with {names} filled in; a value that runs the other way is kept apart. */
  say(key, values = {}) {
    const words = this.words[key];
    if (words === undefined) throw new Error(`no text for ${key}`);
    return words.replace(/\{(\w+)\}/g, (_, name) => this.apart(String(values[name])));
  }

  /** A text as it may stand in a line of the interface, whichever way it runs. */
  apart(text) {
    return AGAINST[this.words.direction].test(text) ? `\u2068${text}\u2069` : text;
  }

  /** A text of the data in the language of the words, where a translation came along. */
  data(text) {
    return Object.hasOwn(this.translations, text) ? this.translations[text] : text;
  }

  /** An element that holds a text of the data: translated, or marked as what it is. */
  dataElement(tag, className, text) {
    const known = Object.hasOwn(this.translations, text);
    return element(tag, className, this.data(text), known ? { dir: "auto" } : { dir: "auto", lang: this.dataLanguage });
  }

  /** Name of the place of a row of the records and the language it is in: the reader's where the data know it. */
  placeName(records, row) {
    const own = records[`name_${this.language}`]?.[row];
    return own ? { name: own, lang: this.language } : { name: records.name[row], lang: this.dataLanguage };
  }
}

/** An element with a class, text and attributes. */
export function element(tag, className, text, attributes = {}) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/** A link to a page of the web; text only where the address is something else. */
export function link(address, text) {
  if (!/^https?:\/\//i.test(address)) return element("span", "", text, { dir: "auto" });
  return element("a", "", text, { href: address, target: "_blank", rel: "noopener noreferrer", dir: "auto" });
}

// Words of the interface, from a JSON file per language; text of the data never passes through here.

export class Text {
  constructor(words) {
    this.words = words;
  }

  /** The words for `key` with {names} filled in. */
  say(key, values = {}) {
    const words = this.words[key];
    if (words === undefined) throw new Error(`no text for ${key}`);
    return words.replace(/\{(\w+)\}/g, (_, name) => values[name]);
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
  if (!/^https?:\/\//i.test(address)) return element("span", "", text);
  return element("a", "", text, { href: address, target: "_blank", rel: "noopener noreferrer" });
}

// The story: steps through the series, each a moment of the view with a sentence or two and its sources.

import { Card } from "#viewer/card.js";
import { element, link } from "#viewer/text.js";

export class Story extends Card {
  /** @param look shows an extent of the map, or all land held for null */
  constructor(view, text, numbers, look) {
    super("story", text);
    Object.assign(this, { view, numbers, look, step: null });
    this.told = element("div", "story-told", undefined, { "aria-live": "polite" });
    this.sources = element("p", "story-sources", undefined, { dir: "auto" });
    this.back = this.#button("story_back", -1);
    this.count = element("span", "story-count");
    this.next = this.#button("story_next", 1);
    const steps = element("div", "story-steps");
    steps.append(this.back, this.count, this.next);
    this.root.append(this.told, this.sources, steps);
    this.root.addEventListener("keydown", (event) => this.#key(event));
    view.addEventListener("change", () => this.#update());
  }

  get last() {
    return this.view.model.story.length - 1;
  }

  #button(name, direction) {
    const button = element("button", "story-step", this.text.say(name), { type: "button" });
    button.addEventListener("click", () => this.move(direction));
    return button;
  }

  #key(event) {
    const rtl = getComputedStyle(this.root).direction === "rtl" ? -1 : 1;
    const direction = { ArrowRight: rtl, ArrowLeft: -rtl }[event.key];
    if (!direction) return;
    event.preventDefault();
    this.move(direction);
  }

  toggle(open) {
    this.view.set({ step: open ? 0 : null });
    if (open) this.next.focus();
  }

  move(direction) {
    this.view.set({ step: Math.min(Math.max(this.view.step + direction, 0), this.last) });
  }

  #update() {
    const { step, model } = this.view;
    if (step === this.step) return;
    this.step = step;
    this.show(step !== null);
    if (step === null) return;
    const { title, text, day, definition, compare, bbox } = model.story[step];
    this.told.replaceChildren(this.text.dataElement("h2", "card-title", title), this.text.dataElement("p", "story-words", text));
    this.#cite(model.story[step].sources);
    this.count.textContent = this.text.say("story_count", { step: this.numbers.plain.format(step + 1), steps: this.numbers.plain.format(this.last + 1) });
    this.back.setAttribute("aria-disabled", String(step === 0));
    this.next.setAttribute("aria-disabled", String(step === this.last));
    this.view.set({ day, definition: definition ?? undefined, pinned: compare });
    this.look(bbox);
  }

  /** Names each publisher once; its further pages follow as numbers. */
  #cite(sources) {
    const pages = new Map();
    for (const [publisher, url] of sources) pages.set(publisher || url, [...(pages.get(publisher || url) ?? []), url]);
    const cited = [...pages].flatMap(([publisher, urls], number) => [
      number ? "; " : "",
      ...urls.flatMap((url, index) => (index ? [" ", link(url, `(${this.numbers.plain.format(index + 1)})`)] : [link(url, publisher)])),
    ]);
    this.sources.replaceChildren(...cited);
  }
}

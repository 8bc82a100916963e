// The read-out: the date, the area with its range, what it compares to, and which definition counts.

import { element } from "#viewer/text.js";

const LISTED = 8;
const PASSED = 5;
const MENTIONED = 1e-3;

export class Summary {
  constructor(view, text, numbers) {
    this.view = view;
    this.text = text;
    this.numbers = numbers;
    this.root = element("section", "summary");
    this.title = text.dataElement("h1", "summary-title", view.model.title);
    this.date = element("p", "summary-date");
    this.area = element("p", "summary-area");
    this.range = element("p", "summary-range");
    this.ratios = element("dl", "summary-ratios");
    this.figures = Object.fromEntries(["peak", "britain", "baseline"].map((name) => [name, this.#figure()]));
    this.sentence = element("p", "summary-sentence");
    this.definition = element("p", "summary-definition");
    this.key = element("ul", "summary-key");
    this.actors = element("ul", "summary-actors");
    this.passed = element("ul", "summary-passed");
    this.root.append(this.title, this.date, this.area, this.range, this.ratios, this.sentence, this.passed, this.actors);
    if (view.model.definitions.length > 1) this.root.append(this.#choice());
    this.root.append(this.definition, this.key);
  }

  #figure() {
    const box = element("div", "summary-figure");
    const figure = { value: element("dd", ""), name: element("dt", "") };
    box.append(figure.value, figure.name);
    this.ratios.append(box);
    return figure;
  }

  #choice() {
    const choice = element("div", "segments", undefined, { role: "group", "aria-label": this.text.say("definition") });
    this.segments = this.view.model.definitions.map((definition) => {
      const button = this.text.dataElement("button", "segment", definition.id);
      button.type = "button";
      button.title = this.text.data(definition.title);
      button.addEventListener("click", () => this.view.set({ definition: definition.id }));
      return button;
    });
    choice.append(...this.segments);
    return choice;
  }

  /** Writes a figure and what it is. */
  #write(name, value, label) {
    this.figures[name].value.textContent = value;
    this.figures[name].name.textContent = label;
  }

  update() {
    const { view, text, numbers } = this;
    const { recorded, certain, possible } = view.area();
    const day = (number) => numbers.day.format(view.calendar.date(number));
    const short = (number) => numbers.shortDay.format(view.calendar.date(number));
    const peak = view.peak;
    this.date.textContent = day(view.day);
    this.area.textContent = numbers.area(recorded);
    const [low, high] = [numbers.area(Math.min(certain, recorded)), numbers.area(Math.max(possible, recorded))];
    this.range.textContent = low === high ? text.say("area_exact") : text.say("area_range", { low, high });
    this.#write("peak", numbers.share(recorded, peak.km2), text.say("peak_day", { day: short(peak.day) }));
    const britain = numbers.times(recorded, view.model.compare_km2.great_britain);
    this.#write("britain", britain.value, text.say(britain.of ? "of_great_britain" : "times_great_britain"));
    const kingdom = numbers.times(recorded, view.model.compare_km2.united_kingdom);
    this.figures.britain.name.title = text.say(kingdom.of ? "of_united_kingdom" : "times_united_kingdom", { times: kingdom.value });
    const base = numbers.times(recorded, view.area(view.model.baseline).recorded);
    this.#write("baseline", base.value, text.say(base.of ? "of_baseline" : "times_baseline", { day: short(view.model.baseline) }));
    this.segments?.forEach((button, index) => button.setAttribute("aria-pressed", String(index === view.definitionIndex)));
    const { title, counts } = view.definition;
    if (view.definition !== this.shown) this.definition.replaceChildren(text.dataElement("strong", "", title), " ", text.dataElement("span", "", counts));
    this.shown = view.definition;
    for (const part of [this.area, this.range]) part.hidden = this.#all;
    this.root.classList.remove(...[...this.root.classList].filter((name) => name.startsWith("colour-")));
    this.root.classList.add(...[view.colour(view.actor)].filter(Boolean));
    this.#change(short);
    if (view.several) this.#ranking();
  }

  /** Whether all of several actors are shown, whose sum is no figure of interest. */
  get #all() {
    return this.view.several && this.view.actor === null;
  }

  #change(short) {
    const { view, text, numbers } = this;
    const comparing = view.pinned !== null;
    this.sentence.hidden = !comparing;
    this.ratios.hidden = comparing || this.#all;
    this.root.classList.toggle("comparing", comparing);
    this.passed.replaceChildren();
    if (!comparing) {
      this.#legend(this.#all ? this.#overlap() : [["held", "held"], ["doubt", "uncertain"]]);
      return;
    }
    const passed = view.transitions();
    this.#transitions(passed);
    if (this.#all) {
      const km2 = passed.reduce((sum, transition) => sum + transition.km2, 0);
      const [from, to] = [Math.min(view.pinned, view.day), Math.max(view.pinned, view.day)].map(short);
      this.sentence.textContent = text.say("change_hands", { from, to, area: numbers.area(km2) });
      this.#legend([["taken", "taken"], ["lost", "left"], ...this.#overlap()]);
      return;
    }
    const [from, to] = [Math.min(view.pinned, view.day), Math.max(view.pinned, view.day)];
    const forward = view.pinned <= view.day;
    const km2 = view.change();
    const [lost, gained] = forward ? [km2.lost, km2.gained] : [km2.gained, km2.lost];
    const before = view.area(from).recorded;
    const area = (value) => numbers.area(value);
    this.sentence.textContent = text.say("change_from", {
      from: short(from),
      to: short(to),
      lost: area(lost.recorded),
      before: area(before),
      share: numbers.share(lost.recorded, before),
      gained: area(gained.recorded),
    });
    this.sentence.title = text.say("change_range", {
      lost_low: area(lost.certain),
      lost_high: area(lost.possible),
      gained_low: area(gained.certain),
      gained_high: area(gained.possible),
    });
    this.#legend([["gained", "gained", gained], ["lost", "lost", lost], ["held", "kept", km2.kept]]);
  }

  /** Land that several actors hold at once, if there is any. */
  #overlap() {
    const recorded = this.view.overlaps().reduce((sum, { km2 }) => sum + km2, 0);
    return recorded ? [["contested", "contested", { recorded }]] : [];
  }

  /** Into whose hands land passed, and out of whose; only what is worth mention, and of the actor chosen. */
  #transitions(passed) {
    const { view, text, numbers } = this;
    const chosen = view.several ? view.model.actors[view.actor] : view.model.actors[0];
    const is = (names) => names.length === 1 && names[0] === chosen;
    const named = passed.filter(({ from, to }) => from.length && to.length && (chosen === undefined || is(from) || is(to)));
    const worth = named.filter(({ km2 }) => km2 > MENTIONED * named[0].km2);
    for (const { km2, ...hands } of worth.slice(0, PASSED)) {
      const item = element("li", "");
      const [from, to] = [hands.from, hands.to].map((names) => names.map((name) => text.data(name)).join(" + "));
      const words = is(hands.from) ? text.say("passed_to", { to }) : is(hands.to) ? text.say("passed_from", { from }) : text.say("passed", { from, to });
      item.append(element("span", "", words, { dir: "auto" }), element("b", "", numbers.area(km2)));
      this.passed.append(item);
    }
  }

  /** Who holds how much on the day shown, greatest first; each a button that chooses the actor, or all again. */
  #ranking() {
    const { view, text, numbers } = this;
    const ranking = view.ranking();
    const listed = ranking.filter(({ actor }, index) => index < LISTED || actor === view.actor);
    const rest = ranking.filter((one) => !listed.includes(one));
    const focused = this.actors.contains(document.activeElement) && document.activeElement.value;
    this.actors.replaceChildren(
      ...listed.map(({ actor, km2 }) => {
        const chosen = actor === view.actor;
        const button = element("button", `actor ${view.colour(actor)}`, undefined, { type: "button", value: String(actor), "aria-pressed": String(chosen) });
        button.append(element("span", "swatch swatch-held"), element("span", "actor-name", text.data(view.model.actors[actor]), { dir: "auto" }), element("b", "", numbers.area(km2)));
        button.addEventListener("click", () => view.set({ actor: chosen ? null : actor }));
        const item = element("li", "");
        item.append(button);
        return item;
      }),
    );
    if (focused) this.actors.querySelector(`[value="${focused}"]`)?.focus();
    if (!rest.length) return;
    const others = element("li", "actor-others", text.say("others", { count: rest.length }));
    others.append(" ", element("b", "", numbers.area(rest.reduce((sum, { km2 }) => sum + km2, 0))));
    this.actors.append(others);
  }

  #legend(entries) {
    this.key.replaceChildren(
      ...entries.map(([swatch, name, km2]) => {
        const item = element("li", "");
        item.append(element("span", `swatch swatch-${swatch}`), this.text.say(name));
        if (km2) item.append(" ", element("b", "", this.numbers.area(km2.recorded)));
        return item;
      }),
    );
  }
}

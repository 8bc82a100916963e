// The read-out: the date, the area with its range, what it compares to, and which definition counts.

import { element } from "#viewer/text.js";

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
    this.root.append(this.title, this.date, this.area, this.range, this.ratios, this.sentence);
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
    this.#change(short);
  }

  #change(short) {
    const { view, text, numbers } = this;
    const comparing = view.pinned !== null;
    this.sentence.hidden = !comparing;
    this.ratios.hidden = comparing;
    this.root.classList.toggle("comparing", comparing);
    if (!comparing) {
      this.#legend([["held", "held"], ["doubt", "uncertain"]]);
      return;
    }
    const [from, to] = [Math.min(view.pinned, view.day), Math.max(view.pinned, view.day)];
    const forward = view.pinned <= view.day;
    const { km2 } = view.change();
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

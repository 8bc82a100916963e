// What a click on land tells: which place it belongs to, since when and until when it was held, and how we know.

import { element, link } from "#viewer/text.js";

export class PlaceCard {
  constructor(map, view, text, numbers) {
    Object.assign(this, { map, view, text, numbers });
    this.popup = globalThis.L.popup({ maxWidth: 300, minWidth: 220, className: "place-popup", autoPanPadding: [20, 20] });
  }

  /** Opens the card for a point held in spells; `focus` moves the keyboard into it, and back to the map when it closes. */
  open(latlng, territory, spells, focus = false) {
    const { records } = territory;
    const card = element("article", "place", undefined, { tabindex: "-1" });
    const [{ first }] = spells;
    const actor = this.view.several ? this.text.data(this.view.model.actors[territory.actor]) : "";
    const { name, lang } = this.text.placeName(records, first);
    card.append(element("h2", "place-name", name || actor || this.text.say("held"), { dir: "auto", lang }));
    if (name && actor && name !== actor) card.append(element("p", "place-actor", actor, { dir: "auto" }));
    for (const [other, otherLang] of [[records.name[first], this.text.dataLanguage], [records.name_ar[first], "ar"]]) {
      if (other && other !== name) card.append(element("p", "place-name-other", other, { dir: "auto", lang: otherLang }));
    }
    const { day } = this.view;
    if (!spells.some(({ from, to }) => from <= day && day < to)) {
      card.append(element("p", "place-absent", this.text.say("place_not_held")));
    }
    for (const spell of spells) card.append(this.#spell(records, spell, day));
    this.popup.setLatLng(latlng).setContent(card).openOn(this.map);
    const container = this.map.getContainer();
    container.querySelector(".leaflet-popup-close-button").setAttribute("aria-label", this.text.say("close"));
    if (!focus) return;
    card.focus();
    card.addEventListener("keydown", (event) => event.key === "Escape" && this.map.closePopup());
    this.map.once("popupclose", () => container.focus());
  }

  #spell(records, { from: start, to: end, first, last }, day) {
    const spell = element("section", start <= day && day < end ? "spell spell-now" : "spell");
    const openStart = records.open[first][0] && start === records.recorded[first][0];
    const openEnd = records.open[last][1] && end === records.recorded[last][1];
    const [from, to] = [this.#date(start, records.precision[first][0]), this.#date(end, records.precision[last][1])];
    const key = openEnd ? "place_held_open" : openStart ? "place_held_until" : "place_held";
    spell.append(element("p", "spell-period", this.text.say(key, { from, to })));
    const passed = [];
    if (records.taken_from[first]) passed.push(this.text.say("taken_from", { actor: this.text.data(records.taken_from[first]) }));
    if (records.lost_to[last]) passed.push(this.text.say("lost_to", { actor: this.text.data(records.lost_to[last]) }));
    if (passed.length) spell.append(element("p", "spell-passed", passed.join(this.text.say("and_so"))));
    const confidence = records.confidence[first];
    if (["high", "medium", "low"].includes(confidence)) {
      spell.append(element("p", "spell-confidence", this.text.say("confidence", { confidence: this.text.say(`confidence_${confidence}`) })));
    }
    if (this.view.model.sources.length) spell.append(this.#sources([records.sources[first][0], records.sources[last][1]]));
    return spell;
  }

  #date(day, precision) {
    const date = this.view.calendar.date(day);
    if (precision === "month") return this.text.say("some_day_in", { month: this.numbers.month.format(date) });
    return precision === "year" ? this.numbers.year.format(date) : this.numbers.day.format(date);
  }

  #sources(ends) {
    const list = element("ul", "spell-sources");
    ends.forEach((source, end) => {
      const item = element("li", "", `${this.text.say(end ? "source_to" : "source_from")}: `);
      const known = source === null ? null : this.view.model.sources[source];
      item.append(known ? link(known.url, known.publisher) : this.text.say("no_source"));
      list.append(item);
    });
    return list;
  }
}

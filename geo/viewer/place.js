// What a click on land tells: which place it belongs to, since when and until when it was held, and how we know.

import { element, link } from "#viewer/text.js";

export class PlaceCard {
  constructor(map, view, text, numbers) {
    Object.assign(this, { map, view, text, numbers });
    this.popup = globalThis.L.popup({ maxWidth: 300, minWidth: 220, className: "place-popup", autoPanPadding: [20, 20] });
  }

  /** Opens the card for a face at a point; `focus` moves the keyboard into it, and back to the map when it closes. */
  open(latlng, territory, face, focus = false) {
    const { records, faces } = territory;
    const rows = [...faces[face]].sort((a, b) => records.recorded[a][0] - records.recorded[b][0]);
    const card = element("article", "place", undefined, { tabindex: "-1" });
    const first = rows[0];
    const { name, lang } = this.text.placeName(records, first);
    card.append(element("h2", "place-name", name || this.text.say("held"), { dir: "auto", lang }));
    for (const [other, otherLang] of [[records.name[first], this.text.dataLanguage], [records.name_ar[first], "ar"]]) {
      if (other && other !== name) card.append(element("p", "place-name-other", other, { dir: "auto", lang: otherLang }));
    }
    const { day } = this.view;
    if (!rows.some((row) => records.recorded[row][0] <= day && day < records.recorded[row][1])) {
      card.append(element("p", "place-absent", this.text.say("place_not_held")));
    }
    for (const row of rows) card.append(this.#spell(records, row, day));
    this.popup.setLatLng(latlng).setContent(card).openOn(this.map);
    const container = this.map.getContainer();
    container.querySelector(".leaflet-popup-close-button").setAttribute("aria-label", this.text.say("close"));
    if (!focus) return;
    card.focus();
    card.addEventListener("keydown", (event) => event.key === "Escape" && this.map.closePopup());
    this.map.once("popupclose", () => container.focus());
  }

  #spell(records, row, day) {
    const [start, end] = records.recorded[row];
    const spell = element("section", start <= day && day < end ? "spell spell-now" : "spell");
    const [openStart, openEnd] = records.open[row];
    const [from, to] = [this.#date(start, records.precision[row][0]), this.#date(end, records.precision[row][1])];
    const key = openEnd ? "place_held_open" : openStart ? "place_held_until" : "place_held";
    spell.append(element("p", "spell-period", this.text.say(key, { from, to })));
    const passed = [];
    if (records.taken_from[row]) passed.push(this.text.say("taken_from", { actor: this.text.data(records.taken_from[row]) }));
    if (records.lost_to[row]) passed.push(this.text.say("lost_to", { actor: this.text.data(records.lost_to[row]) }));
    if (passed.length) spell.append(element("p", "spell-passed", passed.join(this.text.say("and_so"))));
    const confidence = records.confidence[row];
    if (["high", "medium", "low"].includes(confidence)) {
      spell.append(element("p", "spell-confidence", this.text.say("confidence", { confidence: this.text.say(`confidence_${confidence}`) })));
    }
    if (this.view.model.sources.length) spell.append(this.#sources(records.sources[row]));
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

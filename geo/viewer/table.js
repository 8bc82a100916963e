// "Data as text": what chart and map show, as a table of areas and a list of the places held.

import { rounded } from "#viewer/numbers.js";
import { element } from "#viewer/text.js";

const MOST_ROWS = 120;

export function fillTable(body, { view, text, numbers }) {
  const day = (number) => numbers.day.format(view.calendar.date(number));
  const definition = text.data(view.definition.title);
  if (view.several) {
    const days = [...new Set([0, view.pinned ?? view.day, view.day, view.calendar.last])].sort((a, b) => a - b);
    body.append(disclosure(text.say("table_actors"), actorTable(view, text, numbers, days)));
  }
  body.append(disclosure(text.say("table_areas"), areaTable(view, text, numbers, day, definition)));
  body.firstChild.open = true;
  const { events } = view.model;
  if (events.length) body.append(disclosure(text.say("events"), eventList(events, text, day)));
  const names = heldNames(view, text);
  const list = element("ul", "table-places");
  list.append(...names.map(({ name, lang }) => element("li", "", name, { dir: "auto", lang })));
  const area = numbers.area(view.area().recorded);
  const sum = element("p", "", text.say("table_held_count", { area, count: numbers.plain.format(names.length), definition }));
  body.append(disclosure(text.say("table_held", { day: day(view.day) }), sum, list));
}

function disclosure(title, ...content) {
  const details = element("details", "");
  details.append(element("summary", "", title), ...content);
  return details;
}

function areaTable(view, text, numbers, day, definition) {
  const table = element("table", "table-areas");
  const top = element("thead", "");
  const head = element("tr", "");
  for (const name of ["date", "area", "range", "share"]) head.append(element("th", "", text.say(`table_${name}`, { unit: numbers.unit }), { scope: "col" }));
  top.append(head);
  const figure = (km2) => numbers.plain.format(rounded(km2));
  const peak = view.peak.km2;
  const body = element("tbody", "");
  for (const start of tableDays(view)) {
    const { recorded, certain, possible } = view.area(start);
    const row = element("tr", "");
    const range = certain === possible ? "–" : text.say("table_low_high", { low: figure(Math.min(certain, recorded)), high: figure(Math.max(possible, recorded)) });
    row.append(element("th", "", day(start), { scope: "row" }), ...[figure(recorded), range, numbers.share(recorded, peak)].map((cell) => element("td", "", cell)));
    body.append(row);
  }
  table.append(element("caption", "", text.say("table_caption", { definition })), top, body);
  return table;
}

/** Areas of the actors on some days, those who hold most on the day shown first; beyond `most` they are added up. */
export function actorTable(view, text, numbers, days, most = Infinity) {
  const areas = view.definition.layers.map(({ actor }) => ({
    name: named(view, text, actor),
    shown: view.area(view.day, actor).recorded,
    km2: days.map((day) => view.area(day, actor).recorded),
  }));
  const order = areas.filter(({ km2 }) => km2.some((value) => value > 0)).sort((a, b) => b.shown - a.shown || Math.max(...b.km2) - Math.max(...a.km2));
  const rest = order.splice(most);
  if (rest.length) order.push({ name: text.say("others", { count: rest.length }), km2: days.map((_, index) => rest.reduce((sum, { km2 }) => sum + km2[index], 0)) });
  const row = (tag, cells) => {
    const made = element("tr", "");
    made.append(...cells.map((cell, column) => {
      const one = tag === "th" ? element("th", "", undefined, { scope: "col" }) : column ? element("td", "") : element("th", "", undefined, { scope: "row" });
      one.append(cell);
      return one;
    }));
    return made;
  };
  const [table, head, body] = [element("table", "table-areas"), element("thead", ""), element("tbody", "")];
  head.append(row("th", [text.say("table_actor"), ...days.map((day) => numbers.shortDay.format(view.calendar.date(day)))]));
  body.append(...order.map(({ name, km2 }) => row("td", [name, ...km2.map((value) => numbers.plain.format(rounded(value)))])));
  table.append(element("caption", "", text.say("table_area", { unit: numbers.unit })), head, body);
  return table;
}

function named(view, text, actor) {
  const name = element("span", view.colour(actor));
  name.append(element("span", "swatch swatch-held"), " ", text.dataElement("span", "", view.model.actors[actor]));
  return name;
}

function eventList(events, text, day) {
  const list = element("ul", "table-events");
  for (const event of events) {
    const item = element("li", "", `${day(event.day)}: `);
    item.append(text.dataElement("span", "", event.title));
    list.append(item);
  }
  return list;
}

/** Every day of change where they are few, else the first day of each month or, over decades, of each year. */
export function tableDays({ changes, calendar }) {
  if (changes.length <= MOST_ROWS / 2) return changes;
  const years = calendar.years().map(({ day }) => day);
  const first = calendar.date(0);
  const months = years.length * 12 > MOST_ROWS ? years : years.flatMap((_, year) => Array.from({ length: 12 }, (_, month) => (Date.UTC(first.getUTCFullYear() + year, month) - calendar.epoch) / 86_400_000));
  return [0, ...months.filter((day) => 0 < day && day <= calendar.last)];
}

/** Names of the places held on the day shown, in the reader's language where known, in its alphabetical order. */
function heldNames(view, text) {
  const found = new Map();
  for (const territory of view.territories[view.definitionIndex]) {
    const { records } = territory;
    for (const row of territory.rowsHeld(view.day)) if (records.name[row]) found.set(records.name[row], text.placeName(records, row));
  }
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name, text.words.locale));
}

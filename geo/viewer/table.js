// "Data as text": what chart and map show, as a table of areas and a list of the places held.

import { element } from "#viewer/text.js";

const MOST_ROWS = 120;

export function fillTable(body, { view, text, numbers }) {
  const day = (number) => numbers.day.format(view.calendar.date(number));
  const definition = text.data(view.definition.title);
  const areas = disclosure(text.say("table_areas"), areaTable(view, text, numbers, day, definition));
  areas.open = true;
  const names = heldNames(view, text);
  const list = element("ul", "table-places");
  list.append(...names.map(({ name, lang }) => element("li", "", name, { dir: "auto", lang })));
  const area = numbers.area(view.area().recorded);
  const sum = element("p", "", text.say("table_held_count", { area, count: numbers.plain.format(names.length), definition }));
  body.append(areas, disclosure(text.say("table_held", { day: day(view.day) }), sum, list));
}

function disclosure(title, ...content) {
  const details = element("details", "");
  details.append(element("summary", "", title), ...content);
  return details;
}

function areaTable(view, text, numbers, day, definition) {
  const table = element("table", "table-areas");
  const head = element("tr", "");
  for (const name of ["table_date", "table_area", "table_range", "table_share", "table_events"]) head.append(element("th", "", text.say(name), { scope: "col" }));
  const rows = tableDays(view);
  const peak = view.peak.km2;
  const body = element("tbody", "");
  for (const [index, start] of rows.entries()) {
    const { recorded, certain, possible } = view.area(start);
    const row = element("tr", "");
    const range = certain === possible ? "–" : text.say("table_low_high", { low: numbers.area(Math.min(certain, recorded)), high: numbers.area(Math.max(possible, recorded)) });
    row.append(element("th", "", day(start), { scope: "row" }), element("td", "", numbers.area(recorded)), element("td", "", range));
    row.append(element("td", "", numbers.share(recorded, peak)), eventCell(view, text, day, start, rows[index + 1] ?? Infinity));
    body.append(row);
  }
  const top = element("thead", "");
  top.append(head);
  table.append(element("caption", "", text.say("table_caption", { definition })), top, body);
  return table;
}

/** The events from one day until before another. */
function eventCell(view, text, day, from, until) {
  const cell = element("td", "");
  const events = view.model.events.filter((event) => from <= event.day && event.day < until);
  if (!events.length) return cell;
  const list = element("ul", "");
  for (const event of events) {
    const item = element("li", "", `${day(event.day)}: `);
    item.append(text.dataElement("span", "", event.title));
    list.append(item);
  }
  cell.append(list);
  return cell;
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
    for (const rows of territory.faces) {
      for (const row of rows) {
        const [start, end] = records.recorded[row];
        if (start > view.day || view.day >= end || !records.name[row]) continue;
        const named = text.placeName(records, row);
        found.set(named.name, named);
      }
    }
  }
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name, text.words.locale));
}

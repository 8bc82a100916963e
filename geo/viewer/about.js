// "Sources and method": how the map was made, what the definitions count, how sure it is, and where the facts come from.

import { element, link } from "#viewer/text.js";

/** Writes all of it into `body`. @param build hash of the page's scripts, words and data */
export function fillAbout(body, { model, text, numbers, calendar, build }) {
  const reconstructed = model.definitions.some((definition) => definition.how);
  const section = (title, ...content) => body.append(element("h3", "", text.say(title)), ...content);
  section("method_title", element("p", "", text.say(reconstructed ? "method" : "method_given")));
  section("definitions_title", definitionList(model, text));
  section("uncertainty_title", element("p", "", text.say(reconstructed ? "uncertainty" : "uncertainty_given")));
  if (model.sources.length) section("sources_title", sourceList(model, text));
  section("data_title", facts(model, text, numbers, calendar, build));
  if (model.attribution) body.append(text.dataElement("p", "about-attribution", model.attribution));
}

function definitionList(model, text) {
  const list = element("dl", "about-definitions");
  for (const { title, counts, stands_for: standsFor, how } of model.definitions) {
    list.append(text.dataElement("dt", "", title));
    for (const sentence of [counts, standsFor, how].filter(Boolean)) list.append(text.dataElement("dd", "", sentence));
  }
  return list;
}

function sourceList(model, text) {
  const list = element("ul", "about-sources", undefined, { lang: text.dataLanguage });
  for (const { publisher, title, url } of model.sources) {
    const item = element("li", "");
    item.append(`${text.apart(publisher)}: `, link(url, title || url));
    list.append(item);
  }
  return list;
}

/** What the file is: period, version, date and licence of the data, and the build. */
function facts(model, text, numbers, calendar, build) {
  const list = element("dl", "about-facts");
  const day = (date) => numbers.day.format(date);
  const issued = new Date(`${model.issued}T00:00:00Z`);
  const rows = [
    ["period", text.say("period_days", { from: day(calendar.date(0)), to: day(calendar.date(calendar.last)) })],
    ["version", model.version],
    ["issued", Number.isNaN(issued.getTime()) ? model.issued : day(issued)],
    ["licence", model.licence],
    ["build", build],
  ];
  for (const [name, value] of rows) if (value) list.append(element("dt", "", text.say(name)), element("dd", "", value, { dir: "auto" }));
  return list;
}

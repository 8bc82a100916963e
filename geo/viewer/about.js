// "Sources and method": how the map was made, what the definitions count, and where the facts come from.

import { element, link } from "#viewer/text.js";

export function aboutDialog(model, text) {
  const dialog = element("dialog", "about", undefined, { "aria-label": text.say("about") });
  const close = element("button", "about-close", text.say("close"), { type: "button" });
  close.addEventListener("click", () => dialog.close());
  const reconstructed = model.definitions.some((definition) => definition.how);
  dialog.append(close, element("h2", "", text.say("method_title")), element("p", "", text.say(reconstructed ? "method" : "method_given")));
  dialog.append(element("h2", "", text.say("definitions_title")));
  const definitions = element("dl", "about-definitions");
  for (const { title, counts, stands_for: standsFor, how } of model.definitions) {
    definitions.append(element("dt", "", title));
    for (const sentence of [counts, standsFor, how].filter(Boolean)) definitions.append(element("dd", "", sentence));
  }
  dialog.append(definitions);
  if (model.sources.length) {
    dialog.append(element("h2", "", text.say("sources_title")));
    const list = element("ul", "about-sources");
    for (const { publisher, title, url } of model.sources) {
      const item = element("li", "");
      item.append(`${publisher}: `, link(url, title || url));
      list.append(item);
    }
    dialog.append(list);
  }
  const licence = [model.version && text.say("data", { version: model.version, licence: model.licence }), model.attribution].filter(Boolean).join(" ");
  dialog.append(element("p", "about-licence", licence));
  return dialog;
}

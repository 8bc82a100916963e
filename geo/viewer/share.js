// "Share and cite": a link to what is shown, a frame for other pages, and a citation; each can be copied.

import { element } from "#viewer/text.js";

const FRAME_HEIGHT_PX = 620;

export function fillShare(body, { model, view, hash, text, numbers, build }) {
  const status = element("p", "share-status", "", { role: "status" });
  const least = element("input", "", undefined, { type: "checkbox" });
  const frame = copyField(text.say("share_frame"), text, status);
  const write = () => (frame.area.value = frameMarkup(published(hash.address(least.checked ? { controls: "min" } : {}), model), text.data(model.title)));
  least.addEventListener("change", write);
  const choice = element("label", "share-choice");
  choice.append(least, text.say("share_least"));
  const address = copyField(text.say("share_link"), text, status);
  address.area.value = location.protocol === "file:" ? hash.address() : published(hash.address(), model);
  const cite = copyField(text.say("share_cite"), text, status);
  cite.area.value = citation({ model, view, text, numbers, build, address: published(hash.address(), model) });
  write();
  body.append(address.root, frame.root, choice, element("p", "share-note", text.say("share_note")), cite.root, status);
}

/** An address that means something elsewhere: as it is on the web, the name of the file where the page is not on the web. */
function published(address, model) {
  if (/^https?:/.test(address)) return address;
  const [path, words] = address.split("#");
  return `${path.startsWith("file:") ? path.split("/").at(-1) : `${model.id}.html`}#${words}`;
}

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Markup of a frame; address and title may hold anything. */
export function frameMarkup(address, title) {
  const escaped = (value) => value.replace(/[&<>"]/g, (char) => ENTITIES[char]);
  return `<iframe src="${escaped(address)}" title="${escaped(title)}" width="100%" height="${FRAME_HEIGHT_PX}" style="border:0" loading="lazy" allowfullscreen></iframe>`;
}

function citation({ model, view, text, numbers, build, address }) {
  const data = [model.version && text.say("citation_version", { version: model.version }), text.say("citation_build", { build }), model.licence];
  return text.say("citation", {
    title: text.data(model.title),
    definition: text.data(view.definition.title),
    day: numbers.day.format(view.calendar.date(view.day)),
    data: data.filter(Boolean).join(text.say("and_so")),
    address,
    today: numbers.day.format(new Date()),
  });
}

function copyField(label, text, status) {
  const root = element("div", "share-field");
  const area = element("textarea", "", undefined, { readonly: "", rows: "3", dir: "auto", spellcheck: "false" });
  const name = element("label", "", label);
  name.append(area);
  const button = element("button", "share-copy", text.say("copy"), { type: "button", "aria-label": text.say("copy_what", { what: label }) });
  button.addEventListener("click", async () => {
    area.select();
    status.textContent = text.say((await copy(area)) ? "copied" : "copy_yourself");
  });
  root.append(name, button);
  return { root, area };
}

/** Copies what is selected in an area; some frames may only do it the old way. */
async function copy(area) {
  try {
    await navigator.clipboard.writeText(area.value);
    return true;
  } catch {
    return document.execCommand("copy");
  }
}

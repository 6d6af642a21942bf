// The lists beside the drawing, and what can be typed of the chosen one: everything that a hand could draw.
import { areaOf, middle, round } from "./shapes.js";
import { LISTS, isArea } from "./store.js";

const texts = window.carebotTexts;
const KINDS = ["forbidden", "slow", "bed", "sofa", "exercise"];
const LANGUAGES = { en: "English", ja: "日本語", fr: "Français" };
const inWords = (name) => String(name).replaceAll("_", " ");
export const say = (key, values = {}) => texts[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);

export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== ""));
  return made;
}

const fieldsOf = (form) => [...form.querySelectorAll("[data-field]")];

function acting(field, kind, act) {
  field.act = act;
  field.addEventListener(kind, () => field.act(field));
  field.told = field.value;
  return field;
}

// `field` shows and does what `fresh` would; what somebody is typing stays.
function adopt(field, fresh) {
  field.act = fresh.act;
  field.disabled = fresh.disabled;
  if (field.matches("button")) field.textContent = fresh.textContent;
  else if (field.type === "checkbox") field.checked = fresh.checked;
  else if (field !== document.activeElement || field.value === field.told) field.value = fresh.value;
  field.told = fresh.value;
}

export class Panel {
  faulty = new Set();
  #lists; #chosen; #store; #residents = []; #open = false; #drawn = "";

  constructor(lists, chosen, store) {
    [this.#lists, this.#chosen, this.#store] = [lists, chosen, store];
    store.addEventListener("changed", () => this.draw());
  }

  show(residents) { this.#residents = residents; }

  draw() {
    const had = document.activeElement?.dataset?.field;
    const wasIn = document.activeElement && this.#lists.contains(document.activeElement) ? document.activeElement.dataset.id : null;
    this.#drawLists();
    this.#drawChosen();
    if (wasIn) this.#lists.querySelector(`[data-id="${wasIn}"]`)?.focus({ preventScroll: true });
    else if (had) this.#chosen.querySelector(`[data-field="${had}"]`)?.focus({ preventScroll: true });
  }

  focusChosen() {
    this.#chosen.focus({ preventScroll: true });
    this.#chosen.scrollIntoView({ block: "nearest" });
  }

  #drawLists() {
    this.#lists.replaceChildren(...LISTS.flatMap((list) => {
      const some = this.#store.of(list);
      const items = some.map((entry) => el("li", {}, this.#item(entry)));
      return [el("h2", {}, texts[list]), some.length ? el("ul", {}, ...items) : el("p", { class: "soft" }, texts.none)];
    }));
  }

  #item(entry) {
    const { kind, polygon, name, called } = entry.value;
    const size = kind ? texts[`kind_${kind}`] ?? kind : polygon ? `${areaOf(polygon).toFixed(1)} m²` : "";
    const more = [called?.[document.documentElement.lang], size].filter(Boolean).join(" · ");
    const isFaulty = this.faulty.has(entry.id);
    return el(
      "button", { type: "button", class: `quiet item${isFaulty ? " faulty" : ""}`, "data-id": entry.id, "aria-pressed": String(entry.id === this.#store.chosen), onclick: () => { this.#store.choose(entry.id); this.focusChosen(); } },
      el("span", { class: `swatch ${entry.list} kind-${kind ?? ""}`, "aria-hidden": "true" }), el("strong", {}, inWords(name)),
      el("small", {}, `${isFaulty ? "⚠ " : ""}${more}`),
    );
  }

  #drawChosen() {
    const entry = this.#store.get(this.#store.chosen);
    this.#chosen.hidden = !entry;
    const fresh = el("div", {}, ...(entry ? this.#form(entry) : []));
    const drawn = `${entry?.id} ${fieldsOf(fresh).map((field) => field.dataset.field + field.dataset.options).join()}`;
    // While somebody types, the field stays the same one: only what it shows and does is brought up to date.
    if (drawn === this.#drawn) fieldsOf(this.#chosen).forEach((field, at) => adopt(field, fieldsOf(fresh)[at]));
    else this.#chosen.replaceChildren(...fresh.childNodes);
    if (drawn === this.#drawn && entry) this.#chosen.querySelector("h2").textContent = inWords(entry.value.name);
    this.#drawn = drawn;
  }

  #form(entry) {
    const { value } = entry;
    return [
      el("h2", {}, inWords(value.name)),
      this.#text("name", texts.name, value.name, (name) => this.#rename(entry, name)),
      ...(entry.list === "rooms" ? this.#room(entry, value) : []),
      ...(entry.list === "zones" ? this.#zone(entry, value) : []),
      ...(entry.list === "doors" ? this.#door(entry, value) : []),
      ...(entry.list === "places" || entry.list === "docks" ? this.#spot(entry, value, "") : []),
      ...(entry.list === "docks" ? this.#marker(entry, value) : []),
      entry.list === "doors" ? "" : this.#called(entry, value),
      ...(isArea(entry) ? [this.#corners(entry, value)] : []),
      this.#button("delete", say("delete", { name: inWords(value.name) }), null, () => this.#store.remove(entry.id), false, "button plain delete"),
    ];
  }

  // its parts

  #room(entry, value) {
    const consent = (key) => this.#check(key, texts[key], value.consent?.[key] ?? true, (isOn) => {
      value.consent = { ...value.consent, [key]: isOn };
    });
    const stand = this.#check("stand", texts.stand, Boolean(value.stand), (isOn) => {
      if (isOn) value.stand = { at: middle(value.polygon).map((each) => round(each)), facing_deg: 0 };
      else delete value.stand;
    });
    return [consent("enter"), consent("camera"), stand, ...(value.stand ? this.#spot(entry, value.stand, "stand-") : [])];
  }

  #zone(entry, value) {
    const kinds = KINDS.map((kind) => [kind, texts[`kind_${kind}`]]);
    const isSlow = value.kind === "slow";
    const mayHaveHours = ["bed", "sofa", "exercise"].includes(value.kind);
    return [
      this.#select("kind", texts.kind, kinds, value.kind, (kind) => this.#become(value, kind)),
      isSlow ? this.#number("speed", texts.speed, value.max_speed_m_s, 0.05, (speed) => { value.max_speed_m_s = speed; }) : "",
      mayHaveHours || value.during ? this.#hours(value) : "",
      this.#select("resident", texts.resident, [["", texts.nobody], ...this.#residents.map((name) => [name, name])], value.resident ?? "", (name) => {
        if (name) value.resident = name;
        else delete value.resident;
      }),
    ];
  }

  #become(value, kind) {
    value.kind = kind;
    if (kind === "slow") value.max_speed_m_s ??= 0.3;
    else delete value.max_speed_m_s;
    if (["forbidden", "slow"].includes(kind)) delete value.during;
  }

  #hours(value) {
    const spans = value.during ?? [];
    const rows = spans.map((span, at) => el(
      "div", { class: "span" },
      this.#text(`from-${at}`, texts.from, span.from, (time) => { span.from = time; }, "time"),
      this.#text(`to-${at}`, texts.to, span.to, (time) => { span.to = time; }, "time"),
      this.#button(`no-hours-${at}`, "✕", texts.remove_hours, () => {
        spans.splice(at, 1);
        if (!spans.length) delete value.during;
      }),
    ));
    const add = this.#button("hours", texts.add_hours, null, () => {
      value.during = [...spans, { from: "10:00", to: "11:00" }];
    }, false, "quiet");
    return el("fieldset", {}, el("legend", {}, texts.during), ...rows, add);
  }

  #door(entry, value) {
    const rooms = this.#store.of("rooms").map((room) => [room.value.name, room.value.name]);
    const side = (at) => {
      const known = rooms.some(([name]) => name === value.between[at]) ? rooms : [[value.between[at], value.between[at] || "–"], ...rooms];
      return this.#select(`between-${at}`, texts[at ? "and" : "between"], known, value.between[at], (name) => {
        value.between[at] = name;
        entry.rooms[at] = this.#store.of("rooms").find((room) => room.value.name === name)?.id ?? null;
      });
    };
    return [
      side(0), side(1), this.#at(value, ""),
      this.#number("width", texts.width, value.width_m ?? 0.85, 0.05, (width_m) => { value.width_m = width_m; }),
    ];
  }

  #spot(entry, value, prefix) {
    const facing = (facing_deg) => { value.facing_deg = facing_deg; };
    return [this.#at(value, prefix), this.#number(`${prefix}facing`, texts.facing, value.facing_deg ?? 0, 5, facing)];
  }

  #at(value, prefix) {
    return el("fieldset", {}, el("legend", {}, texts.at), el("div", { class: "span" }, ...this.#xy(value.at, prefix, "")));
  }

  #xy(point, prefix, of) {
    return ["x", "y"].map((axis, at) => this.#number(`${prefix}${axis}`, axis, point[at], 0.05, (metres) => { point[at] = round(metres); }, of));
  }

  #marker(entry, value) {
    const id = this.#number("marker", texts.marker_id, value.marker_id ?? "", 1, (number) => { value.marker_id = number; }, "", () => { delete value.marker_id; });
    return [id, this.#number("marker-m", texts.marker_m, value.marker_m ?? 0.12, 0.01, (edge_m) => { value.marker_m = edge_m; })];
  }

  #called(entry, value) {
    const fields = Object.entries(LANGUAGES).map(([code, language]) => this.#text(`called-${code}`, language, value.called?.[code] ?? "", (words) => {
      value.called = { ...value.called, [code]: words };
      if (!words) delete value.called[code];
      if (!Object.keys(value.called).length) delete value.called;
    }));
    return el("details", { open: this.#open, ontoggle: (event) => { this.#open = event.target.open; } }, el("summary", {}, texts.called), ...fields);
  }

  #corners(entry, value) {
    const { polygon } = value;
    const rows = polygon.map((point, at) => {
      const number = at + 1;
      const next = polygon[number % polygon.length];
      const of = say("corner", { number });
      return el(
        "div", { class: "span", role: "group", "aria-label": of }, el("span", { class: "number", "aria-hidden": "true" }, String(number)),
        ...this.#xy(point, `corner-${at}-`, of),
        this.#button(`more-${at}`, "+", say("add_corner", { number }), () => {
          polygon.splice(number, 0, [round((point[0] + next[0]) / 2), round((point[1] + next[1]) / 2)]);
        }),
        this.#button(`less-${at}`, "✕", say("remove_corner", { number }), () => polygon.splice(at, 1), polygon.length <= 3),
      );
    });
    return el("fieldset", { class: "corners" }, el("legend", {}, texts.corners), ...rows);
  }

  // fields

  #do(change) { this.#store.change(change); }

  #rename(entry, name) {
    entry.value.name = name;
    for (const door of this.#store.of("doors")) {
      door.rooms.forEach((id, at) => { if (id === entry.id) door.value.between[at] = name; });
    }
  }

  #text(field, label, value, take, type = "text") {
    const input = el("input", { type, value, maxlength: 200, autocomplete: "off", spellcheck: "false", "data-field": field });
    return el("label", {}, el("span", {}, label), acting(input, "change", ({ value: typed }) => this.#do(() => take(typed.trim()))));
  }

  #number(field, label, value, step, take, of = "", clear = null) {
    const input = el("input", { type: "number", value, step, inputmode: "decimal", "data-field": field, "aria-label": of ? `${of}, ${label}` : null });
    const act = (typed) => {
      if (Number.isFinite(typed.valueAsNumber)) this.#do(() => take(typed.valueAsNumber));
      else if (clear && typed.value === "") this.#do(clear);
      else typed.value = value; // what is no number changes nothing
    };
    return el("label", {}, el("span", {}, label), acting(input, "change", act));
  }

  #select(field, label, options, value, take) {
    const select = el("select", { "data-field": field, "data-options": options.map(([key]) => key).join() }, ...options.map(([key, words]) => el("option", { value: key, selected: key === value }, words)));
    return el("label", {}, el("span", {}, label), acting(select, "change", ({ value: key }) => this.#do(() => take(key))));
  }

  #check(field, label, isOn, take) {
    const input = el("input", { type: "checkbox", checked: isOn, "data-field": field });
    return el("label", { class: "check" }, acting(input, "change", ({ checked: now }) => this.#do(() => take(now))), el("span", {}, label));
  }

  #button(field, words, label, act, isOff = false, classes = "quiet icon") {
    const button = el("button", { type: "button", class: classes, "aria-label": label, "data-field": field, disabled: isOff }, words);
    return acting(button, "click", () => this.#do(act));
  }
}

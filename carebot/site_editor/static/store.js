// What is drawn and what is chosen. Every change can be undone, and what is not saved outlives the page.
export const LISTS = ["rooms", "places", "docks", "doors", "zones"];
export const isArea = (entry) => entry.list === "rooms" || entry.list === "zones";

export class Store extends EventTarget {
  entries = []; // { id, list, value }: value is what the site file holds; a door's rooms are those that it is between
  chosen = null;
  #origins = {}; // by id, which number of its list in the file it is; none where it is new
  #names = {}; // by id, as what it stands in the file
  #past = [];
  #future = [];
  #committed = "";
  #saved = "";
  #made = 0;

  load({ version, file, lists }) {
    this.#made = 0;
    this.#origins = {};
    this.#names = {};
    this.entries = LISTS.flatMap((list) => lists[list].map((value, number) => {
      const id = ++this.#made;
      this.#origins[id] = number;
      this.#names[id] = value.name;
      return { id, list, value };
    }));
    this.#link(this.entries);
    [this.version, this.file] = [version, file];
    this.#committed = this.#saved = JSON.stringify(this.entries);
    const told = this.#takeDraft();
    this.#emit();
    return told;
  }

  get(id) { return this.entries.find((entry) => entry.id === id); }
  of(list) { return this.entries.filter((entry) => entry.list === list); }
  get isDirty() { return this.#committed !== this.#saved; }
  get mayUndo() { return this.#past.length > 0; }
  get mayRedo() { return this.#future.length > 0; }

  // A change under way, as by a finger: seen at once, kept by `commit`.
  preview(change) {
    change(this);
    this.dispatchEvent(new Event("drawn"));
  }

  commit() {
    const now = JSON.stringify(this.entries);
    if (now === this.#committed) return this.dispatchEvent(new Event("drawn"));
    this.#past.push(this.#committed);
    this.#future = [];
    this.#committed = now;
    this.#keepDraft();
    return this.#emit();
  }

  change(change) {
    change(this);
    this.commit();
  }

  add(list, value) {
    const id = this.#newId();
    this.entries.push({ id, list, value });
    this.#link(this.entries);
    this.chosen = id;
    this.commit();
  }

  remove(id) {
    this.entries = this.entries.filter((entry) => entry.id !== id);
    if (this.chosen === id) this.chosen = null;
    this.commit();
  }

  choose(id) {
    if (this.chosen === id) return;
    this.chosen = id;
    this.#emit();
  }

  undo() { this.#step(this.#past, this.#future); }
  redo() { this.#step(this.#future, this.#past); }

  freeName(list) {
    const stem = list.slice(0, -1);
    const taken = new Set(this.entries.map((entry) => entry.value.name));
    let number = 1;
    while (taken.has(`${stem}_${number}`)) number += 1;
    return `${stem}_${number}`;
  }

  // As the server wants it: what is in the file in its order there, then what is new. `order` finds entries again.
  drawing() {
    const order = Object.fromEntries(LISTS.map((list) => [list, this.of(list).sort((one, other) => this.#place(one) - this.#place(other))]));
    const lists = LISTS.map((list) => [list, order[list].map(({ id, value }) => ({ value, origin: this.#origins[id] ?? null }))]);
    return { order, body: { version: this.version, ...Object.fromEntries(lists) } };
  }

  saved(version, order, entries) {
    this.version = version;
    this.#origins = {};
    for (const list of LISTS) order[list].forEach((entry, number) => { this.#origins[entry.id] = number; });
    this.#names = Object.fromEntries(JSON.parse(entries).map((entry) => [entry.id, entry.value.name]));
    this.#saved = entries;
    this.#keepDraft();
    this.#emit();
  }

  get snapshot() { return this.#committed; }

  #place(entry) { return this.#origins[entry.id] ?? 1e6 + entry.id; }

  #newId() {
    this.#made = Math.max(this.#made, ...this.entries.map((entry) => entry.id)) + 1;
    return this.#made;
  }

  #step(from, to) {
    if (!from.length) return;
    to.push(this.#committed);
    this.#committed = from.pop();
    this.entries = JSON.parse(this.#committed);
    if (!this.get(this.chosen)) this.chosen = null;
    this.#keepDraft();
    this.#emit();
  }

  #emit() {
    this.dispatchEvent(new Event("changed"));
    this.dispatchEvent(new Event("drawn"));
  }

  get #draftKey() { return `carebot-drawing:${this.file}`; }

  #keepDraft() {
    try {
      if (this.isDirty) localStorage.setItem(this.#draftKey, JSON.stringify({ version: this.version, names: this.#names, entries: this.entries }));
      else localStorage.removeItem(this.#draftKey);
    } catch { /* private browsing keeps nothing */ }
  }

  // A draft of this state of the file is shown, one of another state is a step of "Undo" away.
  #takeDraft() {
    this.#past = [];
    this.#future = [];
    let draft = null;
    try { draft = JSON.parse(localStorage.getItem(this.#draftKey)); } catch { /* none */ }
    if (!draft?.entries) return "";
    const entries = draft.version === this.version ? draft.entries : draft.entries.map((entry) => this.#asInFile(entry, draft.names?.[entry.id] ?? entry.value.name));
    if (draft.version !== this.version) this.#link(entries);
    const drawn = JSON.stringify(entries);
    if (drawn === this.#saved) return "";
    if (draft.version !== this.version) {
      this.#past.push(drawn);
      this.#made = Math.max(this.#made, ...entries.map((entry) => entry.id));
      return "reread_done";
    }
    this.#past.push(this.#saved);
    this.#committed = drawn;
    this.entries = entries;
    return "draft";
  }

  // The same name in the same list is the same thing, by whatever number it went before.
  #asInFile(entry, name) {
    const same = this.entries.find((each) => each.list === entry.list && each.value.name === name);
    return { id: same?.id ?? 1e6 + entry.id, list: entry.list, value: entry.value };
  }

  // Doors stay with their rooms, whatever name these go by and for however long two of them have the same.
  #link(entries) {
    const rooms = entries.filter((entry) => entry.list === "rooms");
    for (const door of entries.filter((entry) => entry.list === "doors")) {
      door.value.between = [door.value.between?.[0] ?? "", door.value.between?.[1] ?? ""];
      door.rooms ??= door.value.between.map((name) => rooms.find((room) => room.value.name === name)?.id ?? null);
    }
  }
}

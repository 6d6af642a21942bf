// What somebody has typed outlives a reload of the page: after a long cut of the network, after a look at another page.
// It stays in this tab, for those minutes, for that person, and never in a form that does not ask for it (data-draft).
(() => {
  const STORE = "carebot-drafts";
  const KEPT_MS = 15 * 60_000;
  const LOOK_EVERY_MS = 300;

  const who = () => document.querySelector(".tools .me .short")?.textContent ?? "";
  const isBox = (field) => field.type === "checkbox" || field.type === "radio";
  const fieldsOf = (form) => [...form.elements].filter((field) => field.matches("input, select, textarea"));
  const isTouched = (field) => {
    if (isBox(field)) return field.checked !== field.defaultChecked;
    if (field.matches("select")) return "chosen" in field.dataset;
    return field.value !== field.defaultValue;
  };

  const read = () => {
    try {
      const kept = JSON.parse(sessionStorage.getItem(STORE) ?? "{}");
      return kept.who === who() && Date.now() - kept.atMs < KEPT_MS ? kept : { forms: {} };
    } catch {
      return { forms: {} };
    }
  };
  const write = (forms) => {
    try {
      if (Object.keys(forms).length) sessionStorage.setItem(STORE, JSON.stringify({ who: who(), atMs: Date.now(), forms }));
      else sessionStorage.removeItem(STORE);
    } catch { /* private browsing keeps nothing */ }
  };

  const draftOf = (form) => {
    const fields = {};
    let focused = -1;
    fieldsOf(form).forEach((field, number) => {
      if (isTouched(field)) fields[number] = [field.name, isBox(field) ? field.checked : field.value];
      if (field === window.carebotFocused()) focused = number;
    });
    return Object.keys(fields).length ? { fields, focused } : null;
  };

  const save = () => {
    const { forms } = read();
    for (const form of document.querySelectorAll("form[data-draft]")) {
      const draft = draftOf(form);
      if (draft) forms[form.dataset.draft] = draft;
      else if (restored.has(form)) delete forms[form.dataset.draft];
    }
    write(forms);
  };

  const restored = new WeakSet();
  const restore = (form) => {
    restored.add(form);
    const draft = read().forms[form.dataset.draft];
    if (!draft) return;
    const fields = fieldsOf(form);
    for (const [number, [name, value]] of Object.entries(draft.fields)) {
      const field = fields[number];
      if (field?.name !== name) continue; // the form is another one by now
      if (isBox(field)) field.checked = value;
      else field.value = value;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
    for (let fold = form.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    fields[draft.focused]?.focus();
  };

  document.addEventListener("change", (event) => {
    if (event.target.matches?.("select")) event.target.dataset.chosen = "";
  });
  document.addEventListener("reset", (event) => {
    for (const field of fieldsOf(event.target)) delete field.dataset.chosen;
    setTimeout(save);
  });
  addEventListener("pagehide", save);
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") save(); });
  setInterval(() => {
    for (const form of document.querySelectorAll("form[data-draft]")) if (!restored.has(form)) restore(form);
  }, LOOK_EVERY_MS);
})();

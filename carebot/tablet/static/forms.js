// Forms that name an operation of the API. What the API says is shown; what it took loads the page anew, or stays.
(() => {
  const SURE_MS = 6000;
  const texts = window.carebotTexts;

  const ask = async (method, path, body, match) => {
    if (document.body.classList.contains("is-lost")) return { problem: texts.refused_offline }; // never kept for later
    try {
      const answer = await fetch(path, {
        method, headers: { "Content-Type": "application/json", ...(match && { "If-Match": match }) }, signal: AbortSignal.timeout(10000),
        body: method === "DELETE" ? undefined : JSON.stringify(body),
      });
      const told = await answer.json().catch(() => ({}));
      return answer.ok ? { told } : { problem: told.detail || String(answer.status), isGone: answer.status === 404 };
    } catch {
      return { problem: texts.refused_offline };
    }
  };

  // "parameters.room" stands in "parameters", "hours.0.to" in the first of "hours"; what has a name that ends with [] is
  // gathered in a list.
  const put = (body, name, value) => {
    const keys = name.replace("[]", "").split(".");
    const last = keys.pop();
    const into = keys.reduce((inner, key, at) => (inner[key] ??= /^\d+$/.test(keys[at + 1]) ? [] : {}), body);
    if (name.endsWith("[]")) (into[last] ??= []).push(value);
    else into[last] = value;
  };

  // Undefined where a field says nothing: then what holds without it holds.
  const valueOf = (field, form) => {
    const isList = field.name.endsWith("[]");
    if (field.dataset.as === "yes_no") return field.checked;
    if (field.type === "checkbox") return isList && field.checked ? field.value : undefined;
    const mayBeLeftOut = isList || field.name.includes(".") || ["number", "date", "time"].includes(field.type);
    if (field.value === "" && mayBeLeftOut) return undefined;
    return field.type === "number" || field.dataset.times ? Number(field.value) * Number(field.dataset.times || 1) : field.value;
  };

  const bodyOf = (form) => {
    const body = JSON.parse(form.dataset.fixed || "{}");
    const all = (name) => [...form.querySelectorAll(`input[name="${name}"]:checked`)].map((box) => box.value);
    for (const field of form.elements) {
      if (!field.name || field.matches(":disabled") || field.type === "radio") continue;
      const value = valueOf(field, form);
      if (value !== undefined) put(body, field.name, value);
    }
    if (form.querySelector('[name="scopes"]')) body.scopes = all("scopes");
    if (form.querySelector('[name="roles"]')) {
      const boxes = [...form.querySelectorAll('input[name="roles"]:checked')];
      body.grants = boxes.map((box) => ({ role: box.value, resident: box.dataset.resident }));
    }
    for (const [name, value] of Object.entries(body)) if (Array.isArray(value)) body[name] = value.filter((each) => each); // no holes
    return body;
  };

  const isSure = (form, button) => {
    if (!("sure" in form.dataset) || button.dataset.asked) return true;
    const before = button.textContent;
    button.dataset.asked = "yes";
    button.textContent = form.dataset.really;
    setTimeout(() => { delete button.dataset.asked; button.textContent = before; }, SURE_MS);
    return false;
  };

  const show = (form, told) => {
    const outcome = form.querySelector(".outcome");
    outcome.replaceChildren();
    if (told.qr_svg) {
      const picture = new Image(240, 240);
      picture.alt = told.url;
      picture.src = `data:image/svg+xml,${encodeURIComponent(told.qr_svg)}`;
      outcome.append(picture);
    }
    const text = document.createElement("code");
    text.textContent = told.token || told.url;
    outcome.append(text);
  };

  const done = (form) => {
    form.querySelector(".outcome").textContent = form.dataset.done || "";
    if ("empties" in form.dataset) form.querySelector("textarea").value = "";
    if ("resets" in form.dataset) form.reset();
  };

  // What was being changed is no longer there: the same button adds it, with all that was typed.
  const addAnew = (form, button) => {
    button.textContent = form.dataset.againWords;
    Object.assign(form.dataset, { method: "POST", path: form.dataset.again, fixed: form.dataset.againFixed });
    delete form.dataset.match;
    form.querySelectorAll('[name="drop[]"]').forEach((box) => { box.checked = false; box.closest("fieldset").disabled = true; });
  };

  // Of the ways to say when, the fields of the chosen one count.
  const showWay = (form) => {
    const way = form.querySelector("[data-way]:checked")?.dataset.way;
    if (way) form.querySelectorAll("[data-of-way]").forEach((each) => { each.disabled = each.dataset.ofWay !== way; });
  };
  document.addEventListener("living", (event) => event.target.querySelectorAll("form").forEach(showWay));
  document.addEventListener("reset", (event) => setTimeout(() => showWay(event.target)));

  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-path]");
    if (!form) return;
    event.preventDefault();
    const button = form.querySelector("button");
    if (!isSure(form, button)) return;
    const home = document.activeElement === button ? form.closest("[data-living]") : null;
    button.disabled = true; // which takes the focus away
    const { told, problem, isGone } = await ask(form.dataset.method, form.dataset.path, bodyOf(form), form.dataset.match);
    button.disabled = false;
    if (home && document.activeElement === document.body) (button.isConnected ? button : home).focus({ preventScroll: true });
    form.querySelector(".problem").textContent = problem || "";
    if (isGone && form.dataset.again) addAnew(form, button);
    if (problem) return;
    if ("stay" in form.dataset) done(form);
    else if (form.dataset.path === "/api/v1/sign-out") { sessionStorage.clear(); location.assign("/"); }
    else if (told.token || told.qr_svg) show(form, told);
    else location.reload();
  });

  document.addEventListener("change", (event) => {
    const { way, shows } = event.target.dataset ?? {};
    const form = event.target.closest("form");
    if (way) showWay(form);
    if (shows) form.querySelectorAll("[data-shown-for]").forEach((each) => { each.hidden = each.dataset.shownFor !== event.target.value; });
  });

  document.addEventListener("click", (event) => {
    const sentence = event.target.closest("[data-fill]");
    if (!sentence) return;
    const text = sentence.closest("form").querySelector("textarea");
    text.value = sentence.dataset.fill;
    text.focus();
  });

  document.addEventListener("change", async (event) => {
    const path = event.target.dataset?.switch;
    if (!path) return;
    const { problem } = await ask("PUT", path, { given: event.target.checked });
    if (problem) event.target.checked = !event.target.checked;
    const line = event.target.closest("details").querySelector(".problem");
    line.textContent = problem || "";
  });
})();

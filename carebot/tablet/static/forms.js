// Forms that name an operation of the API. What the API says is shown; what it took loads the page anew.
(() => {
  const SURE_MS = 6000;
  const texts = window.carebotTexts;

  const ask = async (method, path, body) => {
    if (document.body.classList.contains("is-lost")) return { problem: texts.refused_offline }; // never kept for later
    try {
      const answer = await fetch(path, {
        method, headers: { "Content-Type": "application/json" }, signal: AbortSignal.timeout(10000),
        body: method === "DELETE" ? undefined : JSON.stringify(body),
      });
      const told = await answer.json().catch(() => ({}));
      return answer.ok ? { told } : { problem: told.detail || String(answer.status) };
    } catch {
      return { problem: texts.refused_offline };
    }
  };

  const bodyOf = (form) => {
    const body = JSON.parse(form.dataset.fixed || "{}");
    const all = (name) => [...form.querySelectorAll(`input[name="${name}"]:checked`)].map((box) => box.value);
    for (const field of form.elements) {
      if (!field.name || field.type === "checkbox" || field.name === "resident") continue;
      body[field.name] = field.type === "number" ? Number(field.value) : field.value;
    }
    if (form.querySelector('[name="scopes"]')) body.scopes = all("scopes");
    if (form.querySelector('[name="roles"]')) {
      body.grants = all("roles").map((role) => ({ role, resident: form.elements.namedItem("resident").value }));
    }
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
    const output = form.querySelector("output");
    output.replaceChildren();
    if (told.qr_svg) {
      const picture = new Image(240, 240);
      picture.alt = told.url;
      picture.src = `data:image/svg+xml,${encodeURIComponent(told.qr_svg)}`;
      output.append(picture);
    }
    const text = document.createElement("code");
    text.textContent = told.token || told.url;
    output.append(text);
  };

  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-path]");
    if (!form) return;
    event.preventDefault();
    const button = form.querySelector("button");
    if (!isSure(form, button)) return;
    button.disabled = true;
    const { told, problem } = await ask(form.dataset.method, form.dataset.path, bodyOf(form));
    button.disabled = false;
    form.querySelector(".problem").textContent = problem || "";
    if (problem) return;
    if (form.dataset.path === "/api/v1/sign-out") location.assign("/");
    else if (told.token || told.qr_svg) show(form, told);
    else location.reload();
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

// The forms before anybody is in: sends what was typed, says what is wrong, and opens the page when it is right.
(() => {
  const texts = JSON.parse(document.body.dataset.texts);
  const form = document.querySelector("form");
  const problem = document.getElementById("problem");
  const button = form.querySelector("button");
  const field = (name) => form.elements.namedItem(name);
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  const say = (text) => { problem.textContent = text; };

  if (form.id !== "set_up") {
    try { field("name").value = localStorage.getItem("carebot-name") || ""; } catch { /* nothing remembered */ }
  }
  if (code && field("pin")) { // from a QR code; the fragment never reaches a server's log
    history.replaceState(null, "", location.pathname);
    field("pin").hidden = true;
    form.querySelector('label[for="pin"]').hidden = true;
    field("name").focus();
  }
  if (location.search.includes("ended")) document.getElementById("ended").hidden = false;

  const waitFor = (seconds) => {
    button.disabled = true;
    const left = document.createElement("span");
    left.setAttribute("aria-live", "off"); // the sentence is read out once, not every second
    left.textContent = seconds;
    const [before, after] = texts.pair_wait.split("{seconds}");
    problem.replaceChildren(before, left, after);
    const tick = () => {
      if (seconds <= 0) { button.disabled = false; say(""); return; }
      left.textContent = seconds;
      seconds -= 1;
      setTimeout(tick, 1000);
    };
    tick();
  };

  const body = () => {
    const values = { name: field("name").value };
    if (field("pin")) values.pin = code || field("pin").value || "-";
    if (field("password")) values.password = field("password").value || "-";
    if (field("caregiver")) values.caregiver = field("caregiver").checked;
    return values;
  };

  const wrong = () => ({ pair: texts.pair_wrong, sign_in: texts.sign_in_wrong })[form.id] || texts.pair_failed;

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!field("name").value.trim()) { say(texts.pair_name_missing); field("name").focus(); return; }
    if (field("again") && field("again").value !== field("password").value) { say(texts.password_differs); return; }
    button.disabled = true;
    try {
      const answer = await fetch(form.dataset.action, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body()),
      });
      if (answer.ok) {
        try { localStorage.setItem("carebot-name", field("name").value.trim()); } catch { /* nothing is kept */ }
        location.replace("/");
        return;
      }
      button.disabled = false;
      if (answer.status === 429) { waitFor(Number(answer.headers.get("Retry-After")) || 5); return; }
      if (answer.status === 409 && form.id === "set_up") { say(texts.password_weak); return; }
      say(answer.status === 401 ? wrong() : texts.pair_failed);
      (field("pin") || field("password")).select();
    } catch {
      button.disabled = false;
      say(texts.pair_failed);
    }
  });

  document.querySelectorAll("[data-language]").forEach((choice) => choice.addEventListener("click", () => {
    document.cookie = `carebot_language=${choice.dataset.language}; path=/; max-age=31536000; samesite=strict`;
    location.reload();
  }));
})();

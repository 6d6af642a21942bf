// The pairing form: sends the PIN and the name, says what is wrong, and opens the page when it is right.
(() => {
  const texts = JSON.parse(document.body.dataset.texts);
  const form = document.getElementById("pair");
  const problem = document.getElementById("problem");
  const button = form.querySelector("button");
  const name = form.elements.namedItem("name");
  const pin = form.elements.namedItem("pin");
  try { name.value = localStorage.getItem("carebot-name") || ""; } catch { /* nothing remembered */ }

  const say = (text) => { problem.textContent = text; };

  const waitFor = (seconds) => {
    button.disabled = true;
    const tick = () => {
      if (seconds <= 0) { button.disabled = false; say(""); pin.select(); return; }
      say(texts.pair_wait.replace("{seconds}", seconds));
      seconds -= 1;
      setTimeout(tick, 1000);
    };
    tick();
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!name.value.trim()) { say(texts.pair_name_missing); name.focus(); return; }
    button.disabled = true;
    try {
      const answer = await fetch("/api/v1/pair", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ pin: pin.value || "-", name: name.value }),
      });
      if (answer.ok) {
        try { localStorage.setItem("carebot-name", name.value.trim()); } catch { /* private browsing keeps nothing */ }
        location.replace("/");
        return;
      }
      button.disabled = false;
      if (answer.status === 429) { waitFor(Number(answer.headers.get("Retry-After")) || 5); return; }
      say(answer.status === 401 ? texts.pair_wrong : texts.pair_failed);
      pin.select();
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

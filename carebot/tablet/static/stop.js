// The emergency stop. It needs nothing of the page: its own request, and its own words for what became of it.
(() => {
  const ANSWER_WITHIN_MS = 4000;
  const texts = window.carebotTexts ?? JSON.parse(document.body.dataset.texts);
  const button = document.getElementById("emergency-stop");
  const state = document.getElementById("stop-state");
  const words = state.querySelector("p");
  const release = document.getElementById("release");
  const dialog = document.getElementById("release-dialog");
  const problem = document.getElementById("release-problem");
  let pressed = 0; // how often; an answer to an older press says nothing any more
  let mood = "free"; // free, calling, stopped, failed, unknown
  let toldByRobot = "";

  const show = (next, text) => {
    mood = next;
    document.documentElement.dataset.stop = next;
    state.hidden = next === "free";
    if (words.textContent !== text) words.textContent = text;
    if (release) release.hidden = next !== "stopped";
  };

  const ask = async (path, body) => {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      priority: "high",
      cache: "no-store",
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    const told = await answer.json().catch(() => ({}));
    return { done: answer.ok, words: told.detail || told.message || "" };
  };

  const stop = async () => {
    const mine = ++pressed;
    show("calling", texts.stop_calling);
    navigator.vibrate?.(80);
    try {
      const told = await ask("/api/v1/emergency_stop", {});
      if (mine !== pressed) return;
      toldByRobot = "";
      if (told.done) show("stopped", texts.stop_done); else show("failed", texts.stop_unreached);
    } catch {
      if (mine === pressed) show("failed", texts.stop_unreached);
    }
  };

  const letGo = async () => {
    problem.textContent = "";
    try {
      const told = await ask("/api/v1/emergency_stop/reset", { reason: document.getElementById("release-reason").value });
      if (!told.done) { problem.textContent = told.words; return; }
      dialog.close();
      toldByRobot = "";
      show("free", "");
    } catch { problem.textContent = texts.release_silent; }
  };

  // What the robot itself says, as often as the page hears of it; another one may have pressed, or let go. Nothing is
  // heard while the server is lost: what was told before may no longer be so, the answer to a press since then is.
  let wasLost = false;
  const listen = () => {
    const page = document.querySelector(".page");
    const isLost = document.body.classList.contains("is-lost");
    if (isLost && !wasLost && mood === "stopped") show("unknown", texts.stop_unknown);
    if (isLost) toldByRobot = "";
    wasLost = isLost;
    if (isLost) return;
    const told = page?.dataset.stop ?? "";
    if (mood === "calling" || told === toldByRobot) return;
    toldByRobot = told;
    if (told === "latched") show("stopped", page.dataset.stopWords || texts.stop_done);
    else if (told === "unknown" && mood !== "failed") show("unknown", page.dataset.stopWords);
    else if (told === "free" && (mood === "stopped" || mood === "unknown")) show("free", "");
  };

  // A finger that slips off has pressed too. The click that follows it counts for the keyboard alone.
  button.addEventListener("pointerdown", (event) => { if (event.button === 0) stop(); });
  button.addEventListener("click", (event) => { if (event.detail === 0) stop(); });
  release?.addEventListener("click", () => { problem.textContent = ""; dialog.show(); }); // not modal: STOP stays in reach
  document.getElementById("release-yes").addEventListener("click", letGo);
  dialog.addEventListener("submit", (event) => { if (event.submitter?.id === "release-yes") event.preventDefault(); });
  setInterval(listen, 200);
})();

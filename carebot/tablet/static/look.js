// Looking through the camera: one picture after the other is drawn and forgotten; leaving the page ends the look.
(() => {
  const PICTURE_MS = 200;
  let look = null; // its id
  let panel = null;
  const find = (name) => panel.querySelector(`[data-look="${name}"]`);
  const say = (text) => { const state = panel.querySelector(".look-state"); if (state.textContent !== text) state.textContent = text; };
  const words = () => JSON.parse(panel.dataset.words);
  const canvas = () => panel.querySelector("canvas");
  const path = () => `/api/v1/looks/${look}`;

  const close = (text) => {
    look = null;
    canvas().width = canvas().height = 1; // nothing of the last picture stays
    canvas().hidden = find("end").hidden = true;
    find("begin").hidden = false;
    say(text);
  };

  const draw = async (answer) => {
    const bitmap = await createImageBitmap(await answer.blob());
    if (look === null) { bitmap.close(); return; }
    canvas().width = bitmap.width;
    canvas().height = bitmap.height;
    canvas().getContext("2d").drawImage(bitmap, 0, 0);
    bitmap.close();
    canvas().hidden = false;
  };

  const run = async (mine) => {
    while (look === mine) {
      try {
        const answer = await fetch(`${path()}/picture`, { cache: "no-store", signal: AbortSignal.timeout(2500) });
        if (look !== mine) return;
        if (!answer.ok) { close(words().look_over); return; }
        const left = Math.ceil(Number(answer.headers.get("x-seconds-left")));
        if (answer.status === 204) say(words().look_waits);
        else { await draw(answer); say(words().look_left.replace("{seconds}", left)); }
      } catch { if (look === mine) close(words().refused_offline); return; }
      await new Promise((done) => setTimeout(done, PICTURE_MS));
    }
  };

  const begin = async () => {
    const reason = find("reason").value.trim();
    try {
      const answer = await fetch("/api/v1/looks", {
        method: "POST", headers: { "Content-Type": "application/json" }, signal: AbortSignal.timeout(5000),
        body: JSON.stringify({ reason }),
      });
      const told = await answer.json().catch(() => ({}));
      if (!answer.ok) { say(told.detail || String(answer.status)); return; }
      look = told.id;
      find("begin").hidden = true;
      find("end").hidden = false;
      say(words().look_waits);
      run(look);
    } catch { say(words().refused_offline); }
  };

  const end = () => {
    if (look === null) return;
    fetch(path(), { method: "DELETE", keepalive: true }).catch(() => {}); // the robot ends it by itself, too
    close(words().look_over);
  };

  document.addEventListener("click", (event) => {
    const pressed = event.target.closest?.("button[data-look]");
    if (!pressed) return;
    panel = pressed.closest(".look");
    if (pressed.dataset.look === "begin") begin(); else end();
  });
  addEventListener("pagehide", end);
  document.addEventListener("visibilitychange", () => { if (document.hidden) end(); });
})();

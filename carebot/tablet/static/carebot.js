// What the browser watches by itself: whether the server still speaks, whether the robot does, the alarm, and the time.
(() => {
  const LOST_AFTER_MS = 2200; // no beat: the server hangs, or the network swallows
  const CUT_AFTER_MS = 1000; // the connection is known to be closed
  const texts = window.carebotTexts;
  const locale = document.documentElement.lang || "en";
  let lastBeat = performance.now();
  let beatValue = null;
  let clockOffsetS = 0; // this device's clock may be wrong; times and ages are told by the robot's
  const offsetsS = []; // of the last beats; one that came late, as after a reconnect, says too little
  window.carebotNow = () => Date.now() / 1000 + clockOffsetS;
  let lostSince = null;
  let cutSince = null;

  const root = () => document.querySelector(".page");
  const remember = (key, value) => { document.cookie = `${key}=${value}; path=/; max-age=31536000; samesite=strict`; };

  // The overlay and the sound bar belong to the browser: they work when the server is gone.
  const overlay = document.createElement("div");
  overlay.className = "server-lost";
  overlay.setAttribute("role", "alertdialog");
  overlay.setAttribute("aria-label", texts.server_lost);
  overlay.setAttribute("aria-describedby", "server-lost-explain");
  overlay.tabIndex = -1;
  overlay.hidden = true;
  overlay.innerHTML = '<div><span class="sign" aria-hidden="true">⚠</span><strong></strong><p id="server-lost-explain"></p><p class="not-done" aria-live="assertive"></p><span class="spinner"></span></div>';
  overlay.querySelector("strong").textContent = texts.server_lost;
  overlay.querySelector("p").textContent = texts.server_lost_explain;

  const soundBar = document.createElement("button");
  soundBar.type = "button";
  soundBar.className = "sound-bar";
  soundBar.textContent = "♪ " + texts.sound_tap;
  document.body.append(soundBar);
  document.querySelector(".stop-state").before(overlay); // the next one after it is the dock, with STOP

  // While the server is lost, keyboard and screen reader are at the overlay and in the dock; then where they were before.
  let before = null;
  window.carebotFocused = () => (overlay.hidden ? document.activeElement : before);
  const behind = () => [...document.body.children].filter((each) => !each.matches(".server-lost, .stop-state, .dock, #release-dialog"));
  const coverAll = (isLost) => {
    if (isLost !== overlay.hidden) return;
    if (isLost) {
      before = document.activeElement;
      const isAtStop = before?.closest("#emergency-stop, #release-dialog"); // a hand at STOP stays there, and hears of it
      overlay.firstElementChild.role = isAtStop ? "alert" : null;
      overlay.hidden = false;
      if (!isAtStop) overlay.focus();
    }
    behind().forEach((each) => each.toggleAttribute("inert", isLost));
    if (isLost) return;
    overlay.querySelector(".not-done").textContent = "";
    if (document.activeElement === overlay) before?.focus({ preventScroll: true });
    if (document.activeElement === overlay) document.querySelector(isCovered ? ".alarm-screen" : ".page > .content")?.focus();
    overlay.hidden = true;
  };

  const watchBeat = () => {
    const value = root()?.dataset.beat ?? null;
    if (value !== null && value !== beatValue) {
      beatValue = value;
      lastBeat = performance.now();
      offsetsS.push(Number(value) - Date.now() / 1000);
      if (offsetsS.length > 10) offsetsS.shift();
      clockOffsetS = Math.max(...offsetsS);
    }
    cutSince = window.socket?.connected === false ? (cutSince ?? performance.now()) : null;
    const isCut = cutSince !== null && performance.now() - cutSince > CUT_AFTER_MS;
    const isLost = isCut || performance.now() - lastBeat > LOST_AFTER_MS;
    coverAll(isLost);
    document.body.classList.toggle("is-lost", isLost);
    lostSince = isLost ? (lostSince ?? performance.now()) : null;
    return isLost;
  };

  // NiceGUI keeps touches while the connection is away, and sends them when it is back: nothing may act so late.
  const refuseWhileCut = () => {
    const socket = window.socket;
    if (!socket || socket.refusesWhileCut) return;
    const emit = socket.emit.bind(socket);
    socket.refusesWhileCut = true;
    socket.emit = (what, ...rest) => {
      if (what !== "event" || (socket.connected && lostSince === null)) return emit(what, ...rest);
      cutSince = -Infinity; // said at once, not after a second
      overlay.querySelector(".not-done").textContent = texts.refused_offline;
      return socket;
    };
  };

  // Socket.IO reconnects by itself; this is the way out if it ever does not while the server is there again.
  const comeBack = async () => {
    if (lostSince === null || performance.now() - lostSince < 6000) return;
    try {
      const answer = await fetch("/health", { cache: "no-store", signal: AbortSignal.timeout(2000) });
      if (answer.ok && lostSince !== null) location.reload();
    } catch { /* still gone; the next round tries again */ }
  };

  const alarm = (isLost) => {
    const page = root();
    const raised = page?.dataset.alarm ?? "none";
    const mood = raised === "urgent" ? "urgent" : isLost || (page?.dataset.link ?? "live") !== "live" ? "lost" : raised;
    document.documentElement.dataset.alarm = raised;
    window.carebotAlarm.play(mood);
    const isOn = window.carebotAlarm.isOn();
    soundBar.hidden = isOn;
    const title = document.querySelector(".alarm-screen h3")?.textContent;
    const word = { urgent: title || texts.state_confirmed, soft: texts.state_suspected }[raised];
    document.title = isLost ? `⚠ ${texts.server_lost}` : word ? `● ${word}` : `${document.querySelector(".bar h1")?.textContent ?? ""} · carebot`;
  };

  // News sounds once on each tablet: pages come and go, so the browser keeps for which it has sounded.
  let sounded = [];
  const soundNews = () => {
    const fresh = (root()?.dataset.news ?? "").split(" ").filter(Boolean);
    if (!fresh.length) return;
    try { sounded = JSON.parse(localStorage.getItem("carebot-news")) ?? sounded; } catch { /* private browsing keeps nothing */ }
    if (fresh.every((each) => sounded.includes(each)) || !window.carebotAlarm.once("news")) return;
    sounded = [...new Set([...sounded, ...fresh])].slice(-50);
    try { localStorage.setItem("carebot-news", JSON.stringify(sounded)); } catch { /* the page itself knows */ }
  };

  // While an alert fills the screen, keyboard and screen reader are in it (and in the dock), not behind it.
  let isCovered = false;
  const coverPage = () => {
    const screen = document.querySelector(".alarm-screen");
    const isUp = Boolean(screen?.checkVisibility());
    if (isUp === isCovered) return;
    isCovered = isUp;
    const content = document.querySelector(".page > .content");
    content?.toggleAttribute("inert", isUp);
    const now = isUp ? screen : content;
    if (!now?.contains(document.activeElement)) now?.focus(); // somebody may be typing there already
  };

  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const ago = (seconds) => {
    if (seconds < 60) return relative.format(-Math.floor(seconds), "second");
    if (seconds < 3600) return relative.format(-Math.floor(seconds / 60), "minute");
    if (seconds < 86400) return relative.format(-Math.floor(seconds / 3600), "hour");
    return relative.format(-Math.floor(seconds / 86400), "day");
  };
  const hours = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }; // as the schedule has them
  const clock = new Intl.DateTimeFormat(locale, hours);
  const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", ...hours });
  // A time that ticks in a part that is read out when it changes would be read out all the time.
  const tell = (element, text) => {
    if (element.textContent === text) return;
    element.setAttribute("aria-live", "off");
    element.textContent = text;
  };
  const tellDue = () => document.querySelectorAll("time[data-due]").forEach((element) => {
    const at = Number(element.dataset.due);
    const left = Math.max(0, at - window.carebotNow());
    const soon = left < 60 ? relative.format(Math.ceil(left), "second") : relative.format(Math.ceil(left / 60), "minute");
    tell(element, `${soon} · ${clock.format(new Date(at * 1000))}`);
  });
  const tellTimes = () => document.querySelectorAll("time[data-at]").forEach((element) => {
    const at = Number(element.dataset.at);
    const seconds = Math.max(0, window.carebotNow() - at);
    const moment = new Date(at * 1000);
    tell(element, `${ago(seconds)} · ${(seconds < 43200 ? clock : day).format(moment)}`);
  });

  const rename = () => {
    const dialog = document.querySelector("dialog.rename");
    dialog.returnValue = "";
    dialog.show(); // not modal: STOP stays in reach
    dialog.onclose = async () => {
      const name = dialog.querySelector("input").value.trim();
      if (dialog.returnValue !== "save" || !name) return;
      await fetch("/api/v1/session", {
        method: "PUT", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ name }),
      });
      try { localStorage.setItem("carebot-name", name); } catch { /* private browsing keeps nothing */ }
      location.reload();
    };
  };

  document.addEventListener("click", (event) => {
    const action = event.target.closest("[data-action]")?.dataset.action;
    if (action === "theme") window.carebotToggleTheme();
    if (action === "rename") rename();
    if (action === "settings") location.assign("/settings");
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.querySelector("dialog[open]")?.close();
  });
  document.addEventListener("change", (event) => {
    if (event.target.dataset?.action !== "language") return;
    remember("carebot_language", event.target.value);
    location.reload();
  });

  const stayAwake = () => {
    if (document.visibilityState === "visible") navigator.wakeLock?.request("screen").catch(() => {});
  };
  document.addEventListener("visibilitychange", stayAwake);
  stayAwake();

  navigator.serviceWorker?.register("/service-worker.js").catch(() => {}); // only where the address is trusted

  // A touched notification leads to what it is about; an alert that nobody answered fills the screen anyway.
  const toWanted = () => {
    const [, kind, wanted] = /^#(alert|news)-(\w+)$/.exec(location.hash) ?? [];
    const card = kind && document.querySelector(`[data-${kind}="${wanted}"]`);
    if (!card) return;
    history.replaceState(null, "", location.pathname);
    card.scrollIntoView({ block: "start" });
  };

  document.addEventListener("living", coverPage); // a card that left the screen is answered at once, not at the next look
  setInterval(toWanted, 500);
  setInterval(() => { refuseWhileCut(); alarm(watchBeat()); coverPage(); tellTimes(); tellDue(); soundNews(); }, 200);
  setInterval(comeBack, 2000);
})();

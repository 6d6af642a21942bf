// Driving by hand, as docs/driving-by-hand.md has it: hold to drive; a lifted finger, a lost page or a lost link is a stop.
(() => {
  const SEND_MS = 50;
  const CLOCK_MS = 1000;
  const SILENT_MS = 700; // the state comes ten times a second
  const PATIENCE_MS = 5000; // to connect
  const AGAIN_MS = 1000;
  const TURN_RAD_S = 1.0;
  const SPEED_M_S = 0.5; // a full stick; the judge takes off what is too much
  const DEAD = 0.12;
  const find = (name) => document.querySelector(`[data-drive="${name}"]`);
  const nowS = () => performance.now() / 1000;
  let words = {};
  let socket = null;
  let stick = { x: 0, y: 0 };
  let heardMs = 0;
  let held = false;
  let wasHeld = false;
  let yours = false;
  let isCut = true;
  let mustLift = false;
  const keys = new Set();

  const say = (text, mood) => {
    const state = find("state");
    if (!state) return;
    if (state.textContent !== text) state.textContent = text;
    state.dataset.mood = mood;
  };
  const send = (message) => { if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message)); };

  const letGo = () => { held = false; stick = { x: 0, y: 0 }; keys.clear(); draw(); };
  const draw = () => {
    const pad = find("stick");
    const knob = pad?.querySelector(".knob");
    if (!knob) return;
    const reach = (pad.clientWidth - knob.offsetWidth) / 2;
    knob.style.transform = `translate(${stick.x * reach}px, ${-stick.y * reach}px)`;
    pad.dataset.held = String(held);
  };

  // --- the socket ----------------------------------------------------------------------------------------------------
  const connect = () => {
    if (!find("stick")) { setTimeout(connect, 200); return; }
    words = JSON.parse(document.querySelector(".driving").dataset.words);
    const mine = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/v1/teleop`);
    socket = mine;
    heardMs = performance.now();
    mine.onopen = () => { for (let i = 0; i < 3; i += 1) askTime(); };
    mine.onmessage = (event) => { if (mine === socket) hear(JSON.parse(event.data)); };
    mine.onclose = (event) => { if (mine === socket) lose(event.code === 1008 ? event.reason : ""); };
  };
  // A closed link, or one that is silent: nothing starts to move because a network came back.
  const lose = (why) => {
    if (socket === null) return;
    const old = socket;
    socket = null;
    old.close();
    mustLift = mustLift || held;
    letGo();
    isCut = true;
    yours = false;
    say(why || words.drive_cut, "bad");
    setTimeout(connect, AGAIN_MS);
  };
  const askTime = () => send({ type: "clock", sent_s: nowS() });

  const hear = (message) => {
    heardMs = performance.now();
    isCut = false;
    if (message.type === "clock") send({ type: "returned", sent_s: message.sent_s, returned_s: nowS() });
    if (message.type === "seat") yours = message.yours;
    if (message.type === "refused") say(message.words, "bad");
    if (message.type === "state") tell(message);
  };

  const tell = (state) => {
    yours = state.yours;
    const limit = find("limit");
    const number = new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
    const real = Math.hypot(state.vx_m_s, state.vy_m_s);
    limit.textContent = words.drive_limit.replace("{speed}", number.format(state.allowed_speed_m_s)).replace("{real}", number.format(real));
    const bar = find("speed");
    bar.querySelector(".allowed").style.width = `${Math.min(100, 100 * state.allowed_speed_m_s)}%`;
    bar.querySelector(".real").style.width = `${Math.min(100, 100 * real)}%`;
    const reasons = state.reasons.map((reason) => reason.words).join("\n");
    const list = find("reasons");
    if (list.dataset.told !== reasons) {
      list.dataset.told = reasons;
      list.replaceChildren(...state.reasons.map((reason) => Object.assign(document.createElement("li"), { textContent: reason.words })));
    }
    if (!state.live) say(words.drive_silent, "bad");
    else if (state.driver && !state.yours) say(words.drive_other.replace("{name}", state.driver), "bad");
    else if (state.yours && held) say(words.drive_yours, "good");
    else say(mustLift ? words.drive_free : words.drive_hold, "calm");
  };

  setInterval(() => {
    if (socket !== null && performance.now() - heardMs > (isCut ? PATIENCE_MS : SILENT_MS)) lose("");
    if (held && !yours) send({ type: "take" });
    if (held && yours) {
      const turn = { vx_m_s: stick.y * SPEED_M_S, vy_m_s: 0, yaw_rad_s: -stick.x * TURN_RAD_S };
      send({ type: "twist", ...turn, held: true, stamp_s: nowS() });
    }
    if (wasHeld && !held) {
      send({ type: "twist", vx_m_s: 0, vy_m_s: 0, yaw_rad_s: 0, held: false, stamp_s: nowS() });
      send({ type: "release" });
    }
    wasHeld = held;
  }, SEND_MS);
  setInterval(askTime, CLOCK_MS);

  // --- the finger and the keys ----------------------------------------------------------------------------------------
  const shape = (value) => (Math.abs(value) < DEAD ? 0 : Math.sign(value) * ((Math.abs(value) - DEAD) / (1 - DEAD)));
  const follow = (event) => {
    const box = find("stick").getBoundingClientRect();
    let x = (event.clientX - box.left - box.width / 2) / (box.width / 2);
    let y = -(event.clientY - box.top - box.height / 2) / (box.height / 2);
    const length = Math.max(1, Math.hypot(x, y));
    x /= length; y /= length;
    stick = { x: shape(x), y: shape(y) };
    draw();
  };
  let finger = null;
  document.addEventListener("pointerdown", (event) => {
    const pad = event.target.closest?.('[data-drive="stick"]');
    if (!pad || finger !== null || isCut) { if (pad && isCut) say(words.drive_cut ?? "", "bad"); return; }
    finger = event.pointerId;
    pad.setPointerCapture(finger);
    mustLift = false;
    held = true;
    follow(event);
  });
  document.addEventListener("pointermove", (event) => { if (event.pointerId === finger && held) follow(event); });
  const lift = (event) => { if (event.pointerId === finger) { finger = null; mustLift = false; letGo(); } };
  ["pointerup", "pointercancel", "lostpointercapture"].forEach((name) => document.addEventListener(name, lift));

  const WAYS = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
  const byKeys = () => {
    held = keys.size > 0 && !isCut && !mustLift;
    const sum = [...keys].reduce(([x, y], key) => [x + WAYS[key][0], y + WAYS[key][1]], [0, 0]);
    stick = { x: sum[0] * 0.6, y: sum[1] * 0.6 };
    draw();
  };
  document.addEventListener("keydown", (event) => {
    if (!WAYS[event.key] || document.activeElement !== find("stick")) return;
    event.preventDefault();
    if (!event.repeat) { keys.add(event.key); byKeys(); }
  });
  document.addEventListener("keyup", (event) => { if (keys.delete(event.key)) { mustLift = mustLift && keys.size > 0; byKeys(); } });
  document.addEventListener("focusout", (event) => { if (event.target === find("stick") && finger === null) letGo(); });
  ["blur", "pagehide"].forEach((name) => addEventListener(name, letGo));
  document.addEventListener("visibilitychange", () => { if (document.hidden) letGo(); });
  connect();
})();

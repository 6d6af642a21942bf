// One's own voice through the robot: recorded while the button is held, sent when it is let go there, else discarded.
(() => {
  const RATE_HZ = 16000; // what the robot takes
  const MUFFLE_HZ = 7000; // higher tones would come back as wrong ones when samples are left out
  const MUFFLE_DB = [-5.33, 2.32]; // two filters that together are a Butterworth of fourth order
  const LOOK_MS = 100;
  const version = new URL(document.currentScript.src).search;
  let take = null; // what is being recorded
  let holding = null; // "key", or the pointer's id
  const panel = () => document.querySelector(".voice");
  const find = (name) => panel().querySelector(`[data-voice="${name}"]`);
  const facts = () => JSON.parse(panel().dataset.facts);
  const say = (key) => tell(facts().words[key]);
  const tell = (text) => { const state = panel().querySelector(".voice-state"); if (state.textContent !== text) state.textContent = text; };
  const isByTouch = () => find("touch").checked;

  const show = () => {
    find("hold").setAttribute("aria-pressed", String(take !== null));
    find("discard").disabled = take === null;
    panel().querySelector("meter").value = take?.level ?? 0;
    panel().querySelector(".voice-seconds").textContent = take?.rate ? `${Math.floor(secondsOf(take))} / ${facts().longest_s} s` : "";
  };
  const secondsOf = (of) => of.length / of.rate;
  const letGoOfMicrophone = (of) => {
    of.stream?.getTracks().forEach((track) => track.stop());
    if (of.context?.state !== "closed") of.context?.close();
  };

  // --- recording -----------------------------------------------------------------------------------------------------
  const hear = (mine, piece) => {
    if (mine !== take || mine.isFull) return;
    if (!mine.length) say("voice_speaking");
    mine.pieces.push(piece);
    mine.length += piece.length;
    mine.level = Math.min(1, 4 * Math.sqrt(piece.reduce((sum, each) => sum + each * each, 0) / piece.length));
    if (secondsOf(mine) < facts().longest_s) return;
    mine.isFull = true;
    mine.level = 0;
    letGoOfMicrophone(mine);
    say("voice_full");
  };

  const open = async (mine) => {
    mine.stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true } });
    if (mine !== take) return;
    mine.context = new AudioContext();
    await mine.context.audioWorklet.addModule(`/static/voice-worklet.js${version}`);
    if (mine !== take) return;
    mine.rate = mine.context.sampleRate;
    const filters = MUFFLE_DB.map((Q) => new BiquadFilterNode(mine.context, { type: "lowpass", frequency: MUFFLE_HZ, Q }));
    const ear = new AudioWorkletNode(mine.context, "carebot-voice", { channelCount: 1, channelCountMode: "explicit" });
    ear.port.onmessage = (event) => hear(mine, event.data);
    [mine.context.createMediaStreamSource(mine.stream), ...filters, ear, mine.context.destination].reduce((from, to) => from.connect(to));
    mine.stream.getTracks().forEach((track) => { track.onended = () => { if (mine === take) { end(false); say("voice_no_microphone"); } }; });
  };

  const begin = async () => {
    if (take !== null) return;
    if (document.body.classList.contains("is-lost")) { say("refused_offline"); return; }
    if (!navigator.mediaDevices?.getUserMedia || !window.AudioWorkletNode) { say("voice_not_secure"); return; }
    const mine = { pieces: [], length: 0, rate: 0, level: 0, isFull: false };
    take = mine;
    say("voice_opening");
    show();
    try {
      await open(mine);
      if (mine === take) return;
      letGoOfMicrophone(mine);
      if (take === null) say("voice_ready"); // somebody was asked for the permission, and their hand left the button for it
    } catch (error) {
      letGoOfMicrophone(mine);
      if (mine === take) take = null;
      if (take === null) say(["NotAllowedError", "SecurityError"].includes(error.name) ? "voice_not_allowed" : "voice_no_microphone");
      show();
    }
  };

  const end = (isMeant) => {
    const mine = take;
    holding = null;
    if (mine === null) return;
    take = null;
    letGoOfMicrophone(mine);
    show();
    if (!isMeant) say("voice_discarded");
    else if (!mine.rate || secondsOf(mine) < facts().shortest_s) say("voice_unfit_short");
    else send(mine);
  };

  // --- sending -------------------------------------------------------------------------------------------------------
  const joined = ({ pieces, length }) => {
    const all = new Float32Array(length);
    pieces.reduce((at, piece) => { all.set(piece, at); return at + piece.length; }, 0);
    return all;
  };
  const wavOf = (mine) => {
    const all = joined(mine);
    const step = mine.rate / RATE_HZ;
    const count = Math.floor((all.length - 1) / step);
    const view = new DataView(new ArrayBuffer(44 + 2 * count));
    const word = (at, text) => [...text].forEach((sign, i) => view.setUint8(at + i, sign.charCodeAt(0)));
    word(0, "RIFF"); view.setUint32(4, 36 + 2 * count, true); word(8, "WAVEfmt "); view.setUint32(16, 16, true);
    view.setUint16(20, 1, true); view.setUint16(22, 1, true); view.setUint32(24, RATE_HZ, true);
    view.setUint32(28, 2 * RATE_HZ, true); view.setUint16(32, 2, true); view.setUint16(34, 16, true);
    word(36, "data"); view.setUint32(40, 2 * count, true);
    for (let i = 0; i < count; i += 1) {
      const at = Math.floor(i * step);
      const value = all[at] + (all[at + 1] - all[at]) * (i * step - at);
      view.setInt16(44 + 2 * i, 32767 * Math.max(-1, Math.min(1, value)), true);
    }
    return view.buffer;
  };
  const send = async (mine) => {
    say("voice_sending");
    try {
      const answer = await fetch(`${facts().path}?urgent=${find("urgent").checked}`, {
        method: "POST", headers: { "Content-Type": "audio/wav" }, signal: AbortSignal.timeout(15000), body: wavOf(mine),
      });
      const told = await answer.json().catch(() => ({}));
      if (!answer.ok) { tell(told.detail || String(answer.status)); return; }
      find("urgent").checked = false;
      say("talk_sent");
    } catch { say("refused_offline"); }
  };

  // --- the hand and the keys -----------------------------------------------------------------------------------------
  const isOn = (button, { clientX: x, clientY: y }) => {
    const box = button.getBoundingClientRect();
    return x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
  };
  const isHold = (target) => target?.closest?.('[data-voice="hold"]');
  document.addEventListener("pointerdown", (event) => {
    if (!isHold(event.target) || event.button !== 0 || isByTouch() || take !== null) return;
    holding = event.pointerId;
    find("hold").setPointerCapture(holding);
    begin();
  });
  document.addEventListener("pointerup", (event) => { if (event.pointerId === holding) end(isOn(find("hold"), event)); });
  ["pointercancel", "lostpointercapture"].forEach((name) => document.addEventListener(name, (event) => { if (event.pointerId === holding) end(false); }));
  document.addEventListener("contextmenu", (event) => { if (isHold(event.target)) event.preventDefault(); });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") end(false);
    if (event.key !== " " || !isHold(event.target) || isByTouch()) return;
    event.preventDefault();
    if (event.repeat || take !== null) return;
    holding = "key";
    begin();
  });
  document.addEventListener("keyup", (event) => {
    if (event.key !== " " || !isHold(event.target) || isByTouch()) return;
    event.preventDefault(); // it is no click
    if (holding === "key") end(true);
  });
  document.addEventListener("focusout", (event) => { if (isHold(event.target) && holding === "key") end(false); });

  // Enter and what reads the screen aloud click without a hand on the button.
  document.addEventListener("click", (event) => {
    if (event.target.closest?.('[data-voice="discard"]')) end(false);
    if (!isHold(event.target) || !(isByTouch() || event.detail === 0)) return;
    if (take === null) begin(); else end(true);
  });

  // --- what ends it from outside -------------------------------------------------------------------------------------
  ["blur", "pagehide"].forEach((name) => addEventListener(name, () => end(false)));
  document.addEventListener("visibilitychange", () => { if (document.hidden) end(false); });
  setInterval(() => {
    if (take === null) return;
    if (document.body.classList.contains("is-lost") || find("hold").closest("[inert]")) end(false);
    show();
  }, LOOK_MS);
})();

// The alarm's voice, made in the browser: nothing to download, and it still sounds when the server is gone.
window.carebotAlarm = (() => {
  let context = null;
  let playing = "none";
  let next = 0;
  const calls = [];

  // Each call: tones as [start s, length s, Hz, loudness], and how often it is repeated.
  const patterns = {
    urgent: { every: 2.0, tones: [[0, 0.22, 880, 0.9], [0.28, 0.22, 660, 0.9], [0.56, 0.22, 880, 0.9], [0.84, 0.4, 660, 0.9]] },
    soft: { every: 8.0, tones: [[0, 0.25, 523, 0.4], [0.3, 0.5, 659, 0.4]] },
    news: { tones: [[0, 0.18, 784, 0.15], [0.2, 0.4, 1047, 0.15]] }, // once, and softer than any alarm
    lost: { every: 10.0, tones: [[0, 0.5, 330, 0.5], [0.6, 0.7, 247, 0.5]] },
  };

  const isOn = () => context !== null && context.state === "running";

  const unlock = () => {
    try {
      context = context || new (window.AudioContext || window.webkitAudioContext)();
      if (context.state !== "running") context.resume();
    } catch { context = null; }
  };

  const tone = ([start, length, hertz, loudness]) => {
    const begin = context.currentTime + start;
    const oscillator = context.createOscillator();
    const gain = context.createGain();
    oscillator.type = "triangle";
    oscillator.frequency.value = hertz;
    gain.gain.setValueAtTime(0, begin);
    gain.gain.linearRampToValueAtTime(loudness, begin + 0.02);
    gain.gain.setValueAtTime(loudness, begin + length - 0.05);
    gain.gain.linearRampToValueAtTime(0, begin + length);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(begin);
    oscillator.stop(begin + length);
  };

  const sound = (name) => {
    calls.push(name);
    if (calls.length > 50) calls.shift();
    patterns[name].tones.forEach(tone);
  };

  const tick = () => {
    const pattern = patterns[playing];
    if (!pattern || performance.now() < next) return;
    next = performance.now() + pattern.every * 1000;
    if (playing === "urgent" && navigator.vibrate && navigator.userActivation?.hasBeenActive) {
      navigator.vibrate([400, 150, 400]);
    }
    if (isOn()) sound(playing);
  };

  const play = (name) => {
    if (name !== playing) { playing = name; next = 0; }
    tick();
  };

  // Whether it sounded: not before the browser lets the page, and never into an urgent alarm.
  const once = (name) => {
    if (!isOn() || playing === "urgent") return false;
    sound(name);
    return true;
  };

  ["pointerdown", "keydown", "touchend"].forEach((gesture) => addEventListener(gesture, unlock, { capture: true }));
  unlock(); // some browsers allow it at once, on pages that were used before
  setInterval(tick, 100);
  return { play, once, isOn, playing: () => playing, calls };
})();

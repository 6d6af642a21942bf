// Notifications of this tablet: asks the browser for a push subscription, and gives it to the robot.
(function begin() {
  const panel = document.querySelector(".push");
  if (!panel) { setTimeout(begin, 100); return; } // the page is drawn by its own script
  const words = JSON.parse(panel.dataset.words);
  const state = panel.querySelector(".push-state");
  const button = (name) => panel.querySelector(`[data-push="${name}"]`);
  const say = (text) => { state.textContent = text; };

  const ask = async (method, path, body) => {
    const answer = await fetch(path, {
      method, headers: { "Content-Type": "application/json" }, signal: AbortSignal.timeout(15000),
      body: body && JSON.stringify(body),
    });
    const told = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(told.detail || String(answer.status));
    return told;
  };

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const label = () => navigator.userAgentData?.platform || navigator.platform || "";

  // A browser hands out a subscription only where the address is trusted, and one whose key is still the robot's.
  const subscription = async () => {
    const worker = await navigator.serviceWorker.ready;
    const kept = await worker.pushManager.getSubscription();
    if (kept) await kept.unsubscribe();
    return worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(panel.dataset.key) });
  };

  const switchOn = async () => {
    if (await Notification.requestPermission() !== "granted") { say(words.push_denied); return; }
    const { endpoint, keys } = (await subscription()).toJSON();
    await ask("POST", "/api/v1/push/subscriptions", { endpoint, p256dh: keys.p256dh, auth: keys.auth, label: label() });
    location.reload();
  };
  const switchOff = async () => {
    await ask("DELETE", `/api/v1/push/subscriptions/${panel.dataset.here}`);
    const worker = await navigator.serviceWorker.getRegistration();
    await (await worker?.pushManager.getSubscription())?.unsubscribe();
    location.reload();
  };
  const tryOut = async () => { await ask("POST", "/api/v1/push/trial"); say(words.push_sent); };

  const doing = { on: switchOn, off: switchOff, trial: tryOut };
  panel.addEventListener("click", async (event) => {
    const pressed = event.target.closest("[data-push]");
    if (!pressed) return;
    pressed.disabled = true;
    try { await doing[pressed.dataset.push](); }
    catch (error) { say(`${words.push_failed} ${error.message}`); }
    pressed.disabled = false;
  });

  const isAble = window.isSecureContext && "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  const isOn = panel.dataset.here !== "";
  button("on").hidden = !isAble || isOn;
  button("off").hidden = button("trial").hidden = !isOn;
  if (!isAble) say(words.push_none);
  else if (Notification.permission === "denied") say(words.push_denied);
  else say(isOn ? words.push_on : words.push_off);
})();

// Passkeys: adds one in the settings, signs in with one at the door. Keys never leave the device: only what it has signed.
(() => {
  const button = document.querySelector("[data-passkey]");
  const ready = () => isSecureContext && "PublicKeyCredential" in window && "credentials" in navigator;

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const named = (credential) => ({ ...credential, id: bytes(credential.id) });
  const readable = (options) => ({
    ...options,
    challenge: bytes(options.challenge),
    ...(options.user && { user: { ...options.user, id: bytes(options.user.id) } }),
    ...(options.excludeCredentials && { excludeCredentials: options.excludeCredentials.map(named) }),
    ...(options.allowCredentials && { allowCredentials: options.allowCredentials.map(named) }),
  });
  const written = (credential, fields) => ({
    id: credential.id, rawId: text(credential.rawId), type: credential.type,
    response: Object.fromEntries(fields.filter((each) => credential.response[each]).map((each) => [each, text(credential.response[each])])),
  });

  const post = async (path, body) => {
    const answer = await fetch(path, {
      method: "POST", headers: { "Content-Type": "application/json" }, signal: AbortSignal.timeout(10000), body: JSON.stringify(body ?? {}),
    });
    const told = await answer.json().catch(() => ({}));
    if (!answer.ok) throw Object.assign(new Error(told.detail || String(answer.status)), { isOurs: true });
    return told;
  };

  const add = async (form) => {
    const { publicKey } = await post("/api/v1/passkeys/options", { password: form.elements.namedItem("password").value });
    const made = await navigator.credentials.create({ publicKey: readable(publicKey) });
    const credential = written(made, ["clientDataJSON", "attestationObject"]);
    await post("/api/v1/passkeys/made", { label: form.elements.namedItem("label").value, credential });
    location.reload();
  };

  const signIn = async () => {
    const { publicKey } = await post("/api/v1/sign-in/passkey/options");
    const signed = await navigator.credentials.get({ publicKey: readable(publicKey) });
    const credential = written(signed, ["clientDataJSON", "authenticatorData", "signature", "userHandle"]);
    await post("/api/v1/sign-in/passkey", { credential });
    location.replace("/");
  };

  // A person who turns the device's question down is no fault worth a word of the browser's.
  const tried = async (act, pressed, say, failed) => {
    pressed.disabled = true;
    say("");
    try {
      await act();
    } catch (error) {
      say(error.isOurs ? error.message : failed);
    } finally {
      pressed.disabled = false;
    }
  };

  if (button) { // the door
    button.hidden = !ready();
    const line = document.getElementById("problem");
    button.addEventListener("click", () => tried(signIn, button, (words) => { line.textContent = words; }, button.dataset.failed));
  }
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-add-passkey]");
    if (!form) return;
    event.preventDefault();
    const line = form.querySelector(".problem");
    const say = (words) => { line.textContent = words; };
    if (!ready()) say(form.dataset.unable);
    else tried(() => add(form), form.querySelector("button"), say, form.dataset.failed);
  });
})();

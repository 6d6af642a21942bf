// The editor put together: what the server says of the drawing, the buttons above it, and the keyboard.
import { Canvas } from "./canvas.js";
import { Panel, el, say } from "./panel.js";
import { beyond } from "./shapes.js";
import { Store } from "./store.js";

const CHECK_AFTER_MS = 250;
const BEYOND_M = 0.5;
const texts = window.carebotTexts;
const here = location.pathname;
const find = (id) => document.getElementById(id);
const HINTS = { choose: "hint_choose", rooms: "hint_area", zones: "hint_area", places: "hint_point", docks: "hint_point", doors: "hint_door" };

const ready = () => new Promise((done) => {
  const look = () => (find("drawing") && find("lists") ? done() : setTimeout(look, 30)); // NiceGUI draws them
  look();
});

async function ask(path, body) {
  try {
    const answer = await fetch(`${here}/${path}`, body && {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal: AbortSignal.timeout(60_000),
    });
    const told = await answer.json();
    return answer.ok ? told : { problem: told.detail, isChanged: answer.status === 409 };
  } catch {
    return { problem: texts.unreached };
  }
}

function start() {
  const store = new Store();
  const canvas = new Canvas(find("drawing"), store);
  const panel = new Panel(find("lists"), find("chosen"), store);
  let map = null;
  let file = "";
  let verdict = null; // what the server said of this drawing; null while it is asked
  let told = "";
  let trouble = null; // why it was not saved, or cannot be checked
  let asked = 0;
  let timer = 0;

  const tell = (key, values = {}) => { [told, trouble] = [key ? say(key, values) : "", null]; };
  const short = (path) => path.split("/").at(-1);

  function drawTold() {
    const box = find("verdict");
    const { refusals = [], order } = verdict ?? {};
    const notices = store.entries.map((entry) => [entry, beyond(entry.value.polygon ?? [entry.value.at], map)]).filter(([, far_m]) => far_m > BEYOND_M);
    const item = (entry, words, language) => el("li", { lang: language }, entry
      ? el("button", { type: "button", class: "quiet sentence", onclick: () => { store.choose(entry.id); panel.focusChosen(); } }, words) : words);
    const ofRefusal = ({ keys }) => order?.[keys[0]]?.[keys[1]];
    const state = trouble?.problem ?? (!verdict ? texts.checking : refusals.length ? texts.wrong : texts.good);
    const mood = trouble || refusals.length ? "bad" : verdict ? "good" : "asking";
    box.dataset.mood = mood;
    box.replaceChildren(
      el("p", { role: "status" }, told ? `${told} ` : "", el("strong", {}, state)),
      el("ul", {}, ...refusals.map((each) => item(ofRefusal(each), each.sentence, "en")),
        ...notices.map(([entry, far_m]) => item(entry, say("beyond", { name: entry.value.name, far_m: far_m.toFixed(1) })))),
      trouble?.isChanged ? el("button", { type: "button", class: "button plain", id: "reread", onclick: () => load() }, texts.reread) : "",
    );
    canvas.faulty = panel.faulty = new Set(refusals.map(ofRefusal).filter(Boolean).map((entry) => entry.id));
  }

  function drawButtons() {
    find("undo").disabled = !store.mayUndo;
    find("redo").disabled = !store.mayRedo;
    find("save").disabled = !store.isDirty || !(trouble || verdict?.refusals.length === 0);
  }

  const drawAll = () => { drawTold(); drawButtons(); panel.draw(); canvas.draw(); };

  async function check() {
    const number = ++asked;
    const { body, order } = store.drawing();
    const answer = await ask("check", body);
    if (number !== asked) return; // it is about what was drawn before
    if (answer.problem) trouble = answer;
    else verdict = { ...answer, order };
    drawAll();
  }

  let checked = "";
  store.addEventListener("changed", () => {
    if (store.snapshot !== checked) {
      checked = store.snapshot;
      verdict = trouble = null;
      asked += 1;
      clearTimeout(timer);
      timer = setTimeout(check, CHECK_AFTER_MS);
    }
    drawTold();
    drawButtons();
  });

  async function save() {
    document.activeElement?.blur?.(); // what is being typed belongs to it
    if (!store.isDirty) return;
    clearTimeout(timer);
    asked += 1;
    const [{ body, order }, entries] = [store.drawing(), store.snapshot];
    find("save").disabled = true;
    const answer = await ask("save", body);
    tell("");
    if (answer.problem) trouble = { ...answer, problem: answer.isChanged ? say("changed", { file: short(file) }) : answer.problem };
    else if (entries === store.snapshot) verdict = { refusals: answer.refusals, order };
    if (answer.version) {
      tell("saved", { file: short(file) });
      store.saved(answer.version, order, entries);
    }
    drawAll();
    find("verdict").focus({ preventScroll: true });
  }

  async function load() {
    const answer = await ask("drawing");
    if (answer.problem) {
      trouble = answer;
      map ??= { x_m: 0, y_m: 0, width_m: 10, height_m: 10 };
      drawTold();
      return;
    }
    [map, file, checked] = [answer.map, answer.file, ""];
    find("title").textContent = document.title = say("title", { name: answer.name });
    panel.show(answer.residents);
    store.chosen = null;
    tell(store.load(answer));
    canvas.show(map, `${here}/map.png`);
    drawAll();
  }

  canvas.addEventListener("tool", () => {
    for (const button of document.querySelectorAll("[data-tool]")) button.setAttribute("aria-pressed", String(button.dataset.tool === canvas.tool));
    find("hint").textContent = texts[HINTS[canvas.tool]];
    find("hint-buttons").hidden = canvas.tool === "choose";
  });

  const typed = () => document.activeElement?.matches("input, select");
  const actions = {
    undo: () => { tell(""); store.undo(); }, redo: () => { tell(""); store.redo(); }, save,
    middle: () => { canvas.putInTheMiddle(); panel.focusChosen(); }, cancel: () => canvas.use("choose"),
    closer: () => canvas.zoom(1 / 1.4), farther: () => canvas.zoom(1.4), whole: () => canvas.whole(), theme: () => window.carebotToggleTheme(),
  };
  for (const [id, act] of Object.entries(actions)) find(id).addEventListener("click", act);
  for (const button of document.querySelectorAll("[data-tool]")) {
    button.addEventListener("click", () => canvas.use(button.dataset.tool === canvas.tool ? "choose" : button.dataset.tool));
  }
  document.addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase();
    const isCommand = event.ctrlKey || event.metaKey;
    if (isCommand && key === "s") { event.preventDefault(); save(); }
    else if (typed()) return; // there the browser undoes what is typed
    else if (isCommand && (key === "y" || (key === "z" && event.shiftKey))) { event.preventDefault(); actions.redo(); }
    else if (isCommand && key === "z") { event.preventDefault(); actions.undo(); }
    else if (key === "escape") canvas.use("choose");
    else if (key === "delete" && store.chosen) store.remove(store.chosen);
  });
  document.querySelector('[data-action="language"]').addEventListener("change", (event) => {
    document.cookie = `carebot_language=${event.target.value}; path=/; max-age=31536000; samesite=lax`;
    location.reload(); // what is drawn comes back
  });
  load();
}

ready().then(start);

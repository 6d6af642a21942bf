// The drawing: the map with all that lies on it, to be chosen, moved and drawn with a finger or a mouse.
import { GRID_M, distance, freeSpot, middle, nearestEdge, nearestRooms, rectangle, round, snapped, toDrawing } from "./shapes.js";
import { isArea } from "./store.js";

const SLACK_PX = 8; // a finger is not still
const SNAP_PX = 10;
const HANDLE_PX = 24; // the radius in which it is hit: targets are 48 px wide
const MARGIN_CM = 60;
const escape = (text) => String(text).replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]);
const words = (name) => escape(String(name).replaceAll("_", " "));
const path = (polygon) => polygon.map((point) => toDrawing(point).map((each) => each.toFixed(1)).join(",")).join(" ");

export class Canvas extends EventTarget {
  tool = "choose";
  faulty = new Set();
  #svg; #store; #map = null; #picture = ""; #view = null;
  #gesture = null; #pointers = new Map(); #corners = []; #at = null;

  constructor(svg, store) {
    super();
    [this.#svg, this.#store] = [svg, store];
    store.addEventListener("drawn", () => this.draw());
    new ResizeObserver(() => this.draw()).observe(svg);
    svg.addEventListener("pointerdown", (event) => this.#down(event));
    svg.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel"]) svg.addEventListener(end, (event) => this.#up(event));
    svg.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(Math.exp(event.deltaY / 500), this.#cm(event));
    }, { passive: false });
  }

  show(map, picture) {
    [this.#map, this.#picture] = [map, picture];
    this.whole();
  }

  use(tool) {
    [this.tool, this.#corners, this.#gesture, this.#at] = [tool, [], null, null];
    this.#svg.dataset.tool = tool;
    if (tool !== "choose") this.#store.choose(null);
    this.dispatchEvent(new Event("tool"));
    this.draw();
  }

  whole() {
    const points = this.#store.entries.flatMap((entry) => entry.value.polygon ?? [entry.value.at]).map(toDrawing);
    const { x_m, y_m, width_m, height_m } = this.#map;
    points.push(toDrawing([x_m, y_m]), toDrawing([x_m + width_m, y_m + height_m]));
    const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
    const [x, y] = [Math.min(...xs) - MARGIN_CM, Math.min(...ys) - MARGIN_CM];
    this.#view = { x, y, width: Math.max(...xs) - x + MARGIN_CM, height: Math.max(...ys) - y + MARGIN_CM };
    this.draw();
  }

  zoom(factor, about = null) {
    const { x, y, width, height } = this.#view;
    if (width * factor < 50 || width * factor > 50_000) return;
    const [cx, cy] = about ?? [x + width / 2, y + height / 2];
    this.#view = { x: cx - (cx - x) * factor, y: cy - (cy - y) * factor, width: width * factor, height: height * factor };
    this.draw();
  }

  // Where somebody who cannot point puts something new.
  putInTheMiddle() {
    const { x, y, width, height } = this.#view;
    const at = [round((x + width / 2) / 100, GRID_M), round(-(y + height / 2) / 100, GRID_M)];
    if (["rooms", "zones"].includes(this.tool)) this.#addArea(rectangle([at[0] - 1, at[1] - 1], [at[0] + 1, at[1] + 1]));
    else if (this.tool === "doors") this.#addDoor(at);
    else this.#addSpot(at, 0);
  }

  // drawing

  get #cmOfPx() {
    const box = this.#svg.getBoundingClientRect();
    return box.width ? Math.max(this.#view.width / box.width, this.#view.height / box.height) : 1;
  }

  draw() {
    if (!this.#view) return;
    const { x, y, width, height } = this.#view;
    this.#svg.setAttribute("viewBox", `${x} ${y} ${width} ${height}`);
    const px = this.#cmOfPx;
    const { chosen } = this.#store;
    const order = (list) => this.#store.of(list).sort((one, other) => (one.id === chosen) - (other.id === chosen));
    const { x_m, y_m, width_m, height_m } = this.#map;
    const [left, top] = toDrawing([x_m, y_m + height_m]);
    this.#svg.style.setProperty("--px", px);
    this.#svg.innerHTML = `
      <defs><pattern id="stripes" width="${9 * px}" height="${9 * px}" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
      <line y2="${9 * px}" class="stripe" stroke-width="${7 * px}"/></pattern></defs>
      <image href="${this.#picture}" x="${left}" y="${top}" width="${100 * width_m}" height="${100 * height_m}" preserveAspectRatio="none"/>
      ${order("rooms").map((entry) => this.#area(entry, px)).join("")}
      ${order("zones").map((entry) => this.#area(entry, px)).join("")}
      ${order("doors").map((entry) => this.#door(entry, px)).join("")}
      ${this.#store.of("rooms").map((entry) => this.#label(entry, px)).join("")}
      ${[...order("places"), ...order("docks")].map((entry) => this.#spot(entry, entry.value, px)).join("")}
      ${this.#handles(this.#store.get(chosen), px)}${this.#unfinished(px)}`;
  }

  #classes(entry, ...more) {
    const is = [entry.id === this.#store.chosen && "chosen", this.faulty.has(entry.id) && "faulty"];
    return [entry.list, ...more, ...is].filter(Boolean).join(" ");
  }

  #area(entry, px) {
    const { polygon, kind, name, consent } = entry.value;
    const classes = this.#classes(entry, "area", kind && `kind-${escape(kind)}`, consent?.enter === false && "closed");
    const top = Math.max(...polygon.map(([, y_m]) => y_m));
    const [x, y] = toDrawing([middle(polygon)[0], top]);
    const label = entry.list === "zones" ? `<text class="small" x="${x}" y="${y + 11 * px}" font-size="${12 * px}">${words(name)}</text>` : "";
    return `<g class="${classes}" data-id="${entry.id}"><polygon points="${path(polygon)}"/>${label}</g>`;
  }

  #label(entry, px) {
    const others = [...this.#store.of("places"), ...this.#store.of("docks")].map((each) => each.value.at);
    const zones = this.#store.of("zones").map(({ value: { polygon } }) => [middle(polygon)[0], Math.max(...polygon.map(([, y_m]) => y_m))]);
    const [x, y] = toDrawing(freeSpot(entry.value.polygon, [...others, ...zones], (2.2 * px) / 100));
    return `<text class="room-label" x="${x}" y="${y}" font-size="${16 * px}">${words(entry.value.name)}</text>`;
  }

  #door(entry, px) {
    const { at, width_m = 0.85, between } = entry.value;
    const room = this.#store.of("rooms").find((each) => between?.includes(each.value.name));
    const angle = room ? nearestEdge(room.value.polygon, at).angle_deg : 0;
    const [x, y] = toDrawing(at);
    const long = 100 * width_m;
    return `<g class="${this.#classes(entry, "door")}" data-id="${entry.id}" transform="translate(${x} ${y}) rotate(${-angle})">
      <circle class="hit" r="${HANDLE_PX * px}"/>
      <rect x="${-long / 2}" y="${-4.5 * px}" width="${long}" height="${9 * px}" rx="${4.5 * px}"/></g>`;
  }

  #spot(entry, { at, facing_deg = 0 }, px, own = "") {
    const [x, y] = toDrawing(at);
    const sign = entry.list === "docks" ? "M2 -9 L-5 2 H0 L-2 9 L5 -2 H0 Z" : "M9 0 L-6 7 L-2.5 0 L-6 -7 Z";
    const turn = entry.list === "docks" ? 0 : -facing_deg;
    const label = own ? "" : `<text class="small" y="${26 * px}" font-size="${12 * px}">${words(entry.value.name)}</text>`;
    return `<g class="${this.#classes(entry, "spot", own)}" data-id="${entry.id}" transform="translate(${x} ${y})">
      <circle class="hit" r="${HANDLE_PX * px}"/>
      <path class="nose" d="M11 -7 L20 0 L11 7 Z" transform="rotate(${-facing_deg}) scale(${px})"/>
      <circle class="disc" r="${14 * px}"/>
      <path class="sign" d="${sign}" transform="rotate(${turn}) scale(${px})"/>${label}</g>`;
  }

  #handles(entry, px) {
    if (!entry || this.tool !== "choose") return "";
    const { polygon, stand } = entry.value;
    if (!isArea(entry)) return entry.list === "doors" ? "" : this.#turnHandle(entry.value, px, "turn");
    const corners = polygon.map((point, at) => this.#handle(point, px, "corner", at, 9));
    const between = polygon.map((point, at) => {
      const next = polygon[(at + 1) % polygon.length];
      if (distance(point, next) * 100 < 4 * HANDLE_PX * px) return ""; // no room for one that could be hit
      return this.#handle([(point[0] + next[0]) / 2, (point[1] + next[1]) / 2], px, "between", at, 6);
    });
    const own = stand ? this.#spot(entry, stand, px, "stand") + this.#turnHandle(stand, px, "stand-turn") : "";
    return [...between, ...corners, own].join("");
  }

  #turnHandle({ at, facing_deg = 0 }, px, what) {
    const angle = (facing_deg * Math.PI) / 180;
    const reach_m = (58 * px) / 100;
    const end = [at[0] + reach_m * Math.cos(angle), at[1] + reach_m * Math.sin(angle)];
    const [[x, y], [ex, ey]] = [toDrawing(at), toDrawing(end)];
    return `<line class="reach" x1="${x}" y1="${y}" x2="${ex}" y2="${ey}"/>${this.#handle(end, px, what, 0, 9)}`;
  }

  #handle(point, px, what, at, radius) {
    const [x, y] = toDrawing(point);
    return `<g class="handle ${what}" data-handle="${what}" data-at="${at}"><circle class="hit" cx="${x}" cy="${y}" r="${HANDLE_PX * px}"/>
      <circle class="dot" cx="${x}" cy="${y}" r="${radius * px}"/></g>`;
  }

  #unfinished(px) {
    const gesture = this.#gesture;
    if (gesture?.kind === "new" && gesture.isDrag && ["rooms", "zones"].includes(this.tool)) {
      return `<polygon class="unfinished" points="${path(rectangle(gesture.from, this.#at))}"/>`;
    }
    if (gesture?.kind === "new" && gesture.isDrag && this.tool !== "doors") {
      const [[x, y], [ex, ey]] = [toDrawing(gesture.from), toDrawing(this.#at)];
      return `<line class="unfinished" x1="${x}" y1="${y}" x2="${ex}" y2="${ey}"/><circle class="unfinished" cx="${x}" cy="${y}" r="${14 * px}"/>`;
    }
    if (!this.#corners.length) return "";
    const dots = this.#corners.map((point, at) => this.#handle(point, px, "first", at, at ? 5 : 11)).join("");
    return `<polyline class="unfinished" points="${path([...this.#corners, this.#at ?? this.#corners.at(-1)])}"/>${dots}`;
  }

  // pointing

  #cm(event) {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.#svg.getScreenCTM().inverse());
    return [at.x, at.y];
  }

  #point(event) {
    const [x, y] = this.#cm(event);
    return [x / 100, -y / 100];
  }

  #snap(point, event, except = null) {
    if (event.altKey) return point.map((each) => round(each));
    const corners = this.#store.entries.filter(isArea).flatMap((entry) =>
      entry.value.polygon.filter((_, at) => !(except && entry.id === except.id && at === except.at)));
    return snapped(point, [...corners, ...this.#corners], (SNAP_PX * this.#cmOfPx) / 100);
  }

  #down(event) {
    if (event.button > 0 && event.button !== 1) return;
    event.preventDefault();
    document.activeElement?.blur?.(); // what is being typed is taken first
    this.#svg.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, [event.clientX, event.clientY]);
    if (this.#pointers.size === 2) {
      if (this.#gesture) this.#store.commit();
      this.#gesture = { kind: "pinch", far_px: this.#spread() };
      return;
    }
    const start = { px: [event.clientX, event.clientY], at: this.#point(event), isDrag: false };
    const handle = event.target.closest("[data-handle]");
    const id = Number(event.target.closest("[data-id]")?.dataset.id) || null;
    if (this.tool !== "choose") this.#gesture = { ...start, kind: "new", from: this.#snap(start.at, event) };
    else if (handle) this.#gesture = { ...start, kind: handle.dataset.handle, at_corner: Number(handle.dataset.at) };
    else if (id && id === this.#store.chosen && event.button === 0) {
      const isStand = event.target.closest(".stand") !== null;
      this.#gesture = { ...start, kind: isStand ? "stand" : "whole", before: structuredClone(this.#store.get(id).value) };
    } else this.#gesture = { ...start, kind: "view", id, view: { ...this.#view } };
  }

  #spread() {
    const [one, other] = [...this.#pointers.values()];
    return distance(one, other);
  }

  #move(event) {
    if (this.#pointers.has(event.pointerId)) this.#pointers.set(event.pointerId, [event.clientX, event.clientY]);
    const gesture = this.#gesture;
    if (gesture?.kind === "pinch") {
      if (this.#pointers.size < 2) return;
      const far_px = this.#spread();
      const points = [...this.#pointers.values()];
      const about = this.#cm({ clientX: (points[0][0] + points[1][0]) / 2, clientY: (points[0][1] + points[1][1]) / 2 });
      this.zoom(gesture.far_px / far_px, about);
      gesture.far_px = far_px;
      return;
    }
    this.#at = this.tool === "choose" ? null : this.#snap(this.#point(event), event);
    if (!gesture) {
      if (this.#corners.length) this.draw();
      return;
    }
    gesture.isDrag ||= distance(gesture.px, [event.clientX, event.clientY]) > SLACK_PX;
    if (!gesture.isDrag) return;
    if (gesture.kind === "view") this.#pan(event, gesture);
    else if (gesture.kind === "new") this.draw();
    else this.#store.preview(() => this.#drag(event, gesture, this.#store.get(this.#store.chosen).value));
  }

  #pan(event, { px, view }) {
    const scale = this.#cmOfPx;
    this.#view = { ...view, x: view.x - (event.clientX - px[0]) * scale, y: view.y - (event.clientY - px[1]) * scale };
    this.draw();
  }

  #drag(event, gesture, value) {
    const point = this.#point(event);
    if (gesture.kind === "between") {
      gesture.at_corner += 1;
      gesture.kind = "corner";
      value.polygon.splice(gesture.at_corner, 0, point);
    }
    if (gesture.kind === "corner") {
      value.polygon[gesture.at_corner] = this.#snap(point, event, { id: this.#store.chosen, at: gesture.at_corner });
    } else if (gesture.kind === "turn" || gesture.kind === "stand-turn") {
      const of = gesture.kind === "turn" ? value : value.stand;
      of.facing_deg = round((Math.atan2(point[1] - of.at[1], point[0] - of.at[0]) * 180) / Math.PI, event.altKey ? 1 : 5);
    } else {
      const step = event.altKey ? 0.01 : GRID_M;
      const [dx, dy] = [round(point[0] - gesture.at[0], step), round(point[1] - gesture.at[1], step)];
      const moved = ([x, y]) => [round(x + dx), round(y + dy)];
      const { before } = gesture;
      if (gesture.kind === "stand") value.stand.at = moved(before.stand.at);
      else if (before.polygon) {
        value.polygon = before.polygon.map(moved);
        if (before.stand) value.stand.at = moved(before.stand.at);
      } else value.at = moved(before.at);
    }
  }

  #up(event) {
    this.#pointers.delete(event.pointerId);
    const gesture = this.#gesture;
    this.#gesture = null;
    if (!gesture || gesture.kind === "pinch") return;
    if (gesture.kind === "new") this.#placed(event, gesture);
    else if (gesture.kind !== "view") this.#store.commit();
    else if (!gesture.isDrag) this.#store.choose(gesture.id);
  }

  #placed(event, { from, isDrag }) {
    const to = this.#snap(this.#point(event), event);
    if (this.tool === "doors") this.#addDoor(this.#point(event));
    else if (!["rooms", "zones"].includes(this.tool)) {
      const angle = isDrag ? (Math.atan2(to[1] - from[1], to[0] - from[0]) * 180) / Math.PI : 0;
      this.#addSpot(from, round(angle, 5));
    } else if (isDrag) this.#addArea(rectangle(from, to));
    else this.#touchedCorner(to);
  }

  #touchedCorner(at) {
    const near = (other) => other && distance(at, other) * 100 < HANDLE_PX * this.#cmOfPx;
    const isEnd = near(this.#corners[0]) || near(this.#corners.at(-1));
    if (isEnd && this.#corners.length >= 3) this.#addArea(this.#corners);
    else if (!isEnd) {
      this.#corners.push(at);
      this.draw();
    }
  }

  #addArea(polygon) {
    const kind = this.tool === "zones" ? { kind: "forbidden" } : {};
    this.#add({ name: this.#store.freeName(this.tool), ...kind, polygon: polygon.map((point) => point.map((each) => round(each))) });
  }

  #addSpot(at, facing_deg) { this.#add({ name: this.#store.freeName(this.tool), at: at.map((each) => round(each)), facing_deg }); }

  #addDoor(at) {
    const rooms = nearestRooms(this.#store.of("rooms"), at);
    const isOnWall = rooms.length && rooms[0].edge.far_m < 0.5;
    this.#add({
      name: this.#store.freeName("doors"), at: (isOnWall ? rooms[0].edge.at : at).map((each) => round(each)),
      between: [rooms[0]?.name ?? "", rooms[1]?.name ?? ""], width_m: 0.85,
    });
  }

  #add(value) {
    const list = this.tool;
    this.use("choose");
    this.#store.add(list, value);
  }
}

// The seconds around an alert, drawn as stick figures again and again. Keypoints come over the API; there are no pixels.
(() => {
  const LIMBS = [[5, 6], [5, 7], [7, 9], [6, 8], [8, 10], [5, 11], [6, 12], [11, 12], [11, 13], [13, 15], [12, 14], [14, 16]];
  const SURE = 0.3;
  const PAUSE_S = 1.5;
  const SVG = "http://www.w3.org/2000/svg";
  const still = matchMedia("(prefers-reduced-motion: reduce)");

  const make = (name, attributes) => {
    const element = document.createElementNS(SVG, name);
    Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
    return element;
  };

  const figure = (person, width, height) => {
    const group = make("g", { class: `person ${person.state ?? ""}` });
    const joints = person.keypoints.map((joint) => (joint.confidence >= SURE ? [joint.x * width, joint.y * height] : null));
    LIMBS.forEach(([from, to]) => {
      if (!joints[from] || !joints[to]) return;
      group.append(make("line", { x1: joints[from][0], y1: joints[from][1], x2: joints[to][0], y2: joints[to][1] }));
    });
    const face = joints.slice(0, 5).filter(Boolean);
    if (face.length) {
      const [x, y] = [0, 1].map((axis) => face.reduce((sum, joint) => sum + joint[axis], 0) / face.length);
      group.append(make("circle", { cx: x, cy: y, r: width / 40 }));
    }
    return group;
  };

  const play = (box, replay) => {
    const svg = box.querySelector("svg");
    const bar = box.querySelector(".progress span");
    const { width_px: width, height_px: height, frames } = replay;
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("stroke-width", width / 90);
    const [from, until] = [frames[0].at_s, frames[frames.length - 1].at_s];
    const began = performance.now();
    let shown = -1;
    const draw = () => {
      if (!box.isConnected) return;
      const gone = ((performance.now() - began) / 1000) % (until - from + PAUSE_S);
      let now = frames.findIndex((frame) => frame.at_s - from > gone) - 1;
      if (now < 0) now = gone > 0 && frames.length > 1 && gone >= until - from ? frames.length - 1 : 0;
      if (still.matches) now = frames.length - 1;
      if (now !== shown) {
        shown = now;
        svg.replaceChildren(...frames[now].people.map((person) => figure(person, width, height)));
        bar.style.width = `${(100 * (frames[now].at_s - from)) / Math.max(until - from, 0.1)}%`;
      }
      setTimeout(draw, 60);
    };
    draw();
  };

  const start = async (box) => {
    box.dataset.started = "yes";
    try {
      const answer = await fetch(`/api/v1/alerts/${encodeURIComponent(box.dataset.replay)}/replay`, { cache: "no-store" });
      const replay = await answer.json();
      if (answer.ok && replay.frames.length) { play(box, replay); return; }
    } catch { /* told below */ }
    box.querySelector(".scene-text").textContent = box.dataset.none;
  };

  setInterval(() => document.querySelectorAll("[data-replay]:not([data-started])").forEach((box) => {
    if (box.checkVisibility()) start(box);
  }), 300);
})();

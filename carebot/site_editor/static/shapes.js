// Points and shapes of a floor, in metres on the map; drawings are in centimetres, with y downwards.
export const GRID_M = 0.05;

export const round = (value, step = 0.01) => Number((Math.round(value / step) * step).toFixed(2));
export const distance = ([ax, ay], [bx, by]) => Math.hypot(ax - bx, ay - by);
export const toDrawing = ([x, y]) => [100 * x, -100 * y];

export function middle(polygon) {
  let [area, x, y] = [0, 0, 0];
  polygon.forEach(([ax, ay], at) => {
    const [bx, by] = polygon[(at + 1) % polygon.length];
    const cross = ax * by - bx * ay;
    [area, x, y] = [area + cross, x + (ax + bx) * cross, y + (ay + by) * cross];
  });
  if (Math.abs(area) < 1e-9) return polygon[0];
  return [x / (3 * area), y / (3 * area)];
}

export function areaOf(polygon) {
  return Math.abs(polygon.reduce((sum, [ax, ay], at) => {
    const [bx, by] = polygon[(at + 1) % polygon.length];
    return sum + ax * by - bx * ay;
  }, 0)) / 2;
}

export const rectangle = ([ax, ay], [bx, by]) => [[ax, ay], [bx, ay], [bx, by], [ax, by]];

// The nearest point on the polygon's edges, how far it is, and the edge's direction in degrees.
export function nearestEdge(polygon, [x, y]) {
  let best = { far_m: Infinity, at: [x, y], angle_deg: 0 };
  polygon.forEach(([ax, ay], number) => {
    const [bx, by] = polygon[(number + 1) % polygon.length];
    const [dx, dy] = [bx - ax, by - ay];
    const along = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
    const at = [ax + along * dx, ay + along * dy];
    const far_m = distance(at, [x, y]);
    if (far_m < best.far_m) best = { far_m, at, angle_deg: (Math.atan2(dy, dx) * 180) / Math.PI };
  });
  return best;
}

function inside(polygon, [x, y]) {
  let is = false;
  polygon.forEach(([ax, ay], number) => {
    const [bx, by] = polygon[(number + 1) % polygon.length];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) is = !is;
  });
  return is;
}

// Where in the polygon a name stands farthest from `others` and from the edges; names are wide, so y counts more.
export function freeSpot(polygon, others, scale) {
  const [xs, ys] = [polygon.map(([x]) => x), polygon.map(([, y]) => y)];
  const [left, low, width, height] = [Math.min(...xs), Math.min(...ys), Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys)];
  const center = middle(polygon);
  let best = { at: center, room: -Infinity };
  for (const at of [center, ...Array.from({ length: 49 }, (_, n) => [left + (width * (1 + (n % 7))) / 8, low + (height * (1 + Math.floor(n / 7))) / 8])]) {
    if (!inside(polygon, at)) continue;
    const [x, y] = at;
    const away = Math.min(...others.map(([ox, oy]) => Math.hypot((x - ox) / 2.2, y - oy)), 40 * scale);
    const room = away + Math.min(nearestEdge(polygon, at).far_m, 25 * scale) - 0.05 * distance(at, center);
    if (room > best.room) best = { at, room };
  }
  return best.at;
}

// The rooms by how far that point is from them.
export const nearestRooms = (rooms, at) => rooms
  .map((room) => ({ name: room.value.name, far_m: inside(room.value.polygon, at) ? 0 : nearestEdge(room.value.polygon, at).far_m, edge: nearestEdge(room.value.polygon, at) }))
  .sort((one, other) => one.edge.far_m - other.edge.far_m);

// In line with other corners where one is near, so that walls meet; else on the grid.
export function snapped([x, y], corners, near_m) {
  const align = (value, axis) => {
    let best = null;
    for (const corner of corners) {
      const far = Math.abs(corner[axis] - value);
      if (far < near_m && (best === null || far < Math.abs(best - value))) best = corner[axis];
    }
    return best ?? round(value, GRID_M);
  };
  return [align(x, 0), align(y, 1)];
}

// How far the map is left, 0 where it is not.
export function beyond(points, { x_m, y_m, width_m, height_m }) {
  return Math.max(0, ...points.map(([x, y]) => Math.max(x_m - x, x - x_m - width_m, y_m - y, y - y_m - height_m)));
}

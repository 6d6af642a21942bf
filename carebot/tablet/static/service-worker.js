// Keeps the shell, so that a tablet without a connection says so at once. It never keeps an answer, nor sends one later.
const CACHE = `carebot-${VERSION}`;

addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(SHELL)).then(() => skipWaiting()));
});

addEventListener("activate", (event) => {
  const old = (names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
  event.waitUntil(caches.keys().then(old).then(() => clients.claim()));
});

const offline = async () => {
  const code = navigator.language.slice(0, 2);
  const pages = await Promise.all([code, "en"].map((each) => caches.match(`/static/offline/${each}`)));
  return pages.find(Boolean) || Response.error();
};

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(fetch(request).catch(offline));
  else if (SHELL.includes(url.pathname + url.search)) {
    event.respondWith(caches.match(request).then((kept) => kept || fetch(request)));
  }
});

// An alert, or news, that woke this tablet. What is shown was written for lock screens; a message that cannot be read shows too.
const notice = (data) => {
  try { return data.json(); } catch { return { title: "carebot", body: "", mood: "urgent", about: "unknown", lang: "" }; }
};

// A page that is seen sounds for news by itself.
const isInSight = async () =>
  (await clients.matchAll({ type: "window" })).some((page) => page.visibilityState === "visible");

const show = async ({ title, body, mood, about, lang }) => {
  await registration.showNotification(title, {
    body,
    lang,
    tag: about, // the newest word on an alert takes the place of the one before
    renotify: mood === "urgent" || mood === "soft",
    silent: mood === "over" || (mood === "news" && await isInSight()),
    requireInteraction: mood === "urgent",
    ...(mood === "urgent" && { vibrate: [400, 150, 400, 150, 400] }), // a silent one may not even name a pattern
    icon: "/static/icon-192.png",
    badge: "/static/icon-192.png",
    data: { to: `${mood === "news" ? "news" : "alert"}-${about}` },
  });
};

addEventListener("push", (event) => event.waitUntil(show(notice(event.data))));

addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = `/#${encodeURIComponent(event.notification.data?.to ?? "")}`;
  const open = async () => {
    const [page] = await clients.matchAll({ type: "window" });
    if (!page) return clients.openWindow(url);
    await page.focus().catch(() => {}); // a browser may refuse that; the page leads there all the same
    return page.navigate(url).catch(() => clients.openWindow(url)); // a page that this worker does not control
  };
  event.waitUntil(open());
});

// The browser changed the subscription by itself: the robot has to hear of the new one.
addEventListener("pushsubscriptionchange", (event) => {
  const again = async () => {
    const options = event.oldSubscription?.options ?? { userVisibleOnly: true };
    const made = event.newSubscription ?? await registration.pushManager.subscribe(options);
    const { endpoint, keys } = made.toJSON();
    await fetch("/api/v1/push/subscriptions", {
      method: "POST", headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ endpoint, p256dh: keys.p256dh, auth: keys.auth }),
    });
  };
  event.waitUntil(again());
});

// Light by day, dark by night, unless the caregiver chose. Runs before the page is drawn, so that nothing flashes.
(() => {
  const read = () => { try { return localStorage.getItem("carebot-theme"); } catch { return null; } };
  const isNight = () => { const hour = new Date().getHours(); return hour >= 20 || hour < 7; };
  const automatic = () => (isNight() || matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  const apply = () => { document.documentElement.dataset.theme = read() || automatic(); };
  window.carebotToggleTheme = () => {
    const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    try { localStorage.setItem("carebot-theme", next); } catch { /* private browsing keeps nothing */ }
    document.documentElement.dataset.theme = next;
  };
  apply();
  setInterval(apply, 60000);
})();

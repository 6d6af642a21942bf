// Keeps open what a form was in when it loads the page anew.
(() => {
  const KEPT = "carebot-open", WITHIN_MS = 5000;
  document.addEventListener("submit", (event) => {
    const fold = event.target.closest("details[id]");
    if (fold) sessionStorage.setItem(KEPT, fold.id);
  });
  const kept = sessionStorage.getItem(KEPT);
  sessionStorage.removeItem(KEPT);
  if (!kept) return;
  const open = () => {
    const fold = document.getElementById(kept);
    if (!fold) return;
    watch.disconnect();
    fold.open = true;
    fold.scrollIntoView();
  };
  const watch = new MutationObserver(open); // the page is drawn after this script has run
  watch.observe(document.body, { childList: true, subtree: true });
  setTimeout(() => watch.disconnect(), WITHIN_MS);
  open();
})();

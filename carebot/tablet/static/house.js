// Keeps open what a form was in when it loads the page anew.
(() => {
  const KEPT = "carebot-open";
  document.addEventListener("submit", (event) => {
    const fold = event.target.closest("details[id]");
    if (fold) sessionStorage.setItem(KEPT, fold.id);
  });
  const fold = document.getElementById(sessionStorage.getItem(KEPT));
  sessionStorage.removeItem(KEPT);
  if (fold) {
    fold.open = true;
    fold.scrollIntoView();
  }
})();

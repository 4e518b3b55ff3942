// <button data-lodge-code="Show code">: the code of notebooks is hidden or shown, on all pages.
(() => {
  const KEY = "lodge-code";
  const notebook = document.querySelector(".share-notebook");
  const button = document.querySelector("[data-lodge-code]");
  if (!notebook || !button || !notebook.querySelector(".nb-input")) {
    return;
  }
  const words = { shown: button.textContent, hidden: button.dataset.lodgeCode };
  // Where nothing is remembered, as in some private windows, the choice is for this page.
  const remembered = () => {
    try {
      return window.localStorage.getItem(KEY);
    } catch {
      return null;
    }
  };
  const show = (state) => {
    notebook.classList.toggle("nb-no-code", state === "hidden");
    button.textContent = words[state];
  };
  button.hidden = false;
  show(remembered() === "hidden" ? "hidden" : "shown");
  button.addEventListener("click", () => {
    const state = notebook.classList.contains("nb-no-code") ? "shown" : "hidden";
    show(state);
    try {
      window.localStorage.setItem(KEY, state);
    } catch {
      // See above.
    }
  });
})();

// Small conveniences; every page works without them.
"use strict";
(() => {
  const language = document.documentElement.lang || "en";

  // Absolute times in the reader's own zone on hover.
  const absolute = new Intl.DateTimeFormat(language, {
    dateStyle: "medium",
    timeStyle: "long",
  });
  for (const element of document.querySelectorAll("time[datetime]")) {
    const moment = new Date(element.getAttribute("datetime"));
    if (!Number.isNaN(moment.getTime())) {
      element.title = absolute.format(moment);
    }
  }

  // <button hidden data-lodge-copy="TEXT" data-lodge-copied="Copied">
  for (const button of document.querySelectorAll("[data-lodge-copy]")) {
    if (!navigator.clipboard) {
      continue;
    }
    button.hidden = false;
    const label = button.textContent;
    button.addEventListener("click", async () => {
      const text = new URL(button.dataset.lodgeCopy, window.location.href).href;
      await navigator.clipboard.writeText(text);
      button.textContent = button.dataset.lodgeCopied;
      window.setTimeout(() => {
        button.textContent = label;
      }, 2000);
    });
  }

  // <select data-lodge-navigate>: options hold addresses of this site.
  for (const select of document.querySelectorAll("select[data-lodge-navigate]")) {
    select.addEventListener("change", () => {
      window.location.assign(new URL(select.value, window.location.href).pathname);
    });
  }
})();

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

  // <form data-lodge-submit>: a choice is enough, its button is for those without script.
  for (const form of document.querySelectorAll("form[data-lodge-submit]")) {
    const button = form.querySelector("button[type=submit]");
    button.hidden = true;
    form.addEventListener("change", () => form.requestSubmit(button));
  }
})();

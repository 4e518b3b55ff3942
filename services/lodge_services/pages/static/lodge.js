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

  // Moments that stand in a text, such as "2026-01-31 08:00 UTC", in the reader's own zone.
  const short = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  for (const element of document.querySelectorAll("[data-lodge-moment]")) {
    const moment = new Date(element.dataset.lodgeMoment);
    if (Number.isNaN(moment.getTime())) {
      continue;
    }
    const local = (text) => text.replace(/\d{4}-\d\d-\d\d \d\d:\d\d UTC/, short.format(moment));
    if (element.childElementCount === 0) {
      element.textContent = local(element.textContent);
    }
    if (element.title) {
      element.title = local(element.title);
    }
  }

  // <section data-lodge-show-all="Show all">: what scrolls in it can be opened in full.
  const offerAll = () => {
    for (const section of document.querySelectorAll("[data-lodge-show-all]")) {
      for (const box of section.querySelectorAll(".nb-text, .nb-html")) {
        const offered = box.nextElementSibling?.classList.contains("nb-show-all") === true;
        if (offered || box.scrollHeight <= box.clientHeight + 1) {
          continue;
        }
        const button = document.createElement("button");
        button.type = "button";
        button.className = "lodge-button nb-show-all";
        button.textContent = section.dataset.lodgeShowAll;
        button.addEventListener("click", () => {
          box.classList.add("nb-all");
          button.remove();
          box.focus();
        });
        box.after(button);
      }
    }
  };
  offerAll();
  document.addEventListener("lodge:fresh", offerAll);

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

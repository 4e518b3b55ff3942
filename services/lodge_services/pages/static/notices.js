// What is new is noted as seen once somebody sees the page; it stays marked until the next visit.
"use strict";
(() => {
  const form = document.querySelector("[data-lodge-seen]");
  const tell = () => {
    if (form !== null && !document.hidden) {
      document.removeEventListener("visibilitychange", tell);
      fetch(form.action, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        credentials: "same-origin",
        redirect: "manual",
      }).catch(() => undefined);
    }
  };
  document.addEventListener("visibilitychange", tell);
  tell();
})();

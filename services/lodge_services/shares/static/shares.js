// A page in a wiki that is being written: its state is shown once it is another one.
"use strict";
(() => {
  const waiting = document.querySelector("[data-lodge-waiting]");
  if (!waiting) {
    return;
  }
  const address = waiting.dataset.lodgeWaiting;
  const states = (items) => JSON.stringify(items.map((one) => [one.wiki, one.state, one.tries]));
  let before = null;
  const look = async () => {
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json" } });
      if (answer.ok) {
        const { items } = await answer.json();
        before ??= states(items);
        if (states(items) !== before || !items.some((one) => one.state === "waiting")) {
          // What is typed or opened elsewhere on the page stays: only this part is taken anew.
          const page = await (await fetch(window.location.href)).text();
          const fresh = new DOMParser().parseFromString(page, "text/html").querySelector("#wikis");
          const shown = document.querySelector("#wikis");
          if (fresh && shown) {
            fresh.open = shown.open;
            shown.replaceWith(fresh);
          }
          if (!items.some((one) => one.state === "waiting")) {
            return;
          }
          before = states(items);
        }
      }
    } catch {
      // The service is away for a moment.
    }
    window.setTimeout(look, 1000);
  };
  window.setTimeout(look, 500);
})();

// Keeps what is shown of running runs fresh; every page works without it.
"use strict";
(() => {
  const RUN_MS = 1000;
  const PARTS_ROUNDS = 2;
  const LIST_MS = 3000;
  const RETRY_MS = 10000;

  const pause = (ms) => new Promise((resolve) => window.setTimeout(resolve, ms));

  // Nobody looks at a hidden page: wait until it is seen again.
  const seen = async () => {
    while (document.hidden) {
      await new Promise((resolve) => {
        document.addEventListener("visibilitychange", resolve, { once: true });
      });
    }
  };

  // The hub trusts the cookie of a script only beside the token that the page's forms have.
  const ask = async (url) => {
    const token = document.querySelector('input[name="_xsrf"]');
    try {
      const response = await fetch(url, {
        credentials: "same-origin",
        redirect: "error",
        headers: token === null ? {} : { "X-XSRFToken": token.value },
      });
      return response.ok ? response : null;
    } catch {
      return null;
    }
  };

  // Notebook and log of a running run, as far as it has come; what is in use is left alone.
  const refreshParts = async () => {
    const response = await ask(window.location.href);
    if (response === null) {
      return;
    }
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const part of document.querySelectorAll("[data-run-part]")) {
      const fresh = page.querySelector(`[data-run-part="${part.dataset.runPart}"]`);
      const selection = window.getSelection();
      const used =
        part.contains(document.activeElement) ||
        (selection !== null && !selection.isCollapsed && part.contains(selection.anchorNode));
      if (fresh === null || used || part.lodgeShown === fresh.innerHTML) {
        continue;
      }
      // Compared as it came: the page has added its own buttons since.
      fresh.lodgeShown = fresh.innerHTML;
      const before = part.querySelector(".log");
      const atEnd =
        before === null || before.scrollTop + before.clientHeight >= before.scrollHeight - 4;
      part.replaceWith(document.adoptNode(fresh));
      const log = fresh.querySelector(".log");
      if (log !== null) {
        log.scrollTop = atEnd ? log.scrollHeight : before.scrollTop;
      }
    }
    document.dispatchEvent(new Event("lodge:fresh"));
  };

  // The page of a run: progress by the API, and the whole page anew once the state is another.
  const box = document.querySelector("[data-run]");
  const followRun = async () => {
    const status = box.querySelector("[data-run-status]");
    const bar = box.querySelector("[data-run-progress]");
    for (let round = 1; ; round += 1) {
      await pause(RUN_MS);
      await seen();
      if (round % PARTS_ROUNDS === 0) {
        await refreshParts();
      }
      const response = await ask(box.dataset.run);
      if (response === null) {
        await pause(RETRY_MS);
        continue;
      }
      const run = await response.json();
      if (run.state !== box.dataset.runState) {
        window.location.reload();
        return;
      }
      if (run.cells_total) {
        const text = box.dataset.wordCells
          .replace("{done}", String(run.cells_done))
          .replace("{total}", String(run.cells_total));
        if (status.textContent !== text) {
          status.textContent = text;
        }
        bar.max = run.cells_total;
        bar.value = run.cells_done;
      }
    }
  };

  // A run on its way to the page of a share: the page anew once it is there, or refused.
  const way = document.querySelector("[data-run-page]");
  const followWay = async () => {
    for (;;) {
      await pause(LIST_MS);
      await seen();
      const response = await ask(way.dataset.runPage);
      if (response !== null && (await response.json()).page?.state !== "waiting") {
        window.location.reload();
        return;
      }
    }
  };

  // Lists: the same page is fetched again, and a list replaced if it differs and is not in use.
  const followLists = async () => {
    for (;;) {
      const busy = document.querySelector("[data-live-busy]") !== null;
      await pause(busy ? LIST_MS : 5 * LIST_MS);
      await seen();
      const response = await ask(window.location.href);
      if (response === null) {
        await pause(RETRY_MS);
        continue;
      }
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      for (const list of document.querySelectorAll("[data-live]")) {
        const fresh = page.querySelector(`[data-live="${list.dataset.live}"]`);
        const used = list.contains(document.activeElement) || list.matches(":hover");
        if (fresh !== null && !used && fresh.textContent !== list.textContent) {
          list.replaceWith(document.adoptNode(fresh));
        }
      }
    }
  };

  if (box !== null) {
    followRun();
  } else if (way !== null) {
    followWay();
  } else if (document.querySelector("[data-live]") !== null) {
    followLists();
  }
})();

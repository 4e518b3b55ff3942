// A page in a wiki that is being written: its state is shown once it is another one.
"use strict";
(() => {
  if (window.location.hash === "#wikis") {
    document.querySelector("#wikis")?.setAttribute("open", "");
  }
  const look = async () => {
    try {
      // The page anew, for what may be seen of it: what is typed or opened elsewhere on it stays.
      // The hub trusts the cookie of a script only beside the token that the page's forms have.
      const token = document.querySelector('input[name="_xsrf"]').value;
      const answer = await fetch(window.location.pathname, {
        redirect: "error",
        headers: { "X-XSRFToken": token },
      });
      const text = answer.ok ? await answer.text() : "";
      const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("#wikis");
      const shown = document.querySelector("#wikis");
      if (fresh && shown && fresh.textContent !== shown.textContent) {
        fresh.open ||= shown.open;
        shown.replaceWith(fresh);
      }
    } catch {
      // The service is away for a moment.
    }
    wait();
  };
  const wait = () => {
    if (document.querySelector("[data-lodge-waiting]")) {
      window.setTimeout(look, 1000);
    }
  };
  wait();
})();

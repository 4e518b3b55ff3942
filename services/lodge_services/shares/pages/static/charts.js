// Interactive charts: a frame in the place of a chart's picture, once the reader comes near to it.
"use strict";
(() => {
  const notebook = document.querySelector("[data-lodge-charts]");
  const frames = new Map();
  const open = (place) => {
    const frame = document.createElement("iframe");
    frame.className = "nb-chart-frame";
    frame.title = place.dataset.nbTitle;
    // No origin, no windows, no forms: what is within reaches nothing.
    frame.sandbox = "allow-scripts";
    frame.src = `${notebook.dataset.lodgeCharts}/${place.dataset.nbChart}`;
    place.append(frame);
    frames.set(frame, place);
  };
  window.addEventListener("message", (event) => {
    for (const [frame, place] of frames) {
      if (event.source === frame.contentWindow) {
        const said = event.data?.lodgeChart;
        if (said?.failed !== undefined) {
          // What was there before stays.
          frame.remove();
          frames.delete(frame);
        } else if (Number.isFinite(said?.height)) {
          frame.style.height = `${Math.min(Math.max(said.height, 40), 3000)}px`;
          place.classList.add("nb-chart-drawn");
        }
      }
    }
  });
  const seen = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (isIntersecting) {
          seen.unobserve(target);
          open(target);
        }
      }
    },
    { rootMargin: "400px" },
  );
  for (const place of notebook?.querySelectorAll("[data-nb-chart]") ?? []) {
    seen.observe(place);
  }
})();

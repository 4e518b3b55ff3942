// Draws the chart of a frame, and tells the page around it how tall that is.
"use strict";
(async () => {
  const spec = JSON.parse(document.querySelector("#spec").textContent);
  const chart = document.querySelector("#chart");
  const tell = (message) => window.parent.postMessage({ lodgeChart: message }, "*");
  try {
    if (document.body.dataset.kind === "plotly") {
      const { data = [], layout = {}, config = {} } = spec;
      await window.Plotly.newPlot(
        chart,
        data,
        { height: 450, ...layout, autosize: true, width: undefined },
        { ...config, responsive: true, displaylogo: false, showLink: false },
      );
    } else {
      await window.vegaEmbed(chart, spec, {
        mode: document.body.dataset.kind,
        actions: false,
        tooltip: true,
      });
    }
    const measure = () => tell({ height: Math.ceil(chart.getBoundingClientRect().height) });
    new ResizeObserver(measure).observe(chart);
    measure();
  } catch (error) {
    tell({ failed: String(error).slice(0, 200) });
  }
})();

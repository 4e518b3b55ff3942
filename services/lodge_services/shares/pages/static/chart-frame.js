// Draws the chart of a frame, and tells the page around it how tall that is.
"use strict";
(async () => {
  // No policy of today's browsers holds these back from asking servers elsewhere.
  delete window.RTCPeerConnection;
  delete window.webkitRTCPeerConnection;
  const spec = JSON.parse(document.querySelector("#spec").textContent);
  const chart = document.querySelector("#chart");
  const { kind } = document.body.dataset;
  const tell = (message) => window.parent.postMessage({ lodgeChart: message }, "*");
  const plotly = ({ data = [], layout = {}, config = {} }) =>
    window.Plotly.newPlot(
      chart,
      data,
      { height: 450, ...layout, autosize: true, width: undefined },
      { ...config, responsive: true, displaylogo: false, showLink: false },
    );
  const vega = () => window.vegaEmbed(chart, spec, { mode: kind, actions: false, tooltip: true });
  const bokeh = async ({ doc, roots }) => {
    for (const { name, attributes = {} } of doc.roots) {
      // What is wider than the page would be cut; a figure can be drawn narrower.
      if (name === "Figure" && (attributes.width ?? 600) > window.innerWidth) {
        attributes.width = window.innerWidth;
      }
    }
    for (const root of roots) {
      const place = chart.appendChild(document.createElement("div"));
      place.id = `root-${chart.childElementCount}`;
      await window.Bokeh.embed.embed_item({ doc, root_id: root, target_id: place.id });
    }
  };
  const draw = { plotly, bokeh, widgets: () => window.lodgeWidgets(spec, chart) }[kind] ?? vega;
  try {
    await draw(spec);
    const measure = () => tell({ height: Math.ceil(chart.getBoundingClientRect().height) });
    new ResizeObserver(measure).observe(chart);
    measure();
  } catch (error) {
    tell({ failed: String(error).slice(0, 200) });
  }
})();

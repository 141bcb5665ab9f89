// Draws the page's charts: fetches Vega only when a chart is there, after the page can be used.
(() => {
  "use strict";
  const addresses = document.currentScript.dataset;
  let loading = null;
  function load(src) {
    return new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = src;
      script.async = false;
      script.onload = done;
      script.onerror = failed;
      document.head.append(script);
    });
  }
  const vega = () =>
    (loading ??= Promise.all([addresses.vega, addresses.vegaLite, addresses.vegaEmbed].map(load)));

  async function draw(figure) {
    const spec = JSON.parse(document.getElementById(figure.dataset.chart).textContent);
    await vega();
    const sized = { ...spec, width: "container", autosize: { type: "fit-x", contains: "padding" } };
    // A narrow legend breaks into lines, or it would be cut off; names of rows leave room for them.
    if (figure.clientWidth < 420)
      sized.config = {
        ...spec.config,
        legend: { ...spec.config.legend, columns: 2 },
        axisY: { ...spec.config.axisY, labelLimit: 110 },
      };
    sized.height ??= Number(figure.dataset.height) || 260;
    await window.vegaEmbed(figure, sized, {
      ast: true,
      actions: false,
      renderer: "svg",
      defaultStyle: false,
      tooltip: { disableDefaultStyle: true, theme: "none" },
    });
    figure.removeAttribute("aria-busy");
    makeKeyboard(figure);
    // A redraw makes new marks: after a resize they need their keys again.
    new MutationObserver(() => makeKeyboard(figure)).observe(figure, { childList: true, subtree: true });
    // Before Vega hears of it: a mark opens the drawer here, where Vega would leave the page.
    figure.addEventListener("click", follow, true);
  }

  // Marks with a link are links: one tab stop for the chart, arrows between marks, Enter opens.
  function makeKeyboard(figure) {
    const marks = [...figure.querySelectorAll(".role-mark [aria-roledescription]")];
    const links = marks.filter((mark) => mark.__data__?.datum?.href);
    const fresh = links.filter((mark) => !mark.hasAttribute("tabindex"));
    if (!fresh.length) return;
    for (const link of links) {
      link.setAttribute("role", "link");
      link.tabIndex = -1;
    }
    links[0].tabIndex = 0;
  }
  function marksAround(mark) {
    const marks = [...mark.closest(".chart").querySelectorAll("[role=link][tabindex]")];
    const monthOf = (one) => one.__data__.datum.month;
    const months = [...new Set(marks.map(monthOf))].sort();
    return { marks, monthOf, months };
  }
  document.addEventListener("keydown", (event) => {
    const mark = event.target.closest?.(".chart [role=link]");
    if (!mark) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      open(mark.__data__.datum.href);
      return;
    }
    const { marks, monthOf, months } = marksAround(mark);
    const inMonth = marks.filter((one) => monthOf(one) === monthOf(mark));
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const turn = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    let next;
    if (step) {
      const month = months[months.indexOf(monthOf(mark)) + step];
      const there = marks.filter((one) => monthOf(one) === month);
      const alike = (one) => (one.__data__.datum.kind ?? one.__data__.datum.series)
        === (mark.__data__.datum.kind ?? mark.__data__.datum.series);
      next = there.find(alike) ?? there[0];
    } else if (turn) next = inMonth[inMonth.indexOf(mark) + turn];
    else return;
    event.preventDefault();
    event.stopPropagation();
    if (!next) return;
    mark.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
  function follow(event) {
    const mark = event.target.closest?.("[role=link]");
    const href = mark?.__data__?.datum?.href;
    if (!href) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.metaKey || event.ctrlKey) window.open(href);
    else open(href);
  }
  const open = (href) => window.tenureDrawer(href);

  const figures = [...document.querySelectorAll(".chart[data-chart]")];
  requestAnimationFrame(() => setTimeout(() => figures.forEach(draw)));
  document.addEventListener("htmx:load", (event) => {
    for (const figure of event.target.querySelectorAll?.(".chart[data-chart]:not(:has(svg))") ?? [])
      if (!figures.includes(figure)) draw(figure);
  });
})();

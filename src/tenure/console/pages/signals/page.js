// The inbox: keys, and looking again without losing where one is.
(() => {
  "use strict";
  const inbox = () => document.getElementById("inbox");
  if (!inbox()) return;
  const signals = () => [...inbox().querySelectorAll("[data-signal]")];
  const link = (signal) => signal?.querySelector("a[data-drawer]");
  const here = () => document.activeElement.closest?.("[data-signal]");
  let before = null;

  // Whoever is in the middle of something is not disturbed; what is new comes the next time.
  const isBusy = () =>
    document.hidden ||
    document.querySelector("dialog[open]") ||
    inbox().querySelector("details[open]") ||
    Boolean(inbox().contains(document.activeElement) && document.activeElement.closest("input, select, textarea"));
  const isLook = (event) => event.detail.elt?.id === "inbox";
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    if (isLook(event) && isBusy()) event.preventDefault();
  });
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target?.id !== "inbox") return;
    if (isLook({ detail: { elt: event.detail.requestConfig.elt } }) && isBusy()) {
      event.detail.shouldSwap = false;
      return;
    }
    const at = here();
    const id = document.activeElement.id;
    before = {
      ids: new Set(signals().map((signal) => signal.dataset.signal)),
      at: at ? signals().indexOf(at) : -1,
      signal: at?.dataset.signal,
      id: inbox().contains(document.activeElement) ? id : "",
      isLook: event.detail.requestConfig.elt.id === "inbox",
    };
  });
  document.body.addEventListener("htmx:afterSettle", (event) => {
    if (!before || !inbox()) return;
    const was = before;
    before = null;
    const title = inbox().dataset.title;
    const heading = document.querySelector("main h1");
    if (heading.textContent !== title) {
      document.title = document.title.replace(heading.textContent, title);
      heading.textContent = title;
    }
    if (was.isLook)
      for (const signal of signals()) if (!was.ids.has(signal.dataset.signal)) signal.classList.add("is-fresh");
    if (was.at < 0) return;
    const same = was.id && document.getElementById(was.id);
    const signal = inbox().querySelector(`[data-signal="${CSS.escape(was.signal)}"]`) ?? signals()[Math.min(was.at, signals().length - 1)];
    (same || link(signal))?.focus({ preventScroll: was.isLook });
  });

  function act(key) {
    const signal = here();
    const control = signal?.querySelector(`[data-act="${key}"]`);
    if (!control) return false;
    control.click();
    control.parentElement.querySelector("details[open] button, details[open] input:not([type=hidden])")?.focus();
    control.closest("details")?.querySelector(".menu-panel button, .menu-panel input:not([type=hidden])")?.focus();
    return true;
  }
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, dialog")) return;
    const step = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      const menu = event.target.closest(".menu-panel");
      if (menu) {
        if (event.key.length === 1) return;
        const items = [...menu.querySelectorAll("button, input:not([type=hidden])")];
        items[items.indexOf(event.target) + step]?.focus();
        event.preventDefault();
        return;
      }
      const all = signals();
      const at = all.indexOf(here());
      if (at < 0 && event.key.length > 1 && event.target !== document.body) return;
      const next = all[at < 0 ? 0 : at + step];
      if (next) {
        event.preventDefault();
        link(next).focus();
      }
    } else if (["t", "s", "a", "e"].includes(event.key) && act(event.key)) event.preventDefault();
  });
})();

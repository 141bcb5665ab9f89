// What every page can do: drawer, quick find, keys, table rows. Without it every link still works.
(() => {
  "use strict";
  const drawer = document.getElementById("drawer");
  const finder = document.getElementById("finder");
  const body = document.getElementById("drawer-body");
  for (const hidden of document.querySelectorAll("[data-opens]")) hidden.hidden = false;
  document.documentElement.classList.add("has-script");
  // On a phone the places stand in a row that is wider than the screen.
  document.querySelector(".rail [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });

  // The drawer: a link marked data-drawer opens beside the page, and its address is in the bar,
  // so that it can be sent to somebody, who then sees it as a page of its own.
  let cameFrom = null;
  async function openDrawer(href, { push = true } = {}) {
    if (!drawer.open) {
      cameFrom = document.activeElement;
      drawer.showModal();
    }
    body.setAttribute("aria-busy", "true");
    body.textContent = drawer.dataset.loading + "…";
    document.getElementById("drawer-alone").href = href;
    if (push) history.pushState({ drawer: href }, "", href);
    const reply = await fetch(href, { headers: { "HX-Request": "true", "HX-Target": "drawer-body" } })
      .catch(() => null);
    body.removeAttribute("aria-busy");
    if (!reply || !reply.ok) {
      body.textContent = drawer.dataset.failed;
      return;
    }
    body.innerHTML = await reply.text();
    window.htmx?.process(body);
    drawer.scrollTop = 0;
    const title = body.querySelector("h2");
    if (title) {
      title.tabIndex = -1;
      title.focus();
    }
  }
  window.tenureDrawer = openDrawer;
  const home = location.href;
  drawer.addEventListener("close", () => {
    if (history.state?.drawer) history.pushState({}, "", home);
    cameFrom?.focus?.();
  });
  addEventListener("popstate", (event) => {
    if (event.state?.drawer) openDrawer(event.state.drawer, { push: false });
    else if (drawer.open && location.href === home) drawer.close();
    else if (location.href !== home) location.reload();
  });
  drawer.addEventListener("click", (event) => event.target === drawer && drawer.close());
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-drawer]");
    if (link && !event.metaKey && !event.ctrlKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      openDrawer(link.href);
    }
    const opener = event.target.closest?.("[data-opens]");
    if (opener) openDialog(document.getElementById(opener.dataset.opens));
    for (const open of document.querySelectorAll("details.me[open], details.menu[open]"))
      if (!open.contains(event.target)) open.open = false;
  });

  function openDialog(dialog) {
    if (dialog.open) return;
    dialog.showModal();
    if (dialog === finder) {
      const field = finder.querySelector("input");
      field.select();
      field.dispatchEvent(new CustomEvent("found", { bubbles: true }));
    }
  }
  for (const dialog of [finder, document.getElementById("keys")])
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  finder.addEventListener("keydown", (event) => {
    const links = [...finder.querySelectorAll("#found a")];
    const at = links.indexOf(document.activeElement);
    if (event.key === "ArrowDown") links[Math.min(at + 1, links.length - 1)]?.focus();
    else if (event.key === "ArrowUp") (at <= 0 ? finder.querySelector("input") : links[at - 1]).focus();
    else if (event.key === "Enter" && at < 0 && links.length) links[0].click();
    else return;
    event.preventDefault();
  });

  // Keys
  let waitsForPlace = false;
  document.addEventListener("keydown", (event) => {
    if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openDialog(finder);
      return;
    }
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key === "Escape") {
      const open = document.querySelector("details.me[open], details.menu[open]");
      if (open) {
        open.open = false;
        open.querySelector("summary").focus();
      }
    }
    if (typing || event.metaKey || event.ctrlKey || event.altKey) return;
    if (waitsForPlace) {
      waitsForPlace = false;
      const place = document.querySelector(`[data-shortcut="${CSS.escape(event.key)}"]`);
      if (place) {
        event.preventDefault();
        place.click();
        return;
      }
    }
    if (event.key === "/") {
      event.preventDefault();
      const search = document.querySelector("main input[type=search]");
      search ? search.focus() : openDialog(finder);
    } else if (event.key === "?") openDialog(document.getElementById("keys"));
    else if (event.key === "g") {
      waitsForPlace = true;
      setTimeout(() => (waitsForPlace = false), 1200);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") moveAlongRows(event);
  });

  // Rows: arrows move between the first links of a table's rows, Enter is the link's own.
  function moveAlongRows(event) {
    const table = event.target.closest?.("table[data-rows]")
      ?? (event.target === document.body ? document.querySelector("table[data-rows]") : null);
    if (!table) return;
    const links = [...table.querySelectorAll("tbody tr")].map((row) => row.querySelector("a[href]")).filter(Boolean);
    const at = links.findIndex((link) => link.closest("tr").contains(document.activeElement));
    const next = links[at + (event.key === "ArrowDown" ? 1 : -1)] ?? (at < 0 ? links[0] : null);
    if (next) {
      event.preventDefault();
      next.focus();
    }
  }
  document.addEventListener("click", (event) => {
    const row = event.target.closest?.("table[data-rows] tbody tr");
    if (!row || event.target.closest("a, button, input, label, summary") || String(getSelection())) return;
    row.querySelector("a[href]")?.click();
  });

  // Forms that apply themselves; their button is for pages without script.
  document.addEventListener("change", (event) => {
    const form = event.target.closest?.("form[data-applies]");
    if (form && !event.target.matches("[data-waits]")) form.requestSubmit();
  });
  for (const form of document.querySelectorAll("form[data-applies]"))
    form.addEventListener("formdata", (event) => {
      for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
    });

  document.addEventListener("click", async (event) => {
    const copier = event.target.closest?.("[data-copy], [data-copy-link]");
    if (!copier) return;
    const source = copier.dataset.copy && document.getElementById(copier.dataset.copy);
    const text = source ? source.textContent : location.href;
    await navigator.clipboard?.writeText(text.trim());
    const words = copier.querySelector("[data-done]");
    if (!words) return;
    const before = words.textContent;
    words.textContent = words.dataset.done;
    setTimeout(() => (words.textContent = before), 1600);
  });
  for (const hidden of document.querySelectorAll("[data-copy], [data-copy-link]")) hidden.hidden = false;
})();

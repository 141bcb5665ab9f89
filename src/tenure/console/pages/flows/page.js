// The editor of definitions: numbers its lines, marks those that something is said of, and leads there.
(() => {
  "use strict";
  const text = document.getElementById("definition-text");
  if (!text) return;
  const gutter = document.querySelector(".gutter");
  const checked = document.getElementById("checked");
  gutter.hidden = false;

  let drawn = 0;
  function number() {
    const lines = text.value.split("\n").length;
    if (lines !== drawn) {
      drawn = lines;
      gutter.replaceChildren(...Array.from({ length: lines }, (_, index) => {
        const line = document.createElement("span");
        line.textContent = `${index + 1}\n`;
        return line;
      }));
    }
    mark();
  }
  function mark() {
    for (const line of gutter.querySelectorAll(".is-wrong, .is-odd")) line.className = "";
    for (const link of checked.querySelectorAll("[data-line]")) {
      const line = gutter.children[Number(link.dataset.line) - 1];
      if (!line || line.className === "is-wrong") continue;
      line.className = link.closest(".told-error") ? "is-wrong" : "is-odd";
    }
    follow();
  }
  function follow() {
    gutter.scrollTop = text.scrollTop;
  }
  text.addEventListener("scroll", follow);
  text.addEventListener("input", number);
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.target === checked) mark();
  });

  // A finding leads to its line, which is then selected.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-line]");
    if (!link) return;
    event.preventDefault();
    const lines = text.value.split("\n");
    const at = Math.min(Number(link.dataset.line), lines.length) - 1;
    const start = lines.slice(0, at).reduce((sum, line) => sum + line.length + 1, 0);
    text.focus();
    text.setSelectionRange(start, start + lines[at].length);
    const height = parseFloat(getComputedStyle(text).lineHeight);
    text.scrollTop = Math.max(0, at * height - text.clientHeight / 2);
    text.scrollIntoView({ block: "nearest" });
  });

  // Tab goes on to the next field, as everywhere; the text has no other use of it.
  number();
})();

// The segment editor: marks what is wrong in the text itself, writes names where the cursor stands.
(() => {
  "use strict";
  const form = document.getElementById("segment-form");
  if (!form) return;
  const text = form.querySelector("textarea");
  const marks = form.querySelector(".condition-marks");
  const answer = document.getElementById("segment-answer");
  marks.hidden = false;

  // The same text stands behind the field, with the wrong part underlined.
  function mark() {
    const told = answer.querySelector("[data-start]");
    marks.textContent = text.value + "\n";
    text.setAttribute("aria-invalid", told ? "true" : "false");
    if (!told) return;
    const start = Math.min(placeOf(Number(told.dataset.start)), text.value.length);
    const end = Math.min(placeOf(Number(told.dataset.start) + Number(told.dataset.length)), text.value.length);
    const wrong = document.createElement("mark");
    wrong.className = "wrong";
    wrong.textContent = text.value.slice(start, end) || "\u00a0";
    marks.replaceChildren(text.value.slice(0, start), wrong, text.value.slice(end) + "\n");
    follow();
  }
  // The server counts characters, the browser UTF-16 units.
  function placeOf(characters) {
    return [...text.value].slice(0, characters).join("").length;
  }
  function follow() {
    marks.scrollTop = text.scrollTop;
  }
  text.addEventListener("scroll", follow);
  text.addEventListener("input", () => {
    marks.textContent = text.value + "\n";
    follow();
  });
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.target !== answer) return;
    for (const hidden of answer.querySelectorAll("[data-copy-link]")) hidden.hidden = false;
    mark();
  });

  function write(words, start, end) {
    text.focus();
    text.setSelectionRange(start, end);
    // Keeps the browser's own undo, where it can.
    if (!document.execCommand("insertText", false, words)) text.setRangeText(words, start, end, "end");
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }
  document.addEventListener("click", (event) => {
    const fix = event.target.closest?.("[data-fix]");
    const name = event.target.closest?.("[data-insert]");
    const example = event.target.closest?.("[data-example]");
    if (fix) {
      event.preventDefault();
      const told = answer.querySelector("[data-start]").dataset;
      const start = placeOf(Number(told.start));
      write(fix.dataset.fix, start, placeOf(Number(told.start) + Number(told.length)));
    } else if (example) {
      event.preventDefault();
      write(example.dataset.example, 0, text.value.length);
    } else if (name) {
      const before = text.value.slice(0, text.selectionStart);
      const gap = before && !/[\s(]$/.test(before) ? " " : "";
      write(gap + name.dataset.insert, text.selectionStart, text.selectionEnd);
    }
  });

  // Lists that are searched by what is typed above them.
  for (const label of document.querySelectorAll("[data-filter]")) {
    const items = [...document.getElementById(label.dataset.filter).children];
    label.hidden = false;
    label.querySelector("input").addEventListener("input", (event) => {
      const words = event.target.value.toLowerCase().split(/\s+/);
      for (const item of items) {
        const told = item.textContent.toLowerCase();
        item.hidden = !words.every((word) => told.includes(word));
      }
    });
  }
  // Accounts and people have columns of their own: the page is asked again for them.
  form.addEventListener("change", (event) => {
    if (event.target.name !== "over") return;
    event.stopPropagation();
    const link = new URL(location.href);
    for (const field of ["name", "title", "where", "description"])
      link.searchParams.set(field, form.elements[field]?.value ?? "");
    link.searchParams.set("over", event.target.value);
    location.assign(link);
  }, true);
  mark();
})();

/*! tenure-proof.js | MIT License | (c) Tenure contributors */
// Words of customers on a page of yours:
//
//   <div data-tenure-proof data-feature="reports" data-count="2"></div>
//   <script src="https://tenure.example.com/tenure-proof.js" defer></script>
//
// data-feature, -segment, -plan and -language say whose words; data-seed, whose of many (the path).
// Nothing is stored, sent or followed. Where nothing may be said the element stays as it is.
(function () {
'use strict';
const base = new URL('.', document.currentScript.src).href;
// Colours are the page's own, so that it fits light, dark and high contrast.
const LOOK =
  'figure{margin:0 0 24px}blockquote{margin:0 0 8px;padding-inline-start:16px;' +
  'border-inline-start:3px solid currentColor;white-space:pre-line;overflow-wrap:anywhere}' +
  'figcaption{font-size:.875em;padding-inline-start:19px}a{color:inherit}';
const ASKED = ['feature', 'segment', 'plan', 'language', 'count', 'seed'];

function make(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const name in attributes) if (attributes[name]) node.setAttribute(name, attributes[name]);
  node.append(...children);
  return node;
}

function drawn(item) {
  const where = item.url ? make('a', { href: item.url, rel: 'noopener nofollow' }, item.where) : item.where;
  return make(
    'figure', {},
    make('blockquote', { lang: item.language, dir: item.direction, cite: item.url }, item.words),
    make('figcaption', { dir: 'auto' }, '\u2014 ' + item.named, make('br'), where),
  );
}

function fill(place, items) {
  if (!items.length && !place.shadowRoot) return;
  const root = place.shadowRoot || place.attachShadow({ mode: 'open' });
  // What may be said no more goes; without words the element is as the page has it.
  root.replaceChildren(...(items.length ? items.map(drawn) : [make('slot', {})]));
  // By the CSSOM alone, so that a page's policy need not allow styles.
  if (root.adoptedStyleSheets && !root.adoptedStyleSheets.length) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(LOOK);
    root.adoptedStyleSheets = [sheet];
  }
}

async function show() {
  for (const place of document.querySelectorAll('[data-tenure-proof]')) {
    const asked = new URLSearchParams({
      language: document.documentElement.lang || navigator.language || 'en',
      seed: location.pathname,
    });
    for (const name of ASKED) if (place.dataset[name]) asked.set(name, place.dataset[name]);
    try {
      const reply = await fetch(base + 'proof.json?' + asked, { credentials: 'omit' });
      if (reply.ok) fill(place, (await reply.json()).items);
    } catch (error) {
      // Without an answer the page is as it was.
    }
  }
}

window.tenureProof = { show: show };
if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', show);
else show();
})();

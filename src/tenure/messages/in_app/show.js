// What is shown to somebody in the product: one thing at a time, and never over the way out.
//
// A module of its own, which comes when something waits. Everything is in a shadow root, styled by
// a constructed sheet and the CSSOM alone, so that a page's policy need not allow styles.

const CHECK_MS = 1000;
const CHECKS = 60; // for a page to have what a tour points to, or to be free
const THANKS_MS = 4000;
const AGAIN_MS = [2000, 10000];
const SHUT = 'tenure.in-app.shut'; // checklists that were folded up
const LEADS = /^(https?:\/\/|\/(?![\/\\]))/;
const over = new Set(); // keys of what was answered here

let tools;
let waiting = [];
let current; // {message, host, box, place, leave}
let quietAt; // where something was answered: the next one waits for the next page
let checks;
let timer;

// Shows the first of these that fits. Gives back what takes it away.
export function show(messages, given) {
  tools = given;
  // A checklist is patient: whatever else waits goes first.
  waiting = messages.filter((each) => each.kind !== 'checklist');
  waiting.push(...messages.filter((each) => each.kind === 'checklist'));
  checks = 0;
  if (quietAt !== here()) quietAt = 0;
  const held = current && waiting.find((each) => each.key === current.message.key);
  const isBetter = held && held.kind === 'checklist' && waiting[0].kind !== 'checklist';
  if (current && (!held || isBetter || !fits(held))) remove();
  if (current && current.update) current.update(held);
  next();
  return clear;
}

function clear() {
  waiting = [];
  clearTimeout(timer);
  remove();
}

function next() {
  clearTimeout(timer);
  if (current || quietAt === here()) return;
  const left = waiting.filter((each) => !over.has(each.key));
  if (!document.hidden && !isBusy() && left.some((each) => fits(each) && open(each))) return;
  if (left[0] && checks++ < CHECKS) timer = setTimeout(tools.safe(next), CHECK_MS);
}

// Somebody is leaving, or is asked something else.
function isBusy() {
  return (
    document.querySelector('tenure-cancel,tenure-question,body[data-tenure-cancel-page]') ||
    found('dialog[open],[aria-modal=true]').some(isThere) ||
    tools.matches(tools.settings.cancelPages, location.pathname)
  );
}

function fits(message) {
  const isHere = !message.pages[0] || tools.matches(message.pages, location.pathname);
  if (message.kind === 'modal' && waysOut().some(isInView)) return false;
  return isHere && (message.kind !== 'tour_step' || target(message));
}

function target(message) {
  return found(message.at).find(isThere);
}

function found(selector) {
  try {
    return [...document.querySelectorAll(selector)];
  } catch (error) {
    return []; // no selector of this browser's
  }
}

const here = () => location.pathname + location.hash;
const isThere = (node) => node.getClientRects()[0];
const waysOut = () => found(tools.settings.cancel).map((node) => node.getBoundingClientRect());
const isInView = (rect) =>
  rect.width && rect.bottom > 0 && rect.right > 0 && rect.top < innerHeight && rect.left < innerWidth;
const isOver = (one, other) =>
  other.width && one.left < other.right && other.left < one.right &&
  one.top < other.bottom && other.top < one.bottom;

// --- telling

function tell(message, did, more, tries = 0) {
  if (!tries) tools.emit('inApp', Object.assign({ did, key: message.key, kind: message.kind }, more));
  tools.forget();
  const body = Object.assign({ key: message.key, did, times: message.times }, more);
  // Once more afterwards: what was asked for meanwhile may still have it.
  return tools.say(body).then(() => tools.forget()).catch(async (error) => {
    tools.emit('error', error);
    if (!AGAIN_MS[tries]) return;
    await new Promise((done) => setTimeout(done, AGAIN_MS[tries]));
    await tell(message, did, more, tries + 1);
  });
}

// The last word about it; what was shown is told before, unless the page goes.
function end(message, did, more) {
  over.add(message.key);
  quietAt = here();
  const told = current && current.told;
  if (did === 'clicked' || !told) tell(message, did, more);
  else told.then(() => tell(message, did, more));
}

// --- drawing

const make = (tag, attributes, ...children) => tools.make(tag, attributes || {}, ...children);

function open(message) {
  const { kind, labels } = message;
  const isModal = kind === 'modal';
  const box = make(isModal ? 'dialog' : 'section', {
    class: 'box ' + kind, 'aria-labelledby': 'title', lang: message.language, dir: message.direction,
  });
  // One that asks or points is a dialog of its own; the others are a part of the page.
  box.setAttribute('role', kind === 'banner' || kind === 'checklist' ? 'region' : 'dialog');
  const title = make('h2', { id: 'title', tabindex: '-1' }, message.title);
  const words = make('div', { class: 'words' });
  words.innerHTML = tools.trusted(message.html);
  const shut = make('button', { type: 'button', class: 'shut', 'aria-label': labels.close }, '×');
  const said = make('p', { role: 'status', class: 'unseen' });
  const parts = { box, title, words, said, message };
  const body = (DRAWN[kind] || plain)(parts);
  box.append(...body, shut, said);

  const host = make('tenure-in-app');
  const theme = tools.how.theme || {};
  for (const name in theme) host.style.setProperty('--tenure-' + name, theme[name]);
  const root = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  root.adoptedStyleSheets = [sheet];
  root.append(box);

  let cameFrom;
  let frame;
  const place = () => {
    const isShown = PLACED[kind] ? PLACED[kind](parts, host) : settle(box, message);
    box.classList.toggle('away', !isShown);
    return isShown;
  };
  const moved = () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(tools.safe(place));
  };
  const dismiss = tools.safe(() => {
    if (!over.has(message.key)) end(message, 'dismissed');
    remove();
  });
  shut.onclick = dismiss;
  box.oncancel = (press) => {
    press.preventDefault();
    dismiss();
  };
  box.onkeydown = (press) => {
    press.stopPropagation(); // the page's own keys are not meant
    if (!isModal && press.key === 'Escape' && !press.isComposing) dismiss();
  };
  host.addEventListener('focusin', (move) => (cameFrom = move.relatedTarget || cameFrom));
  words.onclick = (press) => {
    if (press.target.closest('a[href]')) end(message, 'clicked');
  };
  const stops = [tools.on('cancelScreen', remove)];
  if (parts.hears) stops.push(tools.on('event', parts.hears));
  addEventListener('scroll', moved, { capture: true, passive: true });
  addEventListener('resize', moved);

  current = { message, update: parts.update };
  current.leave = () => {
    stops.forEach((stop) => stop());
    cancelAnimationFrame(frame);
    removeEventListener('scroll', moved, { capture: true });
    removeEventListener('resize', moved);
    if (isModal) box.close(); // gives the focus back
    const hadFocus = root.activeElement;
    host.remove();
    if (!isModal && hadFocus && cameFrom && cameFrom.isConnected) cameFrom.focus();
  };
  (document.body || document.documentElement).append(host);
  if (isModal) {
    box.showModal();
    title.focus();
  } else if (!place()) {
    remove(); // it would lie over the way out, whatever side it takes
    return false;
  }
  // Said politely to who does not see it come; it takes no focus.
  if (!isModal) setTimeout(() => (said.textContent = said.textContent || message.title), 200);
  current.told = tell(message, 'shown');
  message.times++;
  return true;
}

function remove() {
  const gone = current;
  current = 0;
  if (gone) gone.leave();
}

function button(message) {
  const { label, link, event } = message.button || { label: message.labels.fine };
  const leads = LEADS.test(link);
  const node = make(leads ? 'a' : 'button', { class: 'go' }, label);
  if (leads) node.href = link;
  else node.type = 'button';
  node.onclick = tools.safe(() => {
    end(message, message.button ? 'clicked' : 'dismissed');
    if (event) tools.calls.track(event, { message: message.key });
    remove();
  });
  return node;
}

function plain({ title, words, message }) {
  const hasButton = message.button || message.kind !== 'banner';
  return [make('div', { class: 'said' }, title, words), hasButton ? button(message) : ''];
}

function checklist(parts) {
  const { message, box, title, words } = parts;
  const { labels } = message;
  const list = make('ul', { role: 'list' });
  const count = make('span', { class: 'count' });
  const bar = make('progress', { max: message.items.length, 'aria-labelledby': 'title' });
  const folded = make('details', {}, make('summary', {}, title, count), words, bar, list);
  const shut = storedShut();
  folded.open = !shut.includes(message.key);
  folded.ontoggle = tools.safe(() => {
    const kept = storedShut().filter((key) => key !== message.key);
    sessionStorage.setItem(SHUT, JSON.stringify(folded.open ? kept : [...kept, message.key]));
  });
  const tick = (item) => {
    if (item.done) return;
    item.done = true;
    tell(message, 'ticked', { name: item.name });
    draw();
  };
  const draw = () => {
    const done = message.items.filter((item) => item.done).length;
    count.textContent = done + '/' + message.items.length;
    bar.value = done;
    list.replaceChildren(...message.items.map((item) => {
      const leads = LEADS.test(item.link) && !item.done;
      const label = make(leads ? 'a' : 'span', { class: 'label' }, item.label);
      if (leads) {
        label.href = item.link;
        label.onclick = () => tell(message, 'clicked', { name: item.name });
      }
      const mark = item.done || item.event
        ? make('span', { class: 'mark', 'aria-hidden': 'true' }, item.done ? '✓' : '')
        : make('button', { type: 'button', class: 'mark', 'aria-label': labels.tick + ': ' + item.label });
      if (mark.type) mark.onclick = tools.safe(() => tick(item));
      const state = item.done ? make('span', { class: 'unseen' }, ' (' + labels.done + ')') : '';
      return make('li', item.done ? { class: 'done' } : {}, mark, make('span', {}, label, state));
    }));
    if (done === message.items.length && current) {
      over.add(message.key);
      parts.said.textContent = labels.fine;
      setTimeout(() => current && current.message === message && remove(), THANKS_MS);
    }
  };
  parts.hears = (event) => {
    const item = event.type === 'track' && message.items.find((each) => each.event === event.event);
    if (item) tick(item);
  };
  parts.update = (fresh) => {
    message.times = Math.max(message.times, fresh.times);
    fresh.items.forEach((item, at) => (message.items[at].done = message.items[at].done || item.done));
    draw();
  };
  draw();
  return [folded];
}

function storedShut() {
  try {
    return JSON.parse(sessionStorage.getItem(SHUT)) || [];
  } catch (error) {
    return [];
  }
}

function survey({ message, box, title, words, said }) {
  const { labels, questions } = message;
  const form = make('form', {}, ...questions.map((each, at) => asked(each, 'q' + at, labels)));
  form.append(make('button', { class: 'go' }, labels.send));
  form.onsubmit = tools.safe((submit) => {
    submit.preventDefault();
    const given = new FormData(form);
    const answers = {};
    questions.forEach((each, at) => {
      const value = (given.get('q' + at) || '').trim();
      if (value) answers[each.name] = each.kind === 'text' ? value : +value;
    });
    if (!Object.keys(answers).length) {
      form.querySelector('input,textarea').focus(); // nothing is said; closing it stays possible
      return;
    }
    end(message, 'answered', { answers });
    form.remove();
    words.remove();
    title.textContent = said.textContent = labels.thanks;
    title.focus();
    setTimeout(() => current && current.message === message && remove(), THANKS_MS);
  });
  return [title, words, form];
}

function asked(each, name, labels) {
  const isWanted = each.optional ? {} : { required: '' };
  const words = each.optional ? each.ask + ' (' + labels.optional + ')' : each.ask;
  if (each.kind === 'text') {
    const area = make('textarea', Object.assign({ name, maxlength: 2000, rows: 3 }, isWanted));
    return make('label', { class: 'field' }, make('span', {}, words), area);
  }
  const isScore = each.kind === 'score';
  const values = isScore ? [...Array(11).keys()] : each.choices;
  const options = values.map((value, at) =>
    make('label', {},
      make('input', Object.assign({ type: 'radio', name, value: at }, isWanted)),
      make('span', {}, value)));
  const row = make('div', { class: isScore ? 'scores' : 'choices' }, ...options);
  const ends = make('div', { class: 'ends', id: name + '-ends' },
    make('span', {}, each.low), make('span', {}, each.high));
  const hasEnds = each.low || each.high;
  return make('fieldset', hasEnds ? { 'aria-describedby': name + '-ends' } : {},
    make('legend', {}, words), row, hasEnds ? ends : '');
}

// --- placing

// At its place, or at the other one where it would lie over a way out.
function settle(box, message) {
  const places = message.place === 'top' ? ['high', 'low'] : ['low', 'high'];
  return places.some((place, at) => {
    box.classList.remove(places[1 - at]);
    box.classList.add(place);
    const rect = box.getBoundingClientRect();
    return !waysOut().some((way) => isOver(rect, way));
  });
}

const EDGE = 12;
const AROUND = { below: 'above', above: 'below', before: 'after', after: 'before' };

// Beside what it points to, on the side that is wished for or the next that has room.
function point({ box, message }) {
  const node = target(message);
  if (!node) return false;
  const ring = box.nextSibling || make('div', { class: 'ring away' });
  if (!ring.parentNode) {
    box.after(ring);
    if (!isInView(node.getBoundingClientRect())) node.scrollIntoView({ block: 'center' });
  }
  const rect = node.getBoundingClientRect();
  const isShown = isInView(rect) && settleBeside(box, message, rect);
  const { left, top, width, height } = rect;
  const lines = { left: left - 4, top: top - 4, width: width + 8, height: height + 8 };
  for (const name in lines) ring.style[name] = lines[name] + 'px';
  ring.classList.toggle('away', !isShown);
  return isShown;
}

function settleBeside(box, message, rect) {
  const isLtr = message.direction !== 'rtl';
  const wide = box.offsetWidth;
  const high = box.offsetHeight;
  const room = (value, size, all) => Math.max(EDGE, Math.min(value, all - size - EDGE));
  const middle = room(rect.left + rect.width / 2 - wide / 2, wide, innerWidth);
  const level = room(rect.top + rect.height / 2 - high / 2, high, innerHeight);
  const left = [rect.left - wide - EDGE, level];
  const right = [rect.right + EDGE, level];
  const spots = {
    below: [middle, rect.bottom + EDGE], above: [middle, rect.top - high - EDGE],
    before: isLtr ? left : right, after: isLtr ? right : left,
  };
  const sides = [message.side, AROUND[message.side], 'below', 'above', 'after', 'before'];
  const ways = waysOut();
  return sides.some((side) => {
    const [x, y] = spots[side];
    const spot = { left: x, top: y, right: x + wide, bottom: y + high };
    const hasRoom = x >= 0 && y >= 0 && spot.right <= innerWidth && spot.bottom <= innerHeight;
    if (!hasRoom || ways.some((way) => isOver(spot, way))) return false;
    box.style.left = x + 'px';
    box.style.top = y + 'px';
    return true;
  });
}

const DRAWN = { checklist, survey };
const PLACED = { tour_step: point, modal: () => true };

const CSS = '{{style}}';

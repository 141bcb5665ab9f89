// What did you come for: a question in a corner of the page, which nobody has to answer.

const REST_DAYS = 30; // after somebody closed it
const WORDS = {
  en: 'What would you like to achieve here?|Something else|In your own words|Send|Close|Thank you.',
  'zh-Hans': '您希望在这里达成什么目标？|其他|用您自己的话说|提交|关闭|谢谢。',
  'zh-Hant': '您希望在這裡達成什麼目標？|其他|用您自己的話說|送出|關閉|謝謝。',
};
// The browser's own colours and controls, which know light, dark and high contrast. Nothing moves.
const LOOK = {
  ':host': 'all:initial!important',
  '*': 'box-sizing:border-box',
  '[role=dialog]':
    'position:fixed;z-index:99999;inset-inline-end:16px;bottom:16px;' +
    'width:360px;max-width:calc(100% - 32px);max-height:calc(100% - 32px);overflow:auto;' +
    'padding:16px;border:1px solid GrayText;border-radius:8px;font:16px/1.5 system-ui;' +
    'color-scheme:var(--tenure-scheme,light dark);background:Canvas;color:CanvasText;overflow-wrap:anywhere',
  b: 'display:block;margin-inline-end:40px',
  label: 'display:flex;align-items:baseline;gap:8px;padding:6px 0',
  span: 'flex:1',
  textarea: 'width:100%;font:inherit',
  button: 'font:inherit;padding:6px 12px',
  'b+button': 'position:absolute;inset-inline-end:8px;top:8px;border:0;background:none',
  'form+p': 'position:absolute;clip-path:inset(50%)',
};

let asking; // what was asked for, from then until it is closed
let panel;
let cameFrom; // what had the focus before

calls.ask = (how) => {
  if (asking) return;
  asking = how = Object.assign({ role: '' }, how);
  setTimeout(safe(pose), how.after * 1000 || 0, how);
};

// Tells person, account and role apart without saying who they are.
function askedName() {
  let sum = 0;
  for (const letter of [asking.role, kept('user'), groupId()].join('\n')) {
    sum = (sum * 31 + letter.codePointAt(0)) | 0;
  }
  return 'asked.' + sum;
}

// An item is `a` for answered or `c` for closed, and when.
function isDue() {
  const last = kept(askedName());
  const days = last && last[0] === 'a' ? asking.again_days || Infinity : REST_DAYS;
  return !last || Date.now() - last.slice(1) >= days * 86400000;
}

async function pose(how) {
  if (how !== asking) return;
  try {
    if (mayRun() === null) {
      const stop = on('consent', () => stop() || pose(how));
    } else if (!mayRun() || !shelf() || !isDue()) {
      closeQuestion(); // without storage it would come on every page
    } else {
      const outcomes = how.outcomes || (await declared());
      if (how === asking) show(outcomes);
    }
  } catch (error) {
    closeQuestion();
    emit('error', error);
  }
}

async function declared() {
  const reply = await fetch(base() + 'outcomes?key=' + settings.key, { credentials: 'omit' });
  return (await reply.json()).outcomes;
}

function make(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const name in attributes) node.setAttribute(name, attributes[name]);
  node.append(...children);
  return node;
}

function wording() {
  const lang = document.documentElement.lang || navigator.language;
  const tongue = !/^zh/i.test(lang) ? 'en' : /^zh-(hant|tw|hk|mo)/i.test(lang) ? 'zh-Hant' : 'zh-Hans';
  const [title, other, text, send, close, thanks] = WORDS[tongue].split('|');
  const ours = { title, other, text, send, close, thanks, lang: asking.texts ? lang : tongue };
  return { ...ours, ...asking, ...asking.texts };
}

function choice(outcome) {
  return make(
    'label', {},
    make('input', { type: 'radio', name: 'outcome', value: outcome.name, required: '' }),
    make('span', {}, outcome.title || outcome.name),
  );
}

function show(outcomes) {
  const words = wording();
  const label = { 'aria-label': words.title };
  const other = choice({ name: '', title: words.other });
  const text = make('textarea', { maxlength: 2000, required: '' });
  const form = make(
    'form', {},
    make(
      'div', Object.assign({ role: 'radiogroup' }, label),
      ...outcomes.map(choice), outcomes[0] ? other : '',
    ),
    make('label', {}, make('span', {}, words.text, text)),
    make('button', {}, words.send),
  );
  const close = make('button', { 'aria-label': words.close }, '×');
  const status = make('p', { role: 'status' });
  const dialog = make(
    'div', Object.assign({ role: 'dialog', lang: words.lang }, label),
    make('b', {}, words.title), close, form, status,
  );

  const chosen = () => (form.querySelector(':checked') || {}).value;
  close.onclick = safe(() => {
    if (form.isConnected) keep(askedName(), 'c' + Date.now());
    closeQuestion();
  });
  dialog.onkeydown = safe((press) => {
    press.stopPropagation(); // the page's own keys are not meant
    if (press.key === 'Escape' && !press.isComposing) close.click();
  });
  form.oninput = safe(() => {
    if (text.value && chosen() == null) other.firstChild.checked = true;
    text.required = !chosen();
  });
  form.onsubmit = safe((submit) => {
    submit.preventDefault();
    const said = text.value.trim();
    const outcome = chosen() || said.slice(0, 200);
    if (!outcome) return text.focus();
    const { role, onAnswer } = asking;
    keep(askedName(), 'a' + Date.now());
    calls.outcome(outcome, { role, by: 'in-app', text: said });
    giveBackFocus();
    form.remove();
    status.textContent = words.thanks;
    setTimeout(closeQuestion, 4000, panel);
    if (onAnswer) onAnswer({ outcome, role, text: said });
  });

  panel = make('tenure-question');
  dress(panel.attachShadow({ mode: 'open' }), dialog);
  listen(panel, 'focusin', (move) => (cameFrom = move.relatedTarget || cameFrom));
  (document.body || document.documentElement).append(panel);
  // Said politely to who does not see it come; it takes no focus.
  setTimeout(() => (status.textContent = status.textContent || words.title), 200);
}

// By the CSSOM alone, so that a page's policy need not allow styles.
function dress(root, dialog) {
  const names = Object.keys(LOOK);
  root.append(dialog);
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(names.map((name) => name + '{' + LOOK[name] + '}').join(''));
    root.adoptedStyleSheets = [sheet];
  } catch (error) {
    // A browser from before 2023.
    names.forEach((name) => {
      root.querySelectorAll(name).forEach((node) => (node.style.cssText += LOOK[name]));
    });
  }
}

function giveBackFocus() {
  if (cameFrom && panel.shadowRoot.activeElement) cameFrom.focus();
}

// The one that is open; `only`, if that is it.
function closeQuestion(only) {
  if (only && only !== panel) return;
  asking = null;
  if (!panel) return;
  giveBackFocus();
  panel.remove();
  panel = cameFrom = 0;
}

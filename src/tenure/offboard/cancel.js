// Leaving, over the page that asked: `tenure.cancel({token, ...})`. The screens are drawn by Tenure;
// when it cannot answer in time, the host's own way to cancel goes on. A change that the token says
// is the host's (`host_acts`) is made by its handler here, and Tenure looks for it in billing.

const OPEN_MS = 1500;
const STEP_MS = 8000; // billing may take four seconds of them
const HANDLER_MS = 60000;
// Which listener hears of which outcome.
const HEARD = {
  saved: 'onSaved', canceled: 'onCanceled', returned: 'onReturned', abandoned: 'onAbandoned',
  error: 'onError',
};

// Which handler makes which change of billing.
const HANDLERS = {
  pause: 'handlePause', discount: 'handleDiscount', plan_change: 'handlePlanChange',
  trial_extension: 'handleTrialExtension', free_months: 'handleFreeMonths', refund: 'handleRefund',
  cancel_at_period_end: 'handleCancel', cancel_now: 'handleCancel', uncancel: 'handleReturn',
};

let leaving; // the passage that is under way

// A promise of the result; it never fails. `close()` on it is what the × does.
calls.cancel = (how) => {
  if (leaving) return leaving;
  const trace = { how: how || {} };
  const begun = (leaving = leave(trace));
  begun.close = () => {
    trace.isShut = true;
    if (trace.end) trace.end();
  };
  begun.then(() => (leaving = null));
  return begun;
};

async function leave(trace) {
  const { how } = trace;
  trace.cancelUrl = how.cancelUrl;
  try {
    const late = later(how.timeout || OPEN_MS);
    const token = typeof how.token === 'function' ? await Promise.race([how.token(), late]) : how.token;
    const signed = payloadOf(token);
    trace.cancelUrl = how.cancelUrl || signed.cancel_url;
    const opened = await ask('open', { token, language: how.language }, late);
    trace.acts = handled(how, signed);
    return await pass(trace, opened);
  } catch (error) {
    return goOnWithout(trace, error);
  }
}

// What a token says, unproved: enough to know the way out when nobody answers.
function payloadOf(token) {
  try {
    const bytes = atob(token.split('.')[2].replace(/-/g, '+').replace(/_/g, '/'));
    const utf8 = Uint8Array.from(bytes, (byte) => byte.charCodeAt(0));
    const said = JSON.parse(new TextDecoder().decode(utf8));
    if (!/^https?:/.test(said.cancel_url)) delete said.cancel_url;
    return said;
  } catch (error) {
    return {};
  }
}

// The kinds of change that the page has a handler for; a word to who forgot to sign for one.
function handled(how, signed) {
  const acts = Object.keys(HANDLERS).filter((kind) => typeof how[HANDLERS[kind]] === 'function');
  if (acts[0]) {
    const unsigned = acts.filter((kind) => !(signed.host_acts || []).includes(kind));
    if (signed.mode === 'test') console.info('tenure: test mode: no handler is called');
    else if (unsigned[0]) {
      console.warn('tenure: no handler is called for what the token\'s host_acts lacks: ' + unsigned);
    }
  }
  return acts;
}

function later(ms, who) {
  const error = new Error((who || 'Tenure') + ' did not answer in time');
  return new Promise((_, fail) => setTimeout(fail, ms, error));
}

async function ask(what, body, late) {
  const reply = await Promise.race([
    // As text/plain, which needs no preflight, and without the host's cookies.
    fetch(base() + 'v1/cancel/' + what, {
      method: 'POST',
      body: JSON.stringify(Object.assign(body, { render: 'html' })),
      credentials: 'omit',
    }),
    late,
  ]);
  const said = await Promise.race([reply.json(), late]);
  // 422 is a screen that says what was wrong with the answer.
  if (reply.ok || said.html) return said;
  throw Object.assign(new Error(said.message || reply.status), said);
}

// Tell who listens, and leave by the host's own link, unless `onError` returned false.
function goOnWithout(trace, error) {
  const result = Object.assign({ visit: null }, trace.result, { outcome: 'error', error });
  close(trace);
  if (tell(trace, result) !== false) {
    const url = trace.cancelUrl;
    if (typeof trace.how.fallback === 'function') safe(trace.how.fallback)(error);
    else if (url) location.assign(url);
  }
  return result;
}

function tell(trace, result) {
  emit('cancel', result);
  try {
    const listener = trace.how[HEARD[result.outcome]];
    return listener && listener(result);
  } catch (error) {
    emit('error', error); // what listens harms nothing
  }
}

function pass(trace, opened) {
  return new Promise((done) => {
    const { how } = trace;
    const dialog = make('dialog', { 'aria-labelledby': 'screen-title' });
    const shut = make('button', { type: 'button', class: 'shut', 'aria-label': how.closeLabel || '×' }, '×');
    const body = make('div', { class: 'page' });
    const host = (trace.host = make('tenure-cancel'));
    const root = host.attachShadow({ mode: 'open' });
    for (const name in how.theme) host.style.setProperty('--tenure-' + name, how.theme[name]);
    dialog.append(shut, body);
    root.append(dialog);
    trace.cameFrom = document.activeElement;
    let told; // what was decided, once it was told
    let acting; // the answer that asks the host to make a change

    const end = (trace.end = () => {
      const result = trace.result || told || {
        outcome: 'abandoned', visit: opened.visit, mode: opened.mode, reason: null, follow_up: null,
        feedback: null, offer: null, decision: null, billing: null, ends_on: null,
      };
      close(trace);
      if (!told || told.outcome !== result.outcome) tell(trace, result);
      done(result);
    });
    const fail = (error) => done(goOnWithout(trace, error));

    const show = (said, note) => {
      opened = said;
      if (said.style) wear(root, said.style);
      body.innerHTML = trusted(said.html);
      dialog.dir = said.screen.direction;
      if (note) root.querySelector('.problem,header').append(make('p', { class: 'lead' }, note));
      root.querySelectorAll('a').forEach((link) => {
        // Back to where they came from is where they are, or in its place.
        if (link.matches('.way-main')) link.onclick = safe(end);
        else link.target = '_blank';
      });
      (root.getElementById('problem') || root.getElementById('screen-title')).focus();
      dialog.scrollTop = 0;
      emit('cancelScreen', said.screen);
      if (how.onStep) safe(how.onStep)(said.screen);
      const result = (trace.result = said.result);
      // What their own page could not make yet is told when it is, or when they close.
      if (!result || said.isOpen || (told && told.outcome === result.outcome)) return;
      told = result;
      tell(trace, told);
    };

    // The host's handler is waited for; what it says is told to Tenure, which looks into billing.
    const act = async (said) => {
      acting = said;
      trace.result = said.result;
      const name = HANDLERS[said.act.kind];
      const wait = make('p', { role: 'status', class: 'busy', tabindex: '-1' }, said.act.words);
      const values = { said: 'done' };
      let note;
      body.replaceChildren(wait);
      dialog.ariaBusy = null; // that it takes a moment is what there is to hear
      wait.focus();
      try {
        const making = how[name](said.act, said.result);
        const made = await Promise.race([making, later(how.handlerTimeout || HANDLER_MS, name)]);
        note = made && made.message;
      } catch (error) {
        values.said = 'failed';
        values.message = String((error && error.message) || error || '');
        note = error && !(error instanceof Error) && error.message;
        emit('error', error);
      }
      // Without an answer: it was decided, and Tenure looks into billing by itself.
      const send = { passage: said.passage, action: 'acted', values };
      const next = await ask('step', send, later(STEP_MS)).catch(() => said);
      next.isOpen = values.message != null && next.result.billing !== 'done';
      if (trace.host) show(next, note);
    };

    const step = async (press) => {
      press.preventDefault();
      if (dialog.ariaBusy === 'true') return; // a second click changes nothing
      const values = Object.fromEntries(new FormData(press.target));
      delete values.passage;
      const action = press.submitter ? press.submitter.value : 'next';
      dialog.ariaBusy = 'true';
      try {
        const asked = { passage: opened.passage, action, values, acts: trace.acts };
        const send = () => ask('step', asked, later(STEP_MS));
        // Once more without an answer: a step counts once.
        const once = () => send().catch((error) => (error.code ? Promise.reject(error) : send()));
        const said = action === 'act' ? acting : await once();
        // Another window's handler may be at it: this page has none, and says nothing of it.
        if (said.act && trace.acts.includes(said.act.kind)) await act(said);
        else if (trace.host) show(said); // unless it was closed meanwhile
      } catch (error) {
        if (trace.host) fail(error);
      }
      dialog.ariaBusy = null;
    };

    body.onsubmit = step;
    shut.onclick = safe(end);
    dialog.oncancel = safe((press) => {
      press.preventDefault();
      end();
    });
    dialog.onkeydown = safe((press) => press.stopPropagation()); // the page's own keys are not meant
    document.body.append(host);
    dialog.showModal();
    try {
      if (trace.isShut) end();
      else show(opened);
    } catch (error) {
      fail(error);
    }
  });
}

function close(trace) {
  if (!trace.host) return;
  trace.host.remove();
  if (trace.cameFrom && trace.cameFrom.isConnected) trace.cameFrom.focus();
  trace.host = null;
}

// A page that demands Trusted Types gets ours: the text comes from Tenure, escaped there.
let policy;
function trusted(html) {
  const types = window.trustedTypes;
  if (!types) return html;
  policy = policy || types.createPolicy('tenure', { createHTML: (text) => text });
  return policy.createHTML(html);
}

// Constructed sheets need no leave of the page's policy.
function wear(root, css) {
  root.adoptedStyleSheets = [FRAME, css].map((text) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    return sheet;
  });
}

const FRAME =
  ':host{all:initial}' +
  'dialog{width:680px;max-width:calc(100% - 24px);max-height:calc(100% - 24px);padding:0;border:0;' +
  'border-radius:12px;background:var(--page);color:var(--ink);overflow:auto;overscroll-behavior:contain}' +
  'dialog::backdrop{background:rgb(0 0 0/.5)}' +
  '.page{padding:28px 24px}' +
  '.page:has(.problem){padding-top:56px}' +
  '.busy{outline:0;padding:40px 0;text-align:center}' +
  '.shut{position:absolute;inset-inline-end:8px;top:8px;width:44px;height:44px;border:0;background:none;' +
  'color:inherit;font:24px/1 system-ui;cursor:pointer}' +
  '@media(max-width:480px){dialog{width:100%;max-width:100%;height:100%;max-height:100%;border-radius:0}}';

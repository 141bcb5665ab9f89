// What waits to be shown to this person: asked for gently. What shows it comes when something does.

const POLL_MS = 300000;
const FRESH_MS = 60000; // so long an answer holds, also on the next page
const HELD = PREFIX + 'in-app';
let meant; // how it was asked for: {token, theme, ...}

// inApp({token}); null takes everything away.
calls.inApp = (how) => {
  if (meant) meant.stop();
  meant = how ? Object.assign({}, how) : 0;
  if (!meant) return;
  const timer = setInterval(look, POLL_MS);
  const stops = [on('view', look), on('consent', look), () => clearInterval(timer), takeAway];
  meant.stop = () => stops.forEach((stop) => stop());
  look();
};

// A page may have come in a tab behind.
listen(document, 'visibilitychange', () => look());

calls.reset = () => {
  calls.inApp();
  reset();
};

function takeAway() {
  if (meant.clear) meant.clear();
  holdAnswer();
}

// One question at a time; whatever fails is silent, and asked again later.
async function look() {
  const mine = meant;
  if (!mine || mine.isAsking || document.hidden) return;
  if (!mayRun()) return takeAway();
  mine.isAsking = true;
  try {
    const { person, account } = payloadOf(await tokenOf(mine));
    const who = JSON.stringify([person, account]); // in another account they are shown other things
    let messages = heldAnswer(who);
    if (!messages) {
      messages = (await sayInApp(mine, '', { language: document.documentElement.lang })).messages;
      holdAnswer(who, messages);
    }
    if (messages[0] || mine.clear) {
      const name = settings.host ? 'tenure.js' : tag.src.split(/[?#]/)[0].split('/').pop();
      const { show } = await import(base() + name.replace(/\.js$/, '-in-app.js'));
      if (mine === meant) {
        const say = (body) => sayInApp(mine, '/did', body);
        mine.clear = show(messages, {
          how: mine, say, forget: holdAnswer, settings, matches, make, trusted, emit, on, safe, calls,
        });
      }
    }
  } catch (error) {
    emit('error', error);
  }
  mine.isAsking = false;
}

async function tokenOf(mine) {
  const { token } = mine;
  return (mine.held = mine.held || (typeof token === 'function' ? await token() : token));
}

async function sayInApp(mine, path, body) {
  const reply = await fetch(base() + 'v1/in-app' + path, {
    method: 'POST',
    credentials: 'omit',
    keepalive: true, // what was clicked is told while the page goes
    body: JSON.stringify(Object.assign({ token: await tokenOf(mine) }, body)),
  });
  if (reply.status === 401) mine.held = 0; // its time is over; a function is asked for another
  if (!reply.ok) throw Error('in-app: ' + reply.status);
  return reply.json();
}

function heldAnswer(who) {
  try {
    const held = JSON.parse(sessionStorage.getItem(HELD));
    return held.who === who && Date.now() - held.at < FRESH_MS && held.messages;
  } catch (error) {
    return null;
  }
}

function holdAnswer(who, messages) {
  try {
    if (who) sessionStorage.setItem(HELD, JSON.stringify({ who, messages, at: Date.now() }));
    else sessionStorage.removeItem(HELD);
  } catch (error) {
    // without storage each page asks
  }
}

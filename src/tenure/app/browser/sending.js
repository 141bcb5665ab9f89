// How events leave: in batches, again after a failure, and at the last moment when the page goes.

const ROOM = 60000; // bytes; a browser lets a leaving page send 64 KB
const MOST = 50; // events
const BACKOFF = [500, 60000]; // ms, the first and the longest; doubling, with jitter
const LONGEST_WAIT_S = 300;
const RETRY = 'retry'; // not before this time, for all tabs

let timer = 0;
let timerAt = 0;
let isSending = false;
let failures = 0;
let most = MOST;

function schedule(ms) {
  const at = Date.now() + ms;
  if (timer && timerAt <= at) return;
  clearTimeout(timer);
  timerAt = at;
  timer = setTimeout(safe(flush), ms);
}

function flush(isLeaving) {
  clearTimeout(timer);
  timer = 0;
  if (!mayRun()) return;
  if (isSending && !isLeaving) return; // its end flushes again
  const wait = Math.min(+kept(RETRY) || 0, Date.now() + LONGEST_WAIT_S * 1000) - Date.now();
  if (wait > 0 && !(isLeaving && Object.keys(memory).length)) return schedule(wait);
  const taken = take(most, ROOM);
  if (taken.names.length) send(taken, isLeaving === true);
  else if (taken.nextAt) schedule(Math.max(50, taken.nextAt - Date.now()));
}

function send(taken, isLeaving) {
  const body =
    '{"writeKey":' + JSON.stringify(settings.key) +
    ',"sentAt":"' + new Date().toISOString() + '","batch":[' + taken.texts.join(',') + ']}';
  const url = base() + settings.path;
  lease(taken, Date.now() + 2 * settings.timeout);
  const mayOutlive = 'keepalive' in Request.prototype;
  if (isLeaving && !mayOutlive) return navigator.sendBeacon(url, body);
  const stop = new AbortController();
  const late = setTimeout(() => stop.abort(), settings.timeout);
  isSending = true;
  // As text/plain, which needs no preflight, and without the host's cookies.
  fetch(url, {
    method: 'POST',
    body: body,
    credentials: 'omit',
    keepalive: mayOutlive && taken.bytes <= ROOM && (isLeaving || !failures),
    signal: stop.signal,
  })
    .then(
      (reply) => settle(taken, reply.status, reply.headers.get('retry-after')),
      () => settle(taken, 0),
    )
    .catch((error) => emit('error', error))
    .then(() => {
      clearTimeout(late);
      isSending = false;
      schedule(0);
    });
}

// As Segment's clients do: again after 408, 410, 429, 460 and most of 5xx, never after the rest.
function settle(taken, status, retryAfter) {
  const isAgain =
    !status || [408, 410, 429, 460].indexOf(status) >= 0 ||
    (status >= 500 && status !== 501 && status !== 505);
  if (status === 413 && taken.names.length > 1) {
    most = taken.names.length >> 1;
    lease(taken, 0);
  } else if (isAgain) {
    lease(taken, 0);
    const doubled = Math.min(BACKOFF[1], BACKOFF[0] * Math.pow(2, failures++));
    const wait = retryAfter > 0
      ? Math.min(LONGEST_WAIT_S, retryAfter) * 1000
      : doubled * (0.5 + Math.random() / 2);
    keep(RETRY, '' + Math.round(Date.now() + wait));
  } else {
    taken.names.forEach((name) => drop(name) || delete made[name]);
    failures = 0;
    drop(RETRY);
    const isRefused = status >= 400;
    if (isRefused) console.warn('tenure: ' + taken.names.length + ' events refused with ' + status);
    emit(isRefused ? 'refused' : 'sent', { status: status, events: taken.names.length });
  }
}

// What could not be sent waits for the next page; what was handed over may come again there.
function watchLeaving() {
  const leave = () => document.visibilityState === 'hidden' && flush(true);
  listen(document, 'visibilitychange', leave);
  listen(window, 'pagehide', () => flush(true));
  listen(window, 'online', () => {
    failures = 0;
    drop(RETRY);
    schedule(0);
  });
}

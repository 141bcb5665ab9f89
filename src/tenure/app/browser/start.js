// How it begins: `load`, what was called before it, and the one name that a page sees.

let isLoaded = false;
const early = [];
const api = { version: VERSION, keys: {} };

function load(more) {
  if (isLoaded) return;
  apply(more);
  if (!settings.key || !base()) {
    if (more) console.warn('tenure: load needs a key and a host');
    return;
  }
  isLoaded = true;
  api.keys[instance()] = 1;
  readConsent();
  // Cookies last a year from the last visit.
  if (settings.cookieDomain) IDS.forEach((name) => kept(name) && keep(name, kept(name)));
  listen(window, 'storage', (change) => change.key === PREFIX + 'consent' && readConsent());
  watchLeaving();
  if (settings.widget) {
    sayAlive();
  } else {
    watchIntent();
    early.splice(0).forEach((call) => safe(calls[call[0]]).apply(null, call[1]));
    const open = safe(watchNavigation);
    if (document.prerendering) listen(document, 'prerenderingchange', open);
    else open();
    schedule(0);
  }
  emit('ready');
}

function instance() {
  return settings.key + ' ' + settings.widget;
}

function begin() {
  const stub = window.tenure;
  const isTaken = stub && stub.keys && stub.version;
  Object.keys(calls).forEach((name) => {
    api[name] = safe(function () {
      // Leaving waits for nothing: neither a key nor consent.
      if (isLoaded || ['load', 'on', 'ready', 'cancel'].includes(name)) {
        return calls[name].apply(null, arguments);
      }
      if (early.length < settings.keep) early.push([name, arguments]);
    });
  });
  if (tag) apply(tag.dataset);
  if (isTaken) {
    // Loaded before: for this key there is nothing to do.
    if (!settings.key || stub.keys[instance()]) return;
    stub.keys[instance()] = 1;
  } else if (!settings.widget) {
    // A widget on somebody else's page leaves the name to that page.
    window.tenure = api;
    ((stub && stub.q) || []).forEach(safe((call) => api[call[0]].apply(null, call[1])));
  }
  load();
}

safe(begin)();

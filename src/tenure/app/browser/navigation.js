// Which page: once as it opens, and again whenever the path changes without a new document.

let route = '';

function currentRoute() {
  return location.pathname + (/^#[!/]/.test(location.hash) ? location.hash : '');
}

function view() {
  route = currentRoute();
  if (settings.page) calls.page();
  emit('view', route);
}

function watchNavigation() {
  const changed = () => {
    if (!settings.spa || route === currentRoute()) return;
    const from = location.origin + route;
    // Routers set the title after the address.
    setTimeout(safe(() => {
      if (route === currentRoute()) return;
      referrer = from;
      view();
    }), 50);
  };
  ['pushState', 'replaceState'].forEach((name) => {
    const original = history[name];
    history[name] = function () {
      const result = original.apply(this, arguments);
      safe(changed)();
      return result;
    };
  });
  listen(window, 'popstate', changed);
  listen(window, 'hashchange', changed);
  // Back to a page that the browser had kept whole.
  listen(window, 'pageshow', (shown) => shown.persisted && view());
  view();
}

// Who thinks of leaving: sees the cancel page, lingers on a cancel button or presses it, takes the
// data along. Each is told at once, and all but the last once for each page view.

function watchIntent() {
  if (!settings.intent) return;
  const told = {};
  let hovered = null;
  let timer = 0;

  const tell = (name, properties) => {
    const all = Object.assign({ path: location.pathname }, properties);
    record('track', { event: name, properties: all }, null, true);
  };
  const tellOnce = (name, properties) => {
    if (!told[name]) tell(name, properties);
    told[name] = true;
  };
  const over = (seen, selector) => {
    const target = (seen.composedPath && seen.composedPath()[0]) || seen.target;
    const element = target.nodeType === 1 ? target : target.parentElement;
    return selector && element ? element.closest(selector) : null;
  };
  const named = (element) => ({ element: element.getAttribute('data-tenure-cancel') || undefined });
  const leave = () => {
    clearTimeout(timer);
    hovered = null;
  };
  const linger = (seen) => {
    const element = over(seen, settings.cancel);
    if (element === hovered) return;
    leave();
    if (!element) return;
    hovered = element;
    timer = setTimeout(safe(() => tellOnce('Cancel Button Hovered', named(element))), settings.hover);
  };

  on('view', (route) => {
    Object.keys(told).forEach((name) => delete told[name]);
    const isMarked = document.body && document.body.hasAttribute('data-tenure-cancel-page');
    if (isMarked || matches(settings.cancelPages, route)) tellOnce('Cancel Page Viewed');
  });
  // A finger does not hover; the keyboard does.
  listen(document, 'pointerover', (seen) => seen.pointerType !== 'touch' && linger(seen));
  listen(document, 'pointerout', (seen) => seen.relatedTarget || leave());
  listen(document, 'focusin', (seen) => seen.target.matches(':focus-visible') && linger(seen));
  listen(document, 'focusout', leave);
  listen(document, 'click', (seen) => {
    const button = over(seen, settings.cancel);
    if (button) tellOnce('Cancel Button Clicked', named(button));
    const element = over(seen, settings.export);
    const scope = element && element.getAttribute('data-tenure-export');
    if (element) tell('Data Exported', { scope: scope || undefined });
  });
}

// Whether one of some patterns, where * is anything, is the whole of a path.
function matches(patterns, path) {
  return ('' + patterns).split(',').some((pattern) => {
    const parts = pattern.trim().split('*');
    const escaped = parts.map((part) => part.replace(/[.+?^$()|[\]{}\\]/g, '\\$&'));
    return pattern && new RegExp('^' + escaped.join('.*') + '/?$').test(path);
  });
}

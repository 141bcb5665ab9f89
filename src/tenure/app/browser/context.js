// Where and with what: the context of an event, as Segment names it.

let referrer = document.referrer;

function address() {
  const query = settings.query ? location.search : '';
  return {
    path: location.pathname,
    referrer: settings.query ? referrer : referrer.split(/[?#]/)[0],
    search: query,
    title: document.title,
    url: settings.query ? location.href : location.origin + location.pathname,
  };
}

function campaign() {
  const found = {};
  let isOne = false;
  new URLSearchParams(location.search).forEach((value, name) => {
    if (name.indexOf('utm_')) return;
    found[name === 'utm_campaign' ? 'name' : name.slice(4)] = value;
    isOne = true;
  });
  return isOne ? found : undefined;
}

function context() {
  const group = groupId();
  const library = { name: 'tenure.js', version: VERSION };
  // From somebody else's site nothing of its visitors: not even the address, which a server adds.
  if (settings.widget) return { library: library, groupId: group, ip: '0.0.0.0', active: false };
  const now = {
    library: library,
    page: address(),
    locale: navigator.language,
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    screen: {
      width: screen.width,
      height: screen.height,
      innerWidth: innerWidth,
      innerHeight: innerHeight,
      density: devicePixelRatio,
    },
    campaign: campaign(),
  };
  if (group) now.groupId = group;
  if (categories) now.consent = { categoryPreferences: categories };
  return now;
}

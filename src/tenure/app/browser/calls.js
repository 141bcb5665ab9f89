// What a page may say: each call is one event, as Segment's libraries have it.

const calls = { load: load, on: on, consent: consent, reset: reset, who: who };

function record(type, fields, options, isUrgent) {
  if (mayRun() === false) return;
  const more = options || {};
  const at = new Date(more.timestamp || Date.now());
  const event = Object.assign(
    {
      type: type,
      messageId: more.messageId || newMessageId(),
      timestamp: (isNaN(at) ? new Date() : at).toISOString(),
      anonymousId: anonymousId(),
      userId: kept('user') || undefined,
      context: Object.assign(context(), more.context),
    },
    fields,
  );
  if (emit('event', event)) enqueue(event, isUrgent);
}

calls.track = (name, properties, options) => {
  record('track', { event: name, properties: properties || {} }, options);
};

// identify(userId, traits), or identify(traits) for somebody who is not signed in.
calls.identify = (userId, traits, options) => {
  if (settings.widget) return;
  if (userId && typeof userId === 'object') {
    options = traits;
    traits = userId;
  } else if (userId || userId === 0) {
    if (mayRun() === false) return;
    becomeUser('' + userId);
  }
  record('identify', { traits: traits || {} }, options);
};

calls.group = (groupId, traits, options) => {
  if ((!groupId && groupId !== 0) || mayRun() === false) return;
  keep('group', '' + groupId);
  record('group', { groupId: '' + groupId, traits: traits || {} }, options);
};

// page(properties) or page(name, properties).
calls.page = (name, properties, options) => {
  if (name && typeof name === 'object') {
    options = properties;
    properties = name;
    name = undefined;
  }
  record('page', { name: name, properties: Object.assign(address(), properties) }, options);
};

// What somebody bought this for, in the product's own words (`outcome` of product.toml).
calls.outcome = (outcome, more, options) => {
  const properties = Object.assign({ outcome: outcome, role: '', by: kept('user') || '' }, more);
  record('track', { event: 'Outcome Stated', properties: properties }, options);
};

calls.flush = () => flush();
calls.ready = (work) => (isLoaded ? safe(work)() : on('ready', work));

// For pages that call `window.churnkey.init('show', {...})`: the same call opens the cancel flow of
// Tenure. Served as `churnkey.js`, which holds all of `tenure.js` too.

// What Churnkey calls each kind of offer, and what its listeners are called after.
const CHURNKEY = {
  pause: ['PAUSE', 'Pause'], dormant: ['PAUSE', 'Pause'], discount: ['DISCOUNT', 'Discount'],
  free_months: ['DISCOUNT', 'Discount'], cheaper_plan: ['PLAN_CHANGE', 'PlanChange'],
  trial_extension: ['TRIAL_EXTENSION', 'TrialExtension'], refund: ['REBATE', 'Rebate'],
  human: ['CONTACT'], advice: ['CONTACT'], training: ['CONTACT'], partner: ['REDIRECT'],
  custom: ['CUSTOM', 'Custom'],
};
const STEPS = { why: 'survey', value: 'offer', offers: 'offer', confirm: 'confirm' };
const NO_TOKEN =
  "tenure: churnkey.init('show') needs `token` or `tokenUrl` (data-token-url on the script): an " +
  'authHash signs the customer alone, and Tenure takes tokens that sign the whole of what is asked';

let shown; // the promise of the flow that is open
let lastShow = {};

function setUpChurnkey() {
  const churnkey = (window.churnkey = window.churnkey || {});
  const waiting = churnkey.q || [];
  Object.assign(churnkey, {
    created: true,
    init: (what, config) => {
      if (what === 'show') return showAsChurnkey(config || {});
      if (what === 'hide') return churnkey.hide();
      if (what === 'restart') {
        return churnkey.hide().then(() => showAsChurnkey(Object.assign({}, lastShow, config)));
      }
      console.warn('tenure: churnkey.init does not know ' + what);
      return Promise.resolve(null);
    },
    hide: () => {
      if (!shown) return Promise.resolve(null);
      shown.close();
      return shown;
    },
    clearState: () => {
      lastShow = {};
    },
  });
  waiting.forEach(safe((call) => churnkey.init.apply(null, call)));
}

function showAsChurnkey(config) {
  lastShow = config;
  const own = (tag && tag.dataset) || {};
  const tokenUrl = config.tokenUrl || own.tokenUrl;
  if (!config.token && !tokenUrl) {
    console.error(NO_TOKEN);
    return failAsChurnkey(config, new Error(NO_TOKEN));
  }
  if (config.preview || config.mode === 'test') {
    console.info('tenure: whether it is a test is what the token says, not `mode` or `preview`');
  }
  const customer = { id: config.customerId, subscriptionId: config.subscriptionId };
  let step;
  let problem;
  const how = {
    token: config.token || (() => fetchToken(tokenUrl, config)),
    cancelUrl: config.cancelUrl || own.cancelUrl,
    language: config.language || (config.i18n && config.i18n.lang),
    timeout: config.timeout,
    onStep: (screen) => {
      const next = STEPS[screen.name] || 'success';
      if (next !== step) hear(config, 'onStepChange', next, step);
      step = next;
    },
    onSaved: (result) => hearOfOffer(config, customer, result),
    onCanceled: (result) => hear(config, 'onCancel', customer, result.reason),
    onError: (result) => {
      problem = result.error;
      return !config.onError; // who hears of it goes on by themselves
    },
  };
  Object.assign(how, handlersOf(config, customer));
  shown = calls.cancel(how);
  return shown.then((result) => {
    shown = null;
    if (problem) return failAsChurnkey(config, problem);
    const results = resultsOf(result, customer);
    hear(config, 'onClose', results);
    return results;
  });
}

// The page's own server knows who is signed in; what is sent along it has to check.
async function fetchToken(url, config) {
  const reply = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ customerId: config.customerId, subscriptionId: config.subscriptionId }),
  });
  const text = await reply.text();
  if (!reply.ok) throw new Error('the token could not be fetched: HTTP ' + reply.status);
  return text[0] === '{' ? JSON.parse(text).token : text.trim();
}

// Whoever has an `onError` hears of it there; others by the promise.
function failAsChurnkey(config, error) {
  if (!config.onError) return Promise.reject(error);
  hear(config, 'onError', error, 'tenure');
  return Promise.resolve(null);
}

// What listens harms nothing.
function hear(config, name) {
  const said = [].slice.call(arguments, 2);
  if (typeof config[name] === 'function') safe(config[name]).apply(null, said);
}

function termsAsChurnkey(result) {
  const offer = result.offer || {};
  const terms = offer.terms || {};
  const isFree = offer.kind === 'free_months';
  const said = {
    Pause: { pauseDuration: terms.months, pauseInterval: 'MONTH' },
    Discount: {
      percent_off: isFree ? 100 : terms.percent_off, amount_off: terms.amount_off_minor,
      currency: terms.currency, duration: terms.months ? 'repeating' : 'forever',
      duration_in_months: terms.months,
    },
    PlanChange: { plan: terms.plan, planId: terms.plan },
    TrialExtension: { trialExtensionDays: terms.days },
    Rebate: { amount: terms.amount_minor, currency: terms.currency },
  };
  return said[(CHURNKEY[offer.kind] || [])[1]] || { name: offer.name, terms };
}

function handlersOf(config, customer) {
  const found = {};
  const names = {
    handlePause: 'handlePause', handleDiscount: 'handleDiscount', handleRefund: 'handleRebate',
    handleFreeMonths: 'handleDiscount', handlePlanChange: 'handlePlanChange',
    handleTrialExtension: 'handleTrialExtension',
  };
  for (const name in names) {
    const handler = config[names[name]];
    if (handler) found[name] = (act, result) => handler(customer, termsAsChurnkey(result), act);
  }
  if (config.handleCancel) {
    found.handleCancel = (act, result) =>
      config.handleCancel(customer, result.reason, result.feedback, act);
  }
  return found;
}

function hearOfOffer(config, customer, result) {
  const [type, name] = CHURNKEY[result.offer.kind];
  const terms = result.offer.terms || {};
  if (type === 'CONTACT') hear(config, 'handleSupportRequest', customer);
  if (type === 'REDIRECT') {
    const where = { redirectLabel: terms.partner, redirectUrl: terms.link };
    hear(config, 'handleRedirect', customer, where);
  }
  if (name) hear(config, 'on' + name, customer, termsAsChurnkey(result));
}

function resultsOf(result, customer) {
  const isCanceled = result.outcome === 'canceled';
  const offer = isCanceled || !result.offer ? null : result.offer;
  const type = offer && CHURNKEY[offer.kind][0];
  const said = offer && termsAsChurnkey(result);
  return {
    result: isCanceled ? 'cancel' : type ? type.toLowerCase() : 'abort',
    canceled: isCanceled,
    aborted: !isCanceled && !offer,
    acceptedOffer: offer && Object.assign({ offerType: type }, said),
    surveyResponse: result.reason,
    feedback: result.feedback,
    mode: String(result.mode || '').toUpperCase(),
    customer: customer,
    tenure: result,
  };
}

safe(setUpChurnkey)();

// What holds on this page: what the script's own tag says, then what `load` adds.

const VERSION = '{{version}}';
const tag = document.currentScript;

const settings = {
  key: '',
  host: '', // where Tenure answers; without it, where this script came from
  path: 'v1/b', // below the host; the script's own name does as well
  consent: '', // 'required': nothing is stored or sent before consent(true)
  dnt: 'respect', // or 'ignore': Do Not Track and Global Privacy Control
  page: true, // a page event when the page opens
  spa: true, // and whenever the path changes
  query: true, // keep the query and the fragment of addresses
  cookieDomain: '', // ids in a cookie for all hosts of this domain
  account: '', // the account, where the page knows it
  widget: '', // name of a widget on other people's sites: nothing but its heartbeat
  intent: true, // notice thoughts of leaving
  cancel: '[data-tenure-cancel],a[href*="/cancel"],form[action*="/cancel"] button',
  cancelPages: '*/cancel,*/cancel/*,*/cancellation*,*/cancel-*,*/cancel_*',
  export: '[data-tenure-export]',
  hover: 400, // ms over a cancel button that tell interest from passing by
  size: 10, // events that are sent at once,
  interval: 5000, // and ms after which fewer are
  timeout: 15000, // ms for an answer
  keep: 500, // events that wait at most
};

function apply(said) {
  for (const name in said) {
    let value = said[name];
    if (name === 'intent' && value && typeof value === 'object') {
      apply({ cancel: value.cancel, cancelPages: value.pages, export: value.export });
    } else if (settings.hasOwnProperty(name) && value != null) {
      if (Array.isArray(value)) value = value.join(',');
      if (value === 'false') value = false;
      if (typeof settings[name] === 'number') value = +value || settings[name];
      settings[name] = value;
    }
  }
}

// The folder that the script came from, whatever it is called there; or the host.
function base() {
  const from = settings.host ? settings.host.replace(/\/*$/, '/') : tag && tag.src;
  return from ? new URL('.', new URL(from, location.href)).href : '';
}

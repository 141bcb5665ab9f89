// What waits: one kept item for each event, so that no tab overwrites what another has added.
//
// An item is `LEASE|JSON`. Who sends an event leases it first, so that other tabs leave it alone;
// a lease that ran out belonged to a page that is gone. Tabs hear of each other's leases a little
// late, so each leaves young events to the page that made them, but for those that it found as it
// opened. Whatever is sent twice after all, the server knows by its messageId.

const made = {};
let added = 0;
let isOpening = true;

function queued() {
  return 'q.' + settings.key + '.';
}

// Ids sort by the time at which they were made.
function newMessageId() {
  return Date.now().toString(36) + '-' + (added % 1296 + 1296).toString(36) + '-' + uuid();
}

function enqueue(event, isUrgent) {
  const name = queued() + event.messageId;
  keep(name, '0|' + JSON.stringify(event));
  made[name] = 1;
  if (added++ % 20 === 0) trim();
  schedule(isUrgent || added % settings.size === 0 ? 0 : settings.interval);
}

// Too many wait: the oldest go.
function trim() {
  const waiting = names(queued());
  waiting.slice(0, Math.max(0, waiting.length - settings.keep)).forEach((name) => drop(name));
}

// {names, texts, bytes, nextAt}: what may be sent now, the oldest first, and when more may be.
function take(most, room) {
  const now = Date.now();
  const taken = { names: [], texts: [], bytes: 200, nextAt: 0 };
  names(queued()).some((name) => {
    const item = kept(name) || '';
    const at = item.indexOf('|');
    const text = item.slice(at + 1);
    const madeAt = parseInt(name.slice(queued().length), 36);
    const isOthers = !made[name] && !isOpening;
    const until = Math.max(+item.slice(0, at), isOthers ? madeAt + 2 * settings.timeout : 0);
    // A lease further off was made by a clock that was wrong.
    if (until > now && until <= now + 2 * settings.timeout) {
      taken.nextAt = Math.min(taken.nextAt || until, until);
      return false;
    }
    if (!isJson(text)) return drop(name);
    const bytes = new Blob([text]).size + 1;
    if (taken.names.length && (taken.names.length >= most || taken.bytes + bytes > room)) {
      taken.nextAt = now;
      return true;
    }
    taken.names.push(name);
    taken.texts.push(text);
    taken.bytes += bytes;
  });
  isOpening = false;
  return taken;
}

// Only what is still there: consent may have been withdrawn since.
function lease(taken, until) {
  taken.names.forEach((name, at) => {
    if (kept(name)) keep(name, until + '|' + taken.texts[at]);
  });
}

function isJson(text) {
  try {
    return !!JSON.parse(text);
  } catch (error) {
    return false;
  }
}

// Who: the ids that every event carries.

function uuid() {
  const source = window.crypto || {};
  if (source.randomUUID) return source.randomUUID();
  const bytes = new Uint8Array(16);
  if (source.getRandomValues) source.getRandomValues(bytes);
  else bytes.forEach((_, at) => (bytes[at] = Math.random() * 256));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = Array.from(bytes, (byte) => (byte + 256).toString(16).slice(1)).join('');
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function anonymousId() {
  // A widget on somebody else's site knows accounts and no people.
  if (settings.widget) return 'widget:' + settings.account;
  let id = kept('anonymous');
  if (!id) keep('anonymous', (id = uuid()));
  return id;
}

function who() {
  return { anonymousId: anonymousId(), userId: kept('user'), groupId: groupId() };
}

function groupId() {
  return kept('group') || settings.account || null;
}

// Somebody else at the same browser is somebody else: a new anonymous id, and no account yet.
function becomeUser(id) {
  const before = kept('user');
  if (before && before !== id) reset();
  keep('user', id);
}

function reset() {
  IDS.forEach((name) => drop(name));
  closeQuestion();
}

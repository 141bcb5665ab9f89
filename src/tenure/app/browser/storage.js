// Where ids and waiting events are kept: localStorage, else the memory of this page.

const PREFIX = 'tenure.';
const IDS = ['anonymous', 'user', 'group'];
const memory = {};

// Null where there is none: a sandbox, a person who wants none, or somebody else's site, which may
// have a Tenure of its own there.
function shelf() {
  try {
    return settings.widget ? null : window.localStorage;
  } catch (error) {
    return null;
  }
}

function kept(name) {
  if (name in memory) return memory[name];
  const store = shelf();
  return cookie(name) || (store && store.getItem(PREFIX + name));
}

function keep(name, value) {
  const store = mayRun() && shelf();
  memory[name] = value;
  if (isBaked(name, value)) {
    if (store) store.removeItem(PREFIX + name);
  } else if (!store || !isShelved(store, name, value)) {
    return;
  }
  delete memory[name];
}

function isShelved(store, name, value) {
  try {
    store.setItem(PREFIX + name, value);
    return true;
  } catch (error) {
    return false; // it is full
  }
}

function drop(name) {
  const store = shelf();
  delete memory[name];
  if (store) store.removeItem(PREFIX + name);
  if (isForCookie(name)) bake(name, '', 0);
}

// Everything that is kept under a name that starts so, in order.
function names(start) {
  const found = Object.keys(memory);
  Object.keys(shelf() || {}).forEach((name) => {
    const own = name.slice(PREFIX.length);
    if (!name.indexOf(PREFIX) && !(own in memory)) found.push(own);
  });
  return found.filter((name) => !name.indexOf(start)).sort();
}

function isForCookie(name) {
  return settings.cookieDomain && !settings.widget && IDS.indexOf(name) >= 0;
}

function isBaked(name, value) {
  if (!isForCookie(name) || !mayRun()) return false;
  bake(name, encodeURIComponent(value), 31536000);
  return cookie(name) === value;
}

function cookie(name) {
  try {
    const jar = isForCookie(name) ? '; ' + document.cookie : '';
    const found = jar.split('; tenure_' + name + '=')[1];
    return found ? decodeURIComponent(found.split(';')[0]) : '';
  } catch (error) {
    return ''; // a sandbox has none, and somebody may have written rubbish
  }
}

function bake(name, value, seconds) {
  const where = ';path=/;samesite=lax;domain=' + settings.cookieDomain;
  const how = location.protocol === 'https:' ? ';secure' : '';
  try {
    document.cookie = 'tenure_' + name + '=' + value + where + ';max-age=' + seconds + how;
  } catch (error) {
    // a sandbox
  }
}

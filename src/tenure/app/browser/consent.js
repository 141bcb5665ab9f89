// May we: what the person's browser and the person have said.

let said = null; // true, false, or nothing yet
let categories = null; // as a consent banner gave them

// True, false, or null while consent is required and nobody has answered: then events wait in
// memory, and are gone with the page.
function mayRun() {
  if (isPrivate()) return false;
  return said === null ? (settings.consent === 'required' ? null : true) : said;
}

function isPrivate() {
  return (
    settings.dnt !== 'ignore' &&
    (navigator.globalPrivacyControl === true ||
      navigator.doNotTrack === '1' ||
      window.doNotTrack === '1')
  );
}

function readConsent() {
  const store = shelf();
  const word = store && store.getItem(PREFIX + 'consent');
  said = word ? word !== '0' : null;
  categories = word && word[0] === '{' ? JSON.parse(word) : null;
  if (mayRun() === false) forget();
}

// consent(true), consent(false), or consent({analytics: true, ...}) from a banner's categories.
function consent(given) {
  const store = shelf();
  categories = given && typeof given === 'object' ? given : null;
  said = categories ? !!given.analytics : !!given;
  if (mayRun()) {
    keep('consent', categories ? JSON.stringify(categories) : '1');
    Object.keys(memory).forEach((name) => keep(name, memory[name]));
    schedule(0);
  } else {
    forget();
    drop('consent');
    // Where consent is asked for, a no leaves nothing behind; elsewhere it has to be remembered.
    if (!said && store && settings.consent !== 'required') isShelved(store, 'consent', '0');
  }
  emit('consent', said);
}

// Leaves no id and no event of ours in this browser.
function forget() {
  names('').concat(IDS).forEach((name) => name === 'consent' || drop(name));
  closeQuestion();
}

// Who wants to know: `on(name, listener)`, for pages and for the other parts of this script.

const listeners = {};

// False when a listener said so, which drops an 'event'. A listener that throws harms nobody.
function emit(name, value) {
  let isWanted = true;
  (listeners[name] || []).slice().forEach((listener) => {
    try {
      if (listener(value) === false) isWanted = false;
    } catch (error) {
      if (name !== 'error') emit('error', error);
    }
  });
  return isWanted;
}

function on(name, listener) {
  (listeners[name] = listeners[name] || []).push(listener);
  return () => {
    listeners[name] = listeners[name].filter((each) => each !== listener);
  };
}

// The function, but never throwing into the page that called it.
function safe(work) {
  return function () {
    try {
      return work.apply(null, arguments);
    } catch (error) {
      emit('error', error);
    }
  };
}

function listen(target, name, work) {
  target.addEventListener(name, safe(work), { capture: true, passive: true });
}

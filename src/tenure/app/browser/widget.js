// Is it still there: a widget that a host puts on its customers' own sites says so once a day.
//
// It names the account and no person, and sets nothing but the day on which it was last said. The
// id of the event is made of account, widget and day, so that however many browsers say it, it is
// one event.

function sayAlive() {
  const day = new Date().toISOString().slice(0, 10);
  const name = PREFIX + 'alive.' + settings.account + '.' + settings.widget;
  try {
    if (localStorage.getItem(name) === day) return;
    on('sent', () => localStorage.setItem(name, day));
  } catch (error) {
    // Without storage, once for each page.
  }
  record(
    'track',
    { event: 'Widget Alive', properties: { widget: settings.widget, host: location.hostname } },
    { messageId: ['widget', settings.account, settings.widget, day].join(':') },
    true,
  );
}

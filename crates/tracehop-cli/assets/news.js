// News from the program. All tabs of a browser share one connection: browsers open six to one host, and an event stream keeps the
// one that it has. A tab that nobody sees keeps none.

const NAME = "tracehop-news";
const TRY_AGAIN_AFTER = 3000;

/// Calls `heard` with the number of the latest news, again and again, and `lost` while the program does not answer.
export function listen(heard, lost) {
  // Locks are for pages of this machine and for https. Without them each tab that is seen has a connection of its own.
  const shares = Boolean(navigator.locks && window.BroadcastChannel);
  let stop = null;

  function start() {
    if (stop || document.hidden) return;
    const left = new AbortController();
    const channel = shares ? new BroadcastChannel(NAME) : null;
    let source = null;
    let latest = null;
    let release = null;

    const say = (message) => (message.lost ? lost() : heard(message.number));
    const pass = (message) => {
      latest = message;
      channel?.postMessage(message);
      say(message);
    };
    const open = () => {
      if (left.signal.aborted) return;
      source = new EventSource("/api/v1/news");
      source.addEventListener("news", (event) => pass({ number: event.data }));
      source.addEventListener("error", () => {
        pass({ lost: true });
        // Browsers try again by themselves, but not after an answer that is no stream.
        if (source.readyState === EventSource.CLOSED) setTimeout(open, TRY_AGAIN_AFTER);
      });
    };
    stop = () => {
      left.abort();
      source?.close();
      channel?.close();
      release?.();
      stop = null;
    };
    if (!shares) return open();
    channel.addEventListener("message", ({ data }) => {
      if (!data.asks) return say(data);
      if (latest) channel.postMessage(latest);
    });
    channel.postMessage({ asks: true });
    const lead = () => {
      if (left.signal.aborted) return undefined;
      open();
      return new Promise((done) => (release = done));
    };
    // It ends with an error if this tab stops before it was its turn.
    navigator.locks.request(NAME, { signal: left.signal }, lead).catch(() => {});
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? stop?.() : start()));
  addEventListener("pagehide", () => stop?.());
  addEventListener("pageshow", start);
  start();
}

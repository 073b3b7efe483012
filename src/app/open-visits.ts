const CHANNEL = 'clearframe-visits';
/** Milliseconds that another tab has to answer; one that the browser has frozen does not. */
const PATIENCE = 150;

type Message = 'who is open?' | { open: string };

/**
 * Which visits are open in other tabs. (A lock held by each would tell more surely, but while a page holds one, Chromium sometimes
 * keeps a new service worker from taking over.)
 */
export class OpenVisits {
  readonly #channel = channel();

  /** Answers the others for as long as the page lives. */
  constructor(own: string) {
    this.#channel?.addEventListener('message', ({ data }: MessageEvent<Message>) => {
      if (data === 'who is open?') this.#channel?.postMessage({ open: own } satisfies Message);
    });
  }

  async others(): Promise<ReadonlySet<string>> {
    const open = new Set<string>();
    const listen = ({ data }: MessageEvent<Message>): void => {
      if (typeof data === 'object') open.add(data.open);
    };
    this.#channel?.addEventListener('message', listen);
    this.#channel?.postMessage('who is open?' satisfies Message);
    await new Promise((resolve) => setTimeout(resolve, PATIENCE));
    this.#channel?.removeEventListener('message', listen);
    return open;
  }
}

/** Browsers that are told to store nothing may refuse one; they keep no results of other tabs either. */
function channel(): BroadcastChannel | undefined {
  try {
    return new BroadcastChannel(CHANNEL);
  } catch {
    return undefined;
  }
}

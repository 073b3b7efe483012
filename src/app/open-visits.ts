const CHANNEL = 'clearframe-visits';
/** Milliseconds that another tab has to answer; one that the browser has frozen does not. */
const PATIENCE = 150;

type Message = 'who is open?' | { open: string } | 'everything was deleted';

/**
 * Which visits are open in other tabs, and what they are told. (A lock held by each would tell more surely, but while a page holds one, Chromium sometimes
 * keeps a new service worker from taking over.)
 */
export class OpenVisits {
  readonly #channel = channel();

  /**
   * Answers the others for as long as the page lives.
   * @param own the visit of this tab, which may change
   * @param ondeleted another tab has deleted everything
   */
  constructor(own: () => string, ondeleted: () => void) {
    this.#channel?.addEventListener('message', ({ data }: MessageEvent<Message>) => {
      if (data === 'who is open?') this.#channel?.postMessage({ open: own() } satisfies Message);
      if (data === 'everything was deleted') ondeleted();
    });
  }

  tellDeleted(): void {
    this.#channel?.postMessage('everything was deleted' satisfies Message);
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

/** A visit is one tab, over its reloads. Each holds a lock of its name while its page is open, so that others know of it. */
const LOCK = 'visit ';

/** The visit of this tab, open from now on. */
export function openVisit(): string {
  const id = visitId();
  // Not granted where storage is blocked: nothing is kept there that others could see.
  navigator.locks
    .request(LOCK + id, { mode: 'shared' }, () => new Promise<never>(() => undefined))
    .catch(() => undefined);
  return id;
}

/** The visits whose pages are open in this browser. */
export async function visitsOpen(): Promise<Set<string>> {
  const { held = [] } = await navigator.locks.query();
  const names = held.map(({ name = '' }) => name).filter((name) => name.startsWith(LOCK));
  return new Set(names.map((name) => name.slice(LOCK.length)));
}

function visitId(): string {
  const fresh = crypto.randomUUID();
  try {
    const known = sessionStorage.getItem('visit');
    if (known !== null) return known;
    sessionStorage.setItem('visit', fresh);
  } catch {
    // Storage is blocked: every load is a visit of its own.
  }
  return fresh;
}

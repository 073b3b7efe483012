import { readCredentials, type Credentials } from '../provenance/index.ts';

/** Read once per file, however often a result of it is opened, and in whatever way it is looked at. */
const known = new WeakMap<File, Credentials>();

/** What a file says about its own origin. An abort of the signal ends in `unreadable: cancelled`. */
export async function credentialsOf(file: File, signal: AbortSignal): Promise<Credentials> {
  const held = known.get(file);
  if (held !== undefined) return held;
  const found = await readCredentials(file, signal);
  if (found.state !== 'unreadable') known.set(file, found);
  return found;
}

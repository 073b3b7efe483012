import { transferHandlers } from 'comlink';

/** What comlink sends for something thrown. */
interface SentError {
  isError: boolean;
  value: unknown;
}

/**
 * Lets errors keep their `code` on the way out of this worker: comlink sends name, message and stack only. To be called
 * once, before `expose`. On the other side they arrive as plain errors with that code (see `failure.ts`).
 */
export function keepErrorCodes(): void {
  const usual = transferHandlers.get('throw');
  if (usual === undefined) throw new Error('comlink has no handler for what is thrown');
  transferHandlers.set('throw', {
    ...usual,
    serialize(thrown: { value: unknown }) {
      const [sent, moved] = usual.serialize(thrown) as [SentError, Transferable[]];
      const { value } = thrown;
      if (sent.isError && value instanceof Error && 'code' in value)
        Object.assign(sent.value as object, { code: value.code });
      return [sent, moved];
    },
  });
}

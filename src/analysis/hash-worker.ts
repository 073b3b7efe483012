/** SHA-256 on a thread of its own: the file of an hour is hashed while its sampled frames are analysed. */
import { expose } from 'comlink';
import { hashFile } from '../media/index.ts';
import { holdLife } from '../workers/lifetime.ts';
import { keepErrorCodes } from './worker-errors.ts';

/** Milliseconds between messages of progress: a message for every chunk would cost more than the chunk. */
const REPORT_EVERY = 100;

const api = {
  hash(file: Blob, onProgress: (bytes: number) => Promise<void>): Promise<string> {
    let reported = -Infinity;
    return hashFile(file, {
      onProgress: (bytes, total) => {
        const now = performance.now();
        if (now - reported < REPORT_EVERY && bytes < total) return;
        reported = now;
        void onProgress(bytes);
      },
    });
  },
};

export type HashWorkerApi = typeof api;

keepErrorCodes();
expose(api);
holdLife();

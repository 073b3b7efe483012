/**
 * Results that the page finds in its storage as if it had checked the files: a test comes to every state of the page with
 * one check, and shows people and outcomes that no clip of the tests has.
 */
import { copyFileSync, mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { parseRecord, type VerdictRecord } from '../../src/verdict/index.ts';

/** Files with a date of their own, by which the page knows them again. */
export class DatedFiles {
  static readonly MODIFIED = 1_750_000_000;
  readonly #folder = mkdtempSync(join(tmpdir(), 'clearframe-made-'));

  /** A copy of a file. @returns its path */
  copy(from: string, name: string): string {
    const path = join(this.#folder, name);
    copyFileSync(from, path);
    utimesSync(path, DatedFiles.MODIFIED, DatedFiles.MODIFIED);
    return path;
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}

export interface MadeResult {
  name: string;
  /** Size of the file that it is the result of. */
  bytes: number;
  record: VerdictRecord;
}

/** The record that the page has kept of a file. */
export async function keptRecord(page: Page, name: string): Promise<VerdictRecord> {
  const kept = await page.evaluate(async (name) => {
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open('clearframe-results');
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error!);
    });
    const request = database.transaction('jobs').objectStore('jobs').getAll();
    await new Promise((resolve) => (request.onsuccess = resolve));
    database.close();
    return (request.result as { name: string; result: { record: unknown } }[]).find(
      (one) => one.name === name,
    )?.result.record;
  }, name);
  return parseRecord(kept);
}

/**
 * Puts results into the page's storage and loads the page again. Every track of theirs gets the crops and the times of
 * what was kept of `like`.
 */
export async function keepResults(page: Page, like: string, results: MadeResult[]): Promise<void> {
  for (const { record } of results) parseRecord(record);
  await page.evaluate(
    async ({ like, results, lastModified }) => {
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const request = indexedDB.open('clearframe-results');
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error!);
      });
      const transaction = database.transaction(['jobs', 'crops'], 'readwrite');
      const [jobs, allCrops] = [transaction.objectStore('jobs'), transaction.objectStore('crops')];
      const all = jobs.getAll();
      await new Promise((resolve) => (all.onsuccess = resolve));
      const kept = all.result as {
        id: string;
        name: string;
        order: number;
        result: { timings: object };
      }[];
      const model = kept.find(({ name }) => name === like)!;
      const cut = allCrops.get(model.id) as IDBRequest<{ trackId: number }[]>;
      await new Promise((resolve) => (cut.onsuccess = resolve));
      for (const [index, { name, bytes, record }] of results.entries()) {
        const crops = record.tracks.flatMap(({ id }) => cut.result.map((crop) => ({ ...crop, trackId: id })));
        const result = { ...model.result, record };
        const order = model.order + 1 + index;
        const file = { id: crypto.randomUUID(), order, name, bytes, lastModified };
        // What the other file says of its origin is not what this one says.
        jobs.put({ ...model, ...file, result, credentials: null });
        allCrops.put(crops, file.id);
      }
      await new Promise((resolve) => (transaction.oncomplete = resolve));
      database.close();
    },
    { like, results, lastModified: 1000 * DatedFiles.MODIFIED },
  );
  await page.reload();
}

/** The same file with two people, the second of them in two runs, the last of which decides the verdict. */
export function withPeople(record: VerdictRecord): VerdictRecord {
  const [track] = record.tracks;
  if (track === undefined) throw new Error('There is no face to make people of.');
  const half = Math.ceil(track.frames.length / 2);
  const run = (id: number, frames: typeof track.frames): typeof track => ({
    ...track,
    id,
    frames,
    start: frames[0]!.time,
    end: frames.at(-1)!.time,
  });
  const doubtful = track.frames.map((frame) => ({ ...frame, score: 1 - (1 - frame.score) / 50 }));
  return {
    ...record,
    tracks: [
      { ...run(0, track.frames), person: 0, outcome: 'none' },
      { ...run(1, track.frames.slice(0, half)), person: 1, outcome: 'some', score: 0.7 },
      { ...run(2, doubtful.slice(half)), person: 1, outcome: 'strong', score: 0.98 },
    ],
    verdict: { outcome: 'strong', score: 0.98, reasons: [], trackId: 2 },
  };
}

/** A result of the same face in a video of a minute, of which runs were looked at. */
export function ofAMinute(record: VerdictRecord): VerdictRecord {
  const { framesPerSegment, maxSegments } = record.sampling;
  return {
    ...record,
    media: record.media === null ? null : { ...record.media, duration: 60 },
    sampling: { ...record.sampling, framesDecoded: framesPerSegment * maxSegments },
  };
}

/** The same file with its face in view for its first frames only, the first of which has the highest score. */
export function tooShort(record: VerdictRecord): VerdictRecord {
  const [track] = record.tracks;
  if (track === undefined) throw new Error('There is no face to be in view for too short.');
  const reasons: VerdictRecord['verdict']['reasons'] = ['too_short'];
  const frames = track.frames.slice(0, 4).map((frame, index) => ({ ...frame, score: 0.9 - 0.1 * index }));
  return {
    ...record,
    tracks: [{ ...track, frames, end: frames.at(-1)!.time, outcome: 'cannot-tell', reasons }],
    verdict: { outcome: 'cannot-tell', score: null, reasons, trackId: null },
  };
}

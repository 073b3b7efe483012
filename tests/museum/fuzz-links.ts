/** Hostile links and records: each is read or refused in one sentence. */
import fc from 'fast-check';
import { readRecord } from '../../src/share/json.ts';
import { readVerdictLink, roundedRecord, verdictLink } from '../../src/share/link.ts';
import { parseRecord, RecordError, type VerdictRecord } from '../../src/verdict/index.ts';
import { record } from '../unit/share-record.ts';
import { jsonMutation, textMutation } from './mutations.ts';

export interface LinkFigures {
  runs: number;
  read: number;
  refused: number;
  slowestSeconds: number;
}

/**
 * @param maxSeconds that one may take
 * @throws Error by fast-check, with the seed and the smallest input found, when one breaks the rules
 */
export async function fuzzLinks(runs: number, seed: number, maxSeconds = Infinity): Promise<LinkFigures> {
  const figures: LinkFigures = { runs: 0, read: 0, refused: 0, slowestSeconds: 0 };
  const sound = record(12);
  const link = new URL(await verdictLink(sound, 'https://example.org/')).hash;
  const check = async (read: () => Promise<VerdictRecord | null>): Promise<void> => {
    const started = performance.now();
    figures.runs++;
    try {
      const found = await read();
      // What is taken in can be passed on again, and says the same there.
      if (found !== null) {
        const again = await readVerdictLink(new URL(await verdictLink(found, 'https://example.org/')).hash);
        if (JSON.stringify(again) !== JSON.stringify(parseRecord(roundedRecord(found))))
          throw new Error('a link of it says something else');
      }
      figures.read++;
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      figures.refused++;
    }
    const seconds = (performance.now() - started) / 1000;
    figures.slowestSeconds = Math.max(figures.slowestSeconds, seconds);
    if (seconds > maxSeconds) throw new Error(`took ${seconds} s`);
  };
  const third = Math.ceil(runs / 3);
  const options = { seed, numRuns: third };
  await fc.assert(
    fc.asyncProperty(textMutation(link), (text) => check(() => readVerdictLink(text))),
    options,
  );
  await fc.assert(
    fc.asyncProperty(jsonMutation(packed(await unpacked(link))), async (value) => {
      const text = await compressed(JSON.stringify(value) ?? '');
      await check(() => readVerdictLink(link.replace(/\..*$/, `.${text}`)));
    }),
    options,
  );
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        jsonMutation(sound).map((value) => JSON.stringify(value) ?? ''),
        textMutation(JSON.stringify(sound)),
      ),
      (text) => check(() => readRecord(new Blob([text]))),
    ),
    options,
  );
  return figures;
}

const packed = (text: string): unknown => JSON.parse(text);

async function unpacked(link: string): Promise<string> {
  const bytes = Buffer.from(link.slice(link.indexOf('.') + 1), 'base64url');
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'))).text();
}

async function compressed(text: string): Promise<string> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  return Buffer.from(await new Response(stream).arrayBuffer()).toString('base64url');
}

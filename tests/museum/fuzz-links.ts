/** Hostile links and records: each is read or refused in one sentence. */
import { deflateRawSync } from 'node:zlib';
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

/** One hostile input, and who is to read it. */
export interface LinkInput {
  reader: 'link' | 'record';
  text: string;
}

/** An input that has broken a rule: the smallest that fast-check has found. */
export class LinkFailure extends Error {
  override readonly name = 'LinkFailure';
  constructor(
    readonly input: LinkInput,
    readonly rule: string,
    seed: number,
  ) {
    super(`${rule} (seed ${seed}): ${JSON.stringify(input).slice(0, 500)}`);
  }
}

/** Reads one as the app does, and holds it to the rules. */
export async function readHostile({
  reader,
  text,
}: LinkInput): Promise<'read' | 'refused' | { rule: string }> {
  let found: VerdictRecord | null;
  try {
    found = reader === 'link' ? await readVerdictLink(text) : await readRecord(new Blob([text]));
  } catch (error) {
    return error instanceof RecordError
      ? 'refused'
      : { rule: `an error that nobody foresaw: ${String(error)}` };
  }
  if (found === null) return 'read';
  // What is taken in can be passed on again, and says the same there.
  try {
    const again = await readVerdictLink(fragment(await verdictLink(found, ORIGIN)));
    if (JSON.stringify(again) !== JSON.stringify(parseRecord(roundedRecord(found))))
      return { rule: 'a link of it says something else' };
  } catch (error) {
    return { rule: `it cannot be passed on: ${String(error)}` };
  }
  return 'read';
}

/** Mutated links, links whose packed record is another one, and records. */
export async function linkInputs(): Promise<fc.Arbitrary<LinkInput>[]> {
  const sound = record(12);
  const link = fragment(await verdictLink(sound, ORIGIN));
  const text = JSON.stringify(sound);
  return [
    textMutation(link).map((text) => ({ reader: 'link', text })),
    jsonMutation(JSON.parse(await unpacked(link))).map((value) => ({
      reader: 'link',
      text: link.replace(/\..*$/, () => `.${compressed(JSON.stringify(value) ?? '')}`),
    })),
    fc
      .oneof(
        jsonMutation(sound).map((value) => JSON.stringify(value) ?? ''),
        textMutation(text),
      )
      .map((text) => ({ reader: 'record', text })),
  ];
}

/**
 * @param maxSeconds that one may take
 * @throws LinkFailure when one breaks the rules
 */
export async function fuzzLinks(runs: number, seed: number, maxSeconds = Infinity): Promise<LinkFigures> {
  const figures: LinkFigures = { runs: 0, read: 0, refused: 0, slowestSeconds: 0 };
  const inputs = await linkInputs();
  for (const kind of inputs) {
    let rule = '';
    const holds = async (input: LinkInput): Promise<boolean> => {
      const started = performance.now();
      const result = await readHostile(input);
      const seconds = (performance.now() - started) / 1000;
      figures.runs++;
      figures.slowestSeconds = Math.max(figures.slowestSeconds, seconds);
      if (typeof result === 'string') figures[result]++;
      if (typeof result === 'string' && seconds <= maxSeconds) return true;
      rule = typeof result === 'string' ? `took ${seconds} s` : result.rule;
      return false;
    };
    const numRuns = Math.ceil(runs / inputs.length);
    const { counterexample } = await fc.check(fc.asyncProperty(kind, holds), { seed, numRuns });
    if (counterexample !== null) throw new LinkFailure(counterexample[0], rule, seed);
  }
  return figures;
}

const ORIGIN = 'https://example.org/';
const fragment = (link: string): string => new URL(link).hash;

async function unpacked(link: string): Promise<string> {
  const bytes = Buffer.from(link.slice(link.indexOf('.') + 1), 'base64url');
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'))).text();
}

function compressed(text: string): string {
  return deflateRawSync(text).toString('base64url');
}

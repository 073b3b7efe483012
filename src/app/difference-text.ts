import type { Difference } from '../share/index.ts';
import type { VerdictRecord } from '../verdict/index.ts';
import { clock, firstSentence, numberText, scoreText } from './format.ts';
import { messages } from './messages.ts';
import { backendText, decoderText } from './runtime-words.ts';

/** Letters of a fingerprint that are shown: enough to see that two differ. */
const HASH_LETTERS = 12;

/** What a record says in a matter that two records differ in. */
export const differenceText: Record<Difference, (record: VerdictRecord) => string> = {
  app: ({ app: { version, sha256 } }) => named(version, sha256),
  model: ({ model }) =>
    model === null ? messages.result.unknown : named(`${model.name} ${model.version}`, model.sha256),
  sampling: ({ sampling }) => {
    const { framesPerSecond, framesPerSegment, maxSegments, part, everyFrame, region } = sampling;
    const words = messages.result;
    return [
      everyFrame === true
        ? words.coverage.everyFrame
        : messages.comparison.sampling(
            numberText(framesPerSecond),
            numberText(framesPerSegment * maxSegments),
          ),
      ...(part === undefined ? [] : [words.from(clock(part.start), clock(part.end))]),
      ...(region === 'full' ? [] : [messages.comparison.regions[region]]),
    ].join(', ');
  },
  decoder: ({ runtime }) => decoderText(runtime),
  backend: ({ runtime }) => backendText(runtime),
  outcome: ({ verdict }) => messages.outcomes[verdict.outcome].title,
  reasons: ({ verdict: { reasons } }) =>
    reasons.map((reason) => firstSentence(messages.reasons[reason])).join(' '),
  score: ({ verdict: { score } }) => (score === null ? messages.result.none : scoreText(score)),
};

function named(name: string, sha256: string | undefined): string {
  return sha256 === undefined ? name : `${name} (${sha256.slice(0, HASH_LETTERS)}…)`;
}

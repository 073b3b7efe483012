import type { PresentCredentials, Problem, Signer } from './types.ts';

/** Longest string that leaves a manifest, in characters. */
const MAX_TEXT = 120;
/** Most actions and source types that are listed. */
const MAX_LISTED = 20;
/** Says that the signer is not on the list; an answer of its own, not a fault of the file. */
const UNTRUSTED = 'signingCredential.untrusted';

/** Failure codes by their beginning (C2PA specification 2.2, section 15.2.2); the first that fits counts. */
const PROBLEMS: [start: string, problem: Problem][] = [
  ...['dataHash', 'bmffHash', 'boxesHash', 'collectionHash', 'multiAssetHash'].map(
    (hash): [string, Problem] => [`assertion.${hash}.`, 'content-changed'],
  ),
  ['claimSignature.outsideValidity', 'certificate-invalid'],
  ['claimSignature.', 'signature-invalid'],
  ['signingCredential.', 'certificate-invalid'],
  ['algorithm.', 'certificate-invalid'],
  ['timeStamp.', 'timestamp-invalid'],
  ['timeOfSigning.', 'timestamp-invalid'],
  ['ingredient.', 'ingredient-invalid'],
  ['assertion.', 'statement-changed'],
  ['claim.', 'statement-changed'],
  ['manifest.', 'statement-changed'],
];

const ORDER: Problem[] = [
  'content-changed',
  'statement-changed',
  'signature-invalid',
  'certificate-invalid',
  'timestamp-invalid',
  'ingredient-invalid',
  'other',
];

/**
 * Puts the reader's answer into few plain words and numbers. Nothing in it is believed to have the shape it should have:
 * what is missing or of another type is left out, and what was not checked counts as not intact.
 * @param store the manifest store as c2pa-rs writes it to JSON
 * @param trustChecked whether the reader had a trust list
 */
export function summarize(store: unknown, trustChecked: boolean): PresentCredentials {
  const root = record(store);
  const activeLabel = typeof root.active_manifest === 'string' ? root.active_manifest : '';
  const manifests = new Map(Object.entries(record(root.manifests)));
  const active = record(manifests.get(activeLabel));
  const problems = findProblems(record(root.validation_results), root.validation_state);
  const signature = record(active.signature_info);
  const generator = record(list(active.claim_generator_info)[0]);
  const actions = actionsOf(active);
  const earlier = [...manifests]
    .filter(([label]) => label !== activeLabel)
    .flatMap(([, one]) => actionsOf(one));
  return {
    state: 'present',
    intact: problems.length === 0,
    problems,
    signer: {
      name: plainText(signature.common_name),
      organisation: plainText(signature.issuer),
      trusted: trustOf(record(root.validation_results), trustChecked),
    },
    claimGenerator:
      plainText([generator.name, generator.version].filter((part) => typeof part === 'string').join(' ')) ??
      plainText(active.claim_generator),
    signedAt: isoTime(signature.time),
    actions: distinct(actions.map((action) => plainText(action.action))),
    sources: distinct(actions.map((action) => lastSegment(action.digitalSourceType))),
    earlierSources: distinct(earlier.map((action) => lastSegment(action.digitalSourceType))),
    ingredients: list(active.ingredients).length,
  };
}

function findProblems(results: Record<string, unknown>, state: unknown): Problem[] {
  const active = record(results.activeManifest);
  const found = new Set<Problem>();
  for (const code of codes(active.failure)) if (code !== UNTRUSTED) found.add(problemOf(code));
  for (const delta of list(results.ingredientDeltas)) {
    const failed = codes(record(record(delta).validationDeltas).failure);
    if (failed.some((code) => code !== UNTRUSTED)) found.add('ingredient-invalid');
  }
  const signed = codes(active.success).includes('claimSignature.validated');
  const valid = state === 'Valid' || state === 'Trusted';
  if (found.size === 0 && !(signed && valid)) found.add('other');
  return ORDER.filter((problem) => found.has(problem));
}

function problemOf(code: string): Problem {
  return PROBLEMS.find(([start]) => code.startsWith(start))?.[1] ?? 'other';
}

function trustOf(results: Record<string, unknown>, checked: boolean): Signer['trusted'] {
  if (!checked) return 'unchecked';
  const { success, failure } = record(results.activeManifest);
  const trusted = codes(success).includes('signingCredential.trusted');
  return trusted && !codes(failure).includes(UNTRUSTED) ? 'yes' : 'no';
}

function actionsOf(manifest: unknown): Record<string, unknown>[] {
  return list(record(manifest).assertions)
    .map(record)
    .filter(({ label }) => typeof label === 'string' && label.startsWith('c2pa.actions'))
    .flatMap(({ data }) => list(record(data).actions).map(record));
}

/** Plain text on one line, without control and direction characters, at most `MAX_TEXT` long; null when nothing is left. */
export function plainText(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  // Enough to fill the result whatever is dropped from an honest text, and a bound on a hostile one.
  const cleaned = value
    .slice(0, 8 * MAX_TEXT)
    .replace(/\s+/gu, ' ')
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '')
    .trim();
  if (cleaned === '') return null;
  const letters = [...cleaned];
  return letters.length <= MAX_TEXT ? cleaned : `${letters.slice(0, MAX_TEXT - 1).join('')}…`;
}

/** `http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture` → `digitalCapture` */
function lastSegment(value: unknown): string | null {
  return typeof value === 'string' ? plainText(value.slice(value.lastIndexOf('/') + 1)) : null;
}

function isoTime(value: unknown): string | null {
  const time = typeof value === 'string' ? Date.parse(value) : NaN;
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}

function codes(statuses: unknown): string[] {
  return list(statuses).flatMap((status) => {
    const { code } = record(status);
    return typeof code === 'string' ? [code] : [];
  });
}

function distinct(values: (string | null)[]): string[] {
  return [...new Set(values.filter((value) => value !== null))].slice(0, MAX_LISTED);
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

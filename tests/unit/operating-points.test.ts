import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../scripts/root.ts';
import { operatingPointsOf } from '../../src/analysis/operating-points.ts';
import { parseManifest } from '../../src/detector/manifest.ts';
import { readVerdictLink, verdictLink } from '../../src/share/link.ts';
import { parseRecord } from '../../src/verdict/index.ts';
import { record } from './share-record.ts';

const json = JSON.parse(readFileSync(join(root, 'public/model/manifest.json'), 'utf8')) as {
  operatingPoints: { smallFaces: { strong: { threshold: number } } };
};

test('records and links hold the marks that a model was shipped with, those of small faces too', async () => {
  const points = operatingPointsOf(parseManifest(json));
  expect(points.smallFaces!.some).toBeGreaterThanOrEqual(points.some);
  const made = record();
  const own = { ...made, model: { ...made.model!, operatingPoints: points } };
  expect(parseRecord(JSON.parse(JSON.stringify(own))).model!.operatingPoints).toEqual(points);
  const link = await verdictLink(own, 'https://example.org/');
  expect((await readVerdictLink(new URL(link).hash))!.model!.operatingPoints).toEqual(points);
});

test('a model whose strong mark of small faces lies below its some mark is refused', () => {
  const wrong = structuredClone(json);
  wrong.operatingPoints.smallFaces.strong.threshold = 0.1;
  expect(() => parseManifest(wrong)).toThrow(/threshold of strong must not be below/);
});

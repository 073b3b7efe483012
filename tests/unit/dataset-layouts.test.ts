import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readDataset } from '../../model-export/dataset-layouts.ts';
import type { ManifestRow } from '../../model-export/manifest-csv.ts';

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'dataset-'))));
afterEach(() => rmSync(root, { recursive: true }));

function put(path: string, text = ''): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const byPath = (rows: ManifestRow[]): Record<string, ManifestRow> =>
  Object.fromEntries(rows.map((row) => [row.path, row]));

describe('a folder with clips', () => {
  it('is read by its manifest.csv where there is one', () => {
    put('manifest.csv', 'path,label\na.mp4,real\n');
    put('Celeb-real/id0_0000.mp4');
    expect(readDataset(root).map(({ path }) => path)).toEqual(['a.mp4']);
  });

  it('is refused with the known layouts when it is none of them', () => {
    put('holiday.mp4');
    expect(() => readDataset(root)).toThrow(
      /manifest\.csv.*FaceForensics.*DFDC.*Celeb-DF.*path,label,kind,group,split/,
    );
  });
});

describe('FaceForensics++', () => {
  beforeEach(() => {
    for (const id of ['000', '003', '017']) put(`original_sequences/youtube/c23/videos/${id}.mp4`);
    put('original_sequences/actors/c23/videos/01__exit_phone_room.mp4');
    put('manipulated_sequences/Deepfakes/c23/videos/000_003.mp4');
    put('manipulated_sequences/NeuralTextures/c23/videos/003_000.mp4');
    put('manipulated_sequences/DeepFakeDetection/c23/videos/01_02__exit_phone_room__YVGY8LOK.mp4');
    put('manipulated_sequences/Deepfakes/masks/videos/000_003.mp4');
  });

  it('knows label, kind and the footage a fake was made of', () => {
    const rows = byPath(readDataset(root));
    expect(Object.keys(rows)).toHaveLength(7);
    expect(rows['manipulated_sequences/Deepfakes/c23/videos/000_003.mp4']).toMatchObject({
      label: 'fake',
      kind: 'fake-swap',
      region: 'full',
      source: 'ffpp',
      original: 'original_sequences/youtube/c23/videos/000.mp4',
    });
    expect(rows['manipulated_sequences/NeuralTextures/c23/videos/003_000.mp4']).toMatchObject({
      kind: 'fake-reenact',
      original: 'original_sequences/youtube/c23/videos/003.mp4',
    });
    const actors = 'manipulated_sequences/DeepFakeDetection/c23/videos/01_02__exit_phone_room__YVGY8LOK.mp4';
    expect(rows[actors]?.original).toBe('original_sequences/actors/c23/videos/01__exit_phone_room.mp4');
    for (const { original } of Object.values(rows))
      if (original !== '') expect(rows).toHaveProperty([original]);
  });

  it('keeps everybody who is connected by a manipulation in one group and one split', () => {
    const rows = Object.values(byPath(readDataset(root)));
    const group = (end: string): string => rows.find(({ path }) => path.endsWith(end))!.group;
    expect(new Set(['/000.mp4', '/003.mp4', '/000_003.mp4', '/003_000.mp4'].map(group)).size).toBe(1);
    expect(group('/017.mp4')).not.toBe(group('/000.mp4'));
    expect(group('/01__exit_phone_room.mp4')).toBe(group('YVGY8LOK.mp4'));
    const splits = new Map<string, Set<string>>();
    for (const row of rows) splits.set(row.group, (splits.get(row.group) ?? new Set()).add(row.split));
    expect([...splits.values()].every((set) => set.size === 1)).toBe(true);
  });

  it('takes the official split where it lies beside', () => {
    put('splits/train.json', '[["017", "020"]]');
    put('splits/val.json', '[["000", "003"]]');
    put('splits/test.json', '[["040", "041"]]');
    put('original_sequences/youtube/c23/videos/041.mp4');
    const rows = byPath(readDataset(root));
    expect(rows['original_sequences/youtube/c23/videos/017.mp4']?.split).toBe('train');
    expect(rows['original_sequences/youtube/c23/videos/003.mp4']?.split).toBe('val');
    expect(rows['manipulated_sequences/Deepfakes/c23/videos/000_003.mp4']?.split).toBe('val');
    expect(rows['original_sequences/youtube/c23/videos/041.mp4']?.split).toBe('test');
  });
});

describe('DFDC', () => {
  it('is read from metadata.json, files that are missing are left out', () => {
    put(
      'part_0/metadata.json',
      JSON.stringify({
        'a.mp4': { label: 'FAKE', split: 'train', original: 'b.mp4' },
        'b.mp4': { label: 'REAL', split: 'train' },
        'gone.mp4': { label: 'FAKE', original: 'b.mp4' },
      }),
    );
    put('part_0/a.mp4');
    put('part_0/b.mp4');
    const rows = byPath(readDataset(root));
    expect(Object.keys(rows).sort()).toEqual(['part_0/a.mp4', 'part_0/b.mp4']);
    expect(rows['part_0/a.mp4']).toMatchObject({
      label: 'fake',
      original: 'part_0/b.mp4',
      group: rows['part_0/b.mp4']!.group,
      split: rows['part_0/b.mp4']!.split,
      source: 'dfdc',
    });
  });

  it('names a label it does not know', () => {
    put('metadata.json', '{"a.mp4": {"label": "MAYBE"}}');
    put('a.mp4');
    expect(() => readDataset(root)).toThrow(/metadata\.json: a\.mp4 has the label "MAYBE"/);
  });
});

describe('Celeb-DF', () => {
  it('groups by footage; the official list is test, with all that was made of the same footage', () => {
    put('Celeb-real/id0_0000.mp4');
    put('Celeb-real/id1_0004.mp4');
    put('YouTube-real/00170.mp4');
    put('Celeb-synthesis/id0_id1_0000.mp4');
    put('List_of_testing_videos.txt', '1 YouTube-real/00170.mp4\n0 Celeb-synthesis/id0_id1_0000.mp4\n');
    const rows = byPath(readDataset(root));
    expect(rows['Celeb-synthesis/id0_id1_0000.mp4']).toMatchObject({
      label: 'fake',
      original: 'Celeb-real/id0_0000.mp4',
      split: 'test',
      source: 'celebdf',
    });
    expect(rows['Celeb-real/id0_0000.mp4']).toMatchObject({ label: 'real', split: 'test' });
    expect(rows['Celeb-real/id0_0000.mp4']?.group).toBe(rows['Celeb-synthesis/id0_id1_0000.mp4']?.group);
    expect(rows['YouTube-real/00170.mp4']?.split).toBe('test');
    expect(rows['Celeb-real/id1_0004.mp4']?.split).not.toBe('test');
  });
});

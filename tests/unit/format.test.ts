import { expect, it } from 'vitest';
import { clock, dateText, nameText } from '../../src/app/format.ts';

it.each([
  [0, '0:00.0'],
  [7.46, '0:07.5'],
  [59.94, '0:59.9'],
  [59.97, '1:00.0'],
  [600, '10:00.0'],
  [3599.97, '1:00:00'],
  [3723, '1:02:03'],
  [-1, '0:00.0'],
])('%d seconds read %s', (seconds, text) => {
  expect(clock(seconds)).toBe(text);
});

it('says in which time zone a moment is given', () => {
  const zone = new Intl.DateTimeFormat('en', { timeZoneName: 'short' })
    .formatToParts(new Date('2026-01-02T12:04:05Z'))
    .find(({ type }) => type === 'timeZoneName')!.value;
  expect(dateText('2026-01-02T12:04:05Z')).toMatch(/^January [123], 2026 at /);
  expect(dateText('2026-01-02T12:04:05Z')).toContain(zone);
});

it('shows a name that would turn itself around as it is', () => {
  expect(nameText('clip\u202E4pm.exe')).toBe('clip\u{FFFD}4pm.exe');
  expect(nameText('فيديو – 视频.mp4')).toBe('فيديو – 视频.mp4');
});

/** Numbers, times and sizes in the reader's language. */
import { locale } from './messages.ts';

/** Seconds as `0:07.5` or `1:02:03`. */
export function clock(seconds: number): string {
  const tenths = Math.round(10 * Math.max(0, seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes, rest] = [Math.floor(tenths / 36_000), Math.floor(tenths / 600) % 60, tenths % 600];
  if (hours > 0) return `${hours}:${two(minutes)}:${two(Math.floor(rest / 10))}`;
  return `${minutes}:${two(Math.floor(rest / 10))}.${rest % 10}`;
}

export function secondsText(seconds: number): string {
  return new Intl.NumberFormat(locale, { style: 'unit', unit: 'second', maximumFractionDigits: 1 }).format(
    seconds,
  );
}

export function bytesText(bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;
  const power = Math.min(units.length - 1, bytes > 0 ? Math.floor(Math.log10(bytes) / 3) : 0);
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: units[power]!,
    maximumFractionDigits: power === 0 ? 0 : 1,
  }).format(bytes / 1000 ** power);
}

/** Every byte counts: no rounding, no larger unit. */
export function exactBytesText(bytes: number): string {
  return new Intl.NumberFormat(locale, { style: 'unit', unit: 'byte', unitDisplay: 'long' }).format(bytes);
}

/** A count or a rate, with at most one digit after the point. */
export function numberText(value: number): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(value);
}

/** A score of 0..1 with two digits. */
export function scoreText(score: number): string {
  return new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(score);
}

/** A file's name as it is: characters that turn text around would show another one. */
export function nameText(name: string): string {
  return name.replace(/[\u202A-\u202E\u2066-\u2069]/g, '\u{FFFD}');
}

/** 0 → A, 25 → Z, 26 → AA. */
export function letters(index: number): string {
  const last = String.fromCharCode(65 + (index % 26));
  return index < 26 ? last : letters(Math.floor(index / 26) - 1) + last;
}

/** A share of 0..1 as a whole percentage. */
export function percentText(share: number): string {
  return new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 }).format(share);
}

/** A moment given in ISO 8601, as date and time of day in UTC: the same for all who read it. */
export function utcText(iso: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' }).format(
    new Date(iso),
  );
}

/** The first sentence of several: what is the matter, without what to do about it. */
export function firstSentence(text: string): string {
  const [first] = new Intl.Segmenter(locale, { granularity: 'sentence' }).segment(text);
  return first?.segment.trim() ?? '';
}

/** A moment given in ISO 8601, as date and time of day here, with the time zone: paper and pictures go elsewhere. */
export function dateText(iso: string): string {
  return new Intl.DateTimeFormat(locale, {
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    timeZoneName: 'short',
  }).format(new Date(iso));
}

/** The page's words in the chosen language. Components that are shown when it changes are built anew (`Root.svelte`). */
import { ar } from './language/ar.ts';
import { en } from './language/en.ts';
import { es } from './language/es.ts';

export type Messages = typeof en;

interface Language {
  /** In the language itself: whoever looks for it can read it. */
  name: string;
  direction: 'ltr' | 'rtl';
  messages: Messages;
}

export const LANGUAGES = {
  en: { name: 'English', direction: 'ltr', messages: en },
  es: { name: 'Español', direction: 'ltr', messages: es },
  ar: { name: 'العربية', direction: 'rtl', messages: ar },
} satisfies Record<string, Language>;
export type LanguageCode = keyof typeof LANGUAGES;

const STORED = 'language';

export let language: LanguageCode = 'en';
export let messages: Messages = en;
/** For Intl: the person's own regional form of the language where the browser names one; Latin digits, as in the sentences. */
export let locale = 'en';

/** The language that the person chose before, else the first of the browser's that there is, else English. */
export function preferredLanguage(): LanguageCode {
  const wanted = [stored(), ...navigator.languages].map((tag) => tag?.split('-')[0]);
  return wanted.find((code): code is LanguageCode => code !== undefined && code in LANGUAGES) ?? 'en';
}

/** Changes what `messages` holds, and the page's own language and direction. */
export function useLanguage(code: LanguageCode): void {
  language = code;
  messages = LANGUAGES[code].messages;
  const tag = navigator.languages.find((one) => one.split('-')[0] === code) ?? code;
  locale = new Intl.Locale(tag, { numberingSystem: 'latn' }).toString();
  document.documentElement.lang = code;
  document.documentElement.dir = LANGUAGES[code].direction;
}

/** Remembers a choice for the next visit. */
export function storeLanguage(code: LanguageCode): void {
  try {
    localStorage.setItem(STORED, code);
  } catch {
    // Blocked storage: the choice lasts for this visit.
  }
}

function stored(): string | undefined {
  try {
    return localStorage.getItem(STORED) ?? undefined;
  } catch {
    return undefined;
  }
}

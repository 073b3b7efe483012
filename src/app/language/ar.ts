import { en } from './en.ts';

export const ar: typeof en = en;

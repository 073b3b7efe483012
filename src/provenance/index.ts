/** Content Credentials (C2PA): what a file says about its own origin. Shown beside the verdict, never part of it. */
export { readCredentials } from './read.ts';
export type { Credentials } from './types.ts';

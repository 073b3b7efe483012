/** Content Credentials (C2PA): what a file says about its own origin. Shown beside the verdict, never part of it. */
export { readCredentials, type ReadOptions } from './read.ts';
export type { Credentials, PresentCredentials, Problem, Signer, UnreadableCode } from './types.ts';

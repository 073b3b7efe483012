export * from './client.ts';
export { DraftRecord, unanswered } from './draft-record.ts';
export { looksLikeVideo } from './looks-like-video.ts';
export * from './types.ts';
export type { TrainingOptions, TrainingTrack } from './training-crops.ts';
export type { ModelManifest } from '../detector/manifest.ts';

export * from './client.ts';
export { DraftRecord, unanswered } from './draft-record.ts';
export { looksLikeVideo } from './looks-like-video.ts';
export { runLive, type LiveEnd, type LiveStatus } from './live-session.ts';
export * from './live-types.ts';
export * from './types.ts';
export type { TrainingOptions, TrainingTrack } from './training-crops.ts';
export type { ActivationMap } from '../detector/activation-map.ts';
export type { ModelManifest } from '../detector/manifest.ts';

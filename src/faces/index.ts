export * from './types.ts';
export * from './alignment.ts';
export * from './region.ts';
export { createFaceDetector, type FaceDetector } from './face-detector.ts';
export { FaceFinder } from './face-finder.ts';
export { numberPeople } from './people.ts';
export { FaceTracker } from './tracker.ts';
export { FaceFollower } from './follower.ts';
export { median } from './quality.ts';

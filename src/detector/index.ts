/**
 * What the analysis needs. Node code (model-export) imports the graph's files directly: config, params, network, fold,
 * weights, manifest know no browser.
 */
export type { ActivationMap, JudgedIn } from './activation-map.ts';
export { lostWhenFailing, onGpuLost } from './backend.ts';
export { createDetector, type Detector, type DetectorFacts, type DetectorOptions } from './detector.ts';
export type { OnBytes } from '../integrity/fetch-listed.ts';
export type { ModelManifest } from './manifest.ts';

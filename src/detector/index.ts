/**
 * What the analysis needs. Node code (model-export) imports the graph's files directly: config, params, network, fold,
 * weights, manifest know no browser.
 */
export type { ActivationMap, JudgedIn } from './activation-map.ts';
export { lostWhenFailing, onGpuLost, openBackend, type BackendName, type Runtime } from './backend.ts';
export { RESNEXT50_32X4D, type DetectorConfig } from './config.ts';
export { createDetector, type Detector, type DetectorFacts, type DetectorOptions } from './detector.ts';
export { DetectorError, type DetectorErrorCode } from './errors.ts';
export type { OnBytes } from '../integrity/fetch-listed.ts';
export { parseManifest, type ModelManifest } from './manifest.ts';

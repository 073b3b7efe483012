export * from './types.ts';
export * from './score.ts';
export * from './decide.ts';
export * from './record.ts';
export * from './interval.ts';
export * from './wilson.ts';

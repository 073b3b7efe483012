export { downloadRecord, readRecord } from './json.ts';

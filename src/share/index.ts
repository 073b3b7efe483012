export { verdictCard } from './card.ts';
export { compareRecords, isSameLook, type Comparison, type Difference } from './compare.ts';
export { csv } from './csv.ts';
export { downloadRecord, readRecord } from './json.ts';
export { readVerdictLink, verdictLink } from './link.ts';
export { verdictQrCode, type QrCode } from './qr.ts';
export { saveFile } from './save.ts';

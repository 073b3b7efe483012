export { verdictCard, type CardContent } from './card.ts';
export { compareRecords, isSameLook, type Comparison, type Difference } from './compare.ts';
export { csv, type CsvRow } from './csv.ts';
export { downloadRecord, readRecord } from './json.ts';
export { readVerdictLink, roundedRecord, verdictLink } from './link.ts';
export { verdictQrCode, type QrCode } from './qr.ts';
export { saveFile } from './save.ts';

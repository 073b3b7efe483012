export type DetectorErrorCode =
  | 'model_missing'
  | 'model_integrity_failed'
  | 'model_invalid'
  | 'backend_unavailable'
  | 'backend_lost'
  | 'input_invalid';

/** Everything that the detector refuses to do, with a code for machines and a sentence for people. */
export class DetectorError extends Error {
  override readonly name = 'DetectorError';

  constructor(
    readonly code: DetectorErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

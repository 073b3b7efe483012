export type CaptureSource = 'camera' | 'screen';

export type CaptureProblem =
  | 'unsupported_camera'
  | 'unsupported_screen'
  | 'refused_camera'
  | 'refused_screen'
  | 'no_camera'
  | 'busy'
  | 'failed';

/** A camera or a shared screen that could not be had; `code` names the sentence for people. */
export class CaptureError extends Error {
  override readonly name = 'CaptureError';
  constructor(
    readonly code: CaptureProblem,
    cause?: unknown,
  ) {
    super(code, { cause });
  }
}

/** Pictures per second to ask the source for: some more than are judged, so that one is there when it is due. */
const FRAME_RATE = 15;

/** Chromium's way to keep this page in front when another tab is shared. */
interface CaptureControllerClass {
  new (): { setFocusBehavior(behaviour: 'no-focus-change'): void };
}

/** Browsers on phones have no way to hand a tab or window to a page. */
export const canShareScreen = (): boolean =>
  (navigator as Partial<Navigator>).mediaDevices?.getDisplayMedia !== undefined;

/**
 * Asks the person for the camera or for a tab, a window or a screen. No sound.
 * @throws CaptureError
 */
export async function openCapture(source: CaptureSource): Promise<MediaStream> {
  const devices = (navigator as Partial<Navigator>).mediaDevices;
  try {
    if (source === 'camera') {
      if (devices?.getUserMedia === undefined) throw new CaptureError('unsupported_camera');
      return await devices.getUserMedia({
        audio: false,
        video: {
          width: { ideal: 1280 },
          height: { ideal: 720 },
          frameRate: { ideal: FRAME_RATE },
          // A phone is pointed at what is to be judged; computers have one that faces the person.
          facingMode: { ideal: 'environment' },
        },
      });
    }
    if (devices?.getDisplayMedia === undefined) throw new CaptureError('unsupported_screen');
    return await devices.getDisplayMedia({
      audio: false,
      video: { frameRate: { ideal: FRAME_RATE } },
      ...chromiumOptions(),
    });
  } catch (error) {
    throw error instanceof CaptureError ? error : new CaptureError(problemOf(error, source), error);
  }
}

/** This very page is not offered, and it stays in front. Browsers that do not know these ignore them. */
function chromiumOptions(): object {
  const { CaptureController } = globalThis as { CaptureController?: CaptureControllerClass };
  if (CaptureController === undefined) return { selfBrowserSurface: 'exclude' };
  const controller = new CaptureController();
  try {
    controller.setFocusBehavior('no-focus-change');
  } catch {
    // Then the shared tab comes to the front, as ever.
  }
  return { selfBrowserSurface: 'exclude', controller };
}

/** Names of the DOMExceptions: Media Capture and Streams, section 10.2; Screen Capture, section 5.1. */
export function problemOf(error: unknown, source: CaptureSource): CaptureProblem {
  switch (error instanceof Error ? error.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
      return `refused_${source}`;
    case 'NotFoundError':
    case 'OverconstrainedError':
      return source === 'camera' ? 'no_camera' : 'refused_screen';
    case 'NotReadableError':
      return 'busy';
    default:
      return 'failed';
  }
}

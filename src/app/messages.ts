/** Every word the page says, in one place. Sentences that carry numbers are functions. English; other languages get the same shape. */
import type { Outcome, Reason } from '../verdict/types.ts';
import type { Stage } from '../analysis/types.ts';
import type { CaptureProblem } from './live-capture.ts';
import type { Difference } from '../share/index.ts';

export const messages = {
  name: 'Clearframe',
  tagline: 'Do the faces in a video show signs of manipulation?',
  start: {
    drop: 'Drop a video here',
    dropNow: 'Let go to check it',
    choose: 'Choose a video',
    paste: 'or paste one with Ctrl+V',
    points: [
      ['It stays here', 'Your video is read on this device only. Nothing is uploaded, and no one is told.'],
      [
        'It looks at faces',
        'A neural network follows each face and looks for traces of swapping and reenactment.',
      ],
      [
        'It can be wrong',
        'It cannot prove that a video is genuine, and it hears no sound and judges no scene.',
      ],
    ],
    noModel:
      'This copy of Clearframe was built without a detector, so it cannot judge videos. See docs/retrain.md for how to train or add one.',
  },
  running: {
    title: (name: string): string => `Checking ${name}`,
    waiting: (count: number): string => (count === 1 ? '1 file waits' : `${count} files wait`),
    cancel: 'Cancel',
    stages: {
      load: 'Loading the detector',
      hash: 'Fingerprinting the file',
      decode: 'Looking for faces',
      score: 'Judging faces',
    } satisfies Record<Stage, string>,
    faces: (searched: number, withFace: number): string => `${withFace} of ${searched} frames show a face`,
    elapsed: (seconds: string): string => `${seconds} so far`,
  },
  outcomes: {
    strong: {
      title: 'Strong signs of manipulation',
      meaning:
        'At least one face carries traces that this detector knows from manipulated videos, and strongly so.',
      next: 'Do not rely on this alone. Look for the original, for other recordings of the same moment, and ask an expert before you publish or accuse.',
    },
    some: {
      title: 'Some signs of manipulation',
      meaning:
        'At least one face carries traces that manipulated videos have, but genuine videos sometimes have too.',
      next: 'Treat it as a reason to look closer, not as a finding. A better copy of the video, nearer to its source, may tell more.',
    },
    none: {
      title: 'No signs found',
      meaning: 'The detector found none of the traces it knows. That does not make the video genuine.',
      next: 'A manipulation of a kind it does not know, or one hidden by compression, would look the same. Check where the video comes from.',
    },
    'cannot-tell': {
      title: 'Cannot tell',
      meaning: 'There was nothing that the detector could judge, so there is no verdict either way.',
      next: '',
    },
  } satisfies Record<Outcome, { title: string; meaning: string; next: string }>,
  falseAlarms: (flagged: number, reals: number): string =>
    `When this mark was set, ${flagged} of ${reals} genuine clips were flagged at this level.`,
  reasons: {
    empty_file: 'The file is empty. The download or copy probably did not finish: get it again.',
    not_a_video: 'This is not a video file, whatever its name says. Choose the video itself.',
    image_file: 'This is a picture, not a video. Clearframe judges moving faces only.',
    no_video_track: 'The file holds sound but no pictures. Choose a file with video.',
    file_damaged:
      'The file is damaged or cut off, and no frame could be read. Get the file again from its source.',
    codec_unsupported:
      'The video is coded in a way that neither this browser nor the built-in decoder can read. Convert it to MP4 and try again.',
    decoder_failed:
      'Reading the video stopped before any frame could be judged. Try again, or convert the video to MP4.',
    no_face: 'No face was found in the frames that were looked at. Clearframe judges faces only.',
    face_too_small:
      'The faces are too small: fewer than 40 pixels wide. Look for a larger version of the video.',
    too_short:
      'No face is in view for long enough: about one second is needed. Use a longer piece of the video.',
    too_compressed:
      'The video is compressed so hard that the picture’s own detail is gone. Look for a copy nearer to the source.',
    too_blurred: 'The faces are too blurred to judge. Look for a sharper version of the video.',
    out_of_memory:
      'The device ran out of memory. Close other tabs or programs, or use a device with more memory.',
    model_missing:
      'This copy of Clearframe was built without a detector. See docs/retrain.md for how to add one.',
    model_integrity_failed:
      'The detector’s files are not the ones they should be, so it was not used. Reload the page.',
    cancelled: 'You cancelled the check. The file was not judged.',
    internal_error:
      'Something went wrong inside Clearframe. Reload the page and try again; if it stays so, please report it.',
  } satisfies Record<Reason, string>,
  result: {
    facesTitle: 'What it looked at',
    facesNote: 'Moments of this face, as the network saw them.',
    person: (letter: string): string => `Face ${letter}`,
    deciding: 'decides',
    from: (start: string, end: string): string => `${start} to ${end}`,
    chartTitle: 'Signs over time',
    chartNote:
      'Each dot is one frame. The higher, the more it resembles manipulated faces; marks show where “some” and “strong” begin.',
    chartLabel: (frames: number, low: string, high: string): string =>
      `${frames} frames, scores from ${low} to ${high}`,
    tableTitle: 'The same as a table',
    time: 'Time',
    score: 'Score',
    strongMark: 'strong',
    someMark: 'some',
    qualityTitle: 'What weakens this result',
    smallFace: (pixels: number): string => `The face is small: about ${pixels} pixels wide.`,
    fewFrames: (frames: number): string => `Only ${frames} frames show the face.`,
    lowBitrate: 'The video is strongly compressed.',
    fallback: (what: string): string => `Something was given up on the way: ${what}.`,
    limitsTitle: 'What this does not mean',
    limits: [
      'It is an estimate by one network, not proof. It is sometimes wrong in both directions.',
      'Only faces were judged: not the voice, not the scene, not what is said, not who it is.',
      'Fully generated scenes and kinds of manipulation that the network has never seen can pass unnoticed.',
    ],
    runTitle: 'What was run',
    again: 'Check another video',
    save: 'Save the record',
    showQueue: 'All files',
    facts: {
      file: 'File fingerprint (SHA-256)',
      size: 'File size',
      video: 'Video',
      model: 'Detector',
      modelHash: 'Detector fingerprint',
      backend: 'Computed with',
      decoder: 'Decoded with',
      sampling: 'Frames looked at',
      fallbacks: 'Given up',
      time: 'Time taken',
      version: 'Clearframe',
    },
    threads: (count: number): string => (count === 1 ? '1 thread' : `${count} threads`),
    frames: (decoded: number, withFace: number): string => `${decoded}, of which ${withFace} with a face`,
    none: 'none',
    unknown: 'not known',
  },
  moment: {
    label: (time: string): string => `The video at ${time}, with the face in a frame`,
    caption: (time: string): string => `The video at ${time}. The framed face is the one judged.`,
    notPlayable:
      'This browser cannot play this video, so the moment cannot be shown in it. The faces below were read with the built-in decoder.',
    slider: 'Moment to show',
    sliderValue: (time: string, score: string): string => `${time}, score ${score}`,
  },
  link: {
    copy: 'Copy a link',
    copied: 'The link is copied.',
    byHand: 'Copy the link from here:',
    label: 'Link to this result',
    note: (characters: number): string =>
      `${characters} characters. It holds this result and the video’s fingerprint, not the video and not its name. Whoever has the same video can check it.`,
  },
  claim: {
    kicker: 'A claim by someone’s browser',
    title: (outcome: string): string => `It says: “${outcome}”`,
    warning:
      'Anybody can make such a link or file, a false one too. With the same video it can be checked: this device runs everything again and says whether it agrees.',
    drop: 'Drop the same video here to check the claim',
    chartTitle: 'Signs over time, as claimed',
    runTitle: 'What was run, as claimed',
  },
  comparison: {
    repeated: {
      title: 'Repeated',
      text: 'It is the same file, and this device came to the same outcome as the claim.',
    },
    differs: {
      title: 'Not repeated',
      text: 'It is the same file, but this device came to a different result than the claim. Trust what you see here more than the claim.',
    },
    'another-file': {
      title: 'Another file',
      text: 'This is not the file that the claim speaks of, so it says nothing about the claim. Copies that were cut, converted or sent through a messenger are other files.',
    },
    listed: 'What was not the same:',
    differences: {
      app: 'the version of Clearframe',
      model: 'the detector',
      sampling: 'the moments that were looked at',
      decoder: 'the decoder',
      backend: 'what computed the network',
      outcome: 'the outcome',
      score: 'the score',
    } satisfies Record<Difference, string>,
  },
  queue: {
    title: 'Files',
    waiting: 'waiting',
    running: 'being checked',
    open: 'Show',
  },
  live: {
    open: 'Check a shared tab or the camera, live',
    title: 'Live check',
    intro:
      'Share a tab or a window, or point the camera at a screen. Every face gets a rolling verdict over its last seconds. Pictures are judged on this device and forgotten at once: nothing is recorded, nothing is sent.',
    share: 'Share a tab or window',
    camera: 'Use the camera',
    back: 'Back',
    asking: 'The browser asks for your permission.',
    loading: 'Loading the detector …',
    end: 'End the live check',
    endKey: 'or press Escape.',
    endKeyScreen: 'or press Escape. From another tab, use the browser’s own “Stop sharing”.',
    preview: 'What is being checked',
    person: (letter: string): string => `Person ${letter}`,
    inBox: (letter: string, outcome: string): string => `Person ${letter}: ${outcome}`,
    noOne: 'No face is in view.',
    waiting: 'Waiting for the first picture …',
    outOfView: 'out of view',
    basis: (frames: number, most: number): string =>
      frames < most
        ? `Rests on ${frames} of ${most} pictures so far.`
        : `Rests on the last ${most} pictures.`,
    reasons: {
      too_short: 'Not in view for long enough yet.',
      face_too_small: 'The face is too small: under 40 pixels wide. Make it larger, or come closer.',
      too_blurred: 'The face is too blurred. Hold the camera still, or choose a sharper picture.',
    } as Partial<Record<Reason, string>>,
    facts: {
      rate: 'Pictures judged per second',
      rateOf: (rate: string, wanted: string): string => `${rate} of ${wanted} wanted`,
      age: 'Age of the verdict',
      dropped: 'Left out, for lack of time',
    },
    slow: 'This device judges fewer pictures per second than the detector was trained with, which makes the verdicts weaker.',
    still: 'No new picture has come for a while. The verdicts are as old as it says.',
    chart: (low: string, high: string): string => `Rolling score of the last seconds, from ${low} to ${high}`,
    chartEmpty: 'No score yet',
    chartAxis: 'Higher is closer to manipulated faces; marks show where “some” and “strong” begin.',
    limitsTitle: 'What live is not',
    limits: [
      'It is weaker than a check of the file. A shared screen is scaled and compressed again, and a filmed screen far more so; that hides traces, and can look like some.',
      'The marks of the verdicts were set with files, not with live pictures.',
      'A verdict rests on a few seconds only and is made anew with every picture. The longer you look, the likelier a false alarm: do not rely on a short one.',
      'It is not a recording. When it ends, nothing is left to show or to pass on. If you can get the file, check the file.',
    ],
    ended: 'The live check has ended. Nothing was kept.',
    sourceEnded: 'The sharing has ended, and the live check with it. Nothing was kept.',
    failed: {
      out_of_memory: 'The device ran out of memory. Close other tabs or programs and start again.',
    } as Partial<Record<Reason, string>>,
    problems: {
      unsupported_camera:
        'This browser cannot hand a camera to a page here. Use a current browser, and open the page over https.',
      unsupported_screen:
        'This browser cannot share a tab or window with a page; browsers on phones usually cannot. Use one on a computer, or the camera.',
      refused_camera:
        'The camera was not allowed. Allow it for this page in the browser’s address bar, then start again.',
      refused_screen: 'Nothing was shared. Start again and choose a tab or a window.',
      no_camera: 'No camera was found. Connect one, then start again.',
      busy: 'The camera or window cannot be read now; another program may be using it. Close that, then start again.',
      failed: 'The browser could not start. Reload the page and start again.',
    } satisfies Record<CaptureProblem, string>,
  },
  offline: 'Works offline',
  update: { text: 'A new version is ready.', action: 'Reload' },
  footer: 'Nothing you check leaves this device.',
} as const;

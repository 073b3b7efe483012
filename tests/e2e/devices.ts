/** What people hold: a desktop's window, and a phone. */
export const DESKTOP = { viewport: { width: 1280, height: 800 } };
export const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

export type Device = typeof DESKTOP | typeof PHONE;

/** For `describe.each`, with `%s` in the title. */
export const DEVICES: [string, Device][] = [
  ['a desktop', DESKTOP],
  ['a phone', PHONE],
];

/** Whether an address leads to the device that it is opened on, whichever that is: a copy that `npm start` serves. */
export const isThisDevice = (hostname: string): boolean =>
  /(^|\.)localhost$|^127(\.\d+){3}$|^\[::1\]$/.test(hostname);

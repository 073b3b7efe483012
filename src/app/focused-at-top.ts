/** Takes a reader that listens to the heading of what is shown now, and everybody else to its top. */
export function focusedAtTop(heading: HTMLElement): void {
  heading.focus({ preventScroll: true });
  scrollTo({ top: 0 });
}

/**
 * Within an element: a control that goes while it has the focus hands it to what comes in its place, so that whoever works by
 * keyboard or listens is not sent back to the page's beginning.
 */
export function keepsFocus(element: HTMLElement): { destroy: () => void } {
  let last: Element | null = null;
  const note = ({ target }: FocusEvent): void => {
    last = target as Element;
  };
  // A control that is taken away may lose the focus first.
  const leave = ({ target }: FocusEvent): void =>
    queueMicrotask(() => {
      if ((target as Element).isConnected) last = null;
    });
  const observer = new MutationObserver(() => {
    if (last === null || last.isConnected || document.activeElement !== document.body) return;
    last = null;
    element.querySelector<HTMLElement>('button:enabled')?.focus();
  });
  element.addEventListener('focusin', note);
  element.addEventListener('focusout', leave);
  observer.observe(element, { childList: true, subtree: true });
  return { destroy: () => observer.disconnect() };
}

import { analyze } from '../clearframe.js';

/** The outcome in words. The score beside it is no percentage of truth: it stays in the record. */
const OUTCOMES = {
  strong: 'Strong signs of manipulation',
  some: 'Some signs of manipulation',
  none: 'No signs found, which does not make the video genuine',
};

const input = document.querySelector('input');
const cancel = document.querySelector('button');
const progress = document.querySelector('progress');
const status = document.querySelector('[role=status]');
const details = document.querySelector('pre');

input.addEventListener('change', async () => {
  const [file] = input.files;
  if (file === undefined) return;
  const controller = new AbortController();
  cancel.onclick = () => controller.abort();
  cancel.hidden = progress.hidden = false;
  input.disabled = details.hidden = true;
  status.textContent = 'Looking…';

  const { record, timings } = await analyze(file, {
    signal: controller.signal,
    onEvent: (event) => {
      if (event.type === 'progress' && event.stage === 'decode') progress.value = event.done / event.total;
    },
  });

  const { outcome, reasons } = record.verdict;
  status.textContent =
    outcome === 'cannot-tell'
      ? `Cannot tell: ${reasons.join(', ')}`
      : `${OUTCOMES[outcome]} (${timings.total.toFixed(1)} s)`;
  details.textContent = JSON.stringify(record, null, 2);
  cancel.hidden = progress.hidden = true;
  input.disabled = details.hidden = false;
});

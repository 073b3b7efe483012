import { analyze } from '../clearframe.js';

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

  const { outcome, score, reasons } = record.verdict;
  status.textContent =
    outcome === 'cannot-tell'
      ? `Cannot tell: ${reasons.join(', ')}`
      : `${outcome}, score ${score.toFixed(2)}, after ${timings.total.toFixed(1)} s`;
  details.textContent = JSON.stringify(record, null, 2);
  cancel.hidden = progress.hidden = true;
  input.disabled = details.hidden = false;
});

/** Memory and GPUs that are not there, or not any more: what people see, and that the queue goes on. */
import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, it } from 'vitest';
import { messages } from '../../src/app/messages.ts';
import { madeModel } from '../unit/detector-model.ts';
import { useBuiltApp } from './built-app.ts';
import { cannotTell, file, hurry, QueuePage, useCheckedQueue, type WorkerName } from './faults.ts';

const app = useBuiltApp();
const use = useCheckedQueue(app);

/** Every worker of that name begins with this code. */
async function beginWith<T>(name: WorkerName, code: (value: T) => void, value: T): Promise<QueuePage> {
  use.copy.beforeWorker(name, code, value);
  await use.queue.reload();
  return use.queue;
}

describe('memory that is not there', () => {
  it('for the built-in decoder ends that file in “out of memory”, and the next is judged', async () => {
    const queue = await beginWith(
      'ffmpeg-worker',
      (message) => {
        WebAssembly.instantiate = (): Promise<never> => Promise.reject(new RangeError(message));
      },
      'WebAssembly.instantiate(): Out of memory: Cannot allocate Wasm memory',
    );
    await queue.choose(file('victim.avi', 'mpeg4.avi'), file('next.mp4'));
    await queue.checked(3, 3);
    expect(await queue.state('victim.avi')).toBe(cannotTell);
    await queue.expectJudged('next.mp4');
    await queue.result('victim.avi', messages.reasons.out_of_memory);
    await queue.expectBeforeKept();
  });

  it('for the kernels is told, and tfjs judges the file', async () => {
    const queue = await beginWith(
      'detector-worker',
      (message) => {
        WebAssembly.Instance = class {
          constructor() {
            throw new RangeError(message);
          }
        } as never;
      },
      'WebAssembly.Instance(): Out of memory: Cannot allocate Wasm memory',
    );
    await queue.choose(file('victim.mp4'), file('next.mp4'));
    await queue.checked(3, 3);
    await queue.expectJudged('victim.mp4', 'next.mp4');
    await queue.result('victim.mp4', messages.result.givenUp.wasm);
    await queue.expectBeforeKept();
  });

  it('for the network ends files in “out of memory”, and they are judged when there is memory again', async () => {
    const queue = await beginWith(
      'detector-worker',
      (message) => {
        WebAssembly.Memory.prototype.grow = () => {
          throw new RangeError(message);
        };
      },
      'WebAssembly.Memory.grow(): Maximum memory size exceeded',
    );
    await queue.choose(file('victim.mp4'), file('next.mp4'));
    await queue.checked(3, 3);
    await queue.result('victim.mp4', messages.reasons.out_of_memory);
    use.copy.mend();
    for (const name of ['victim.mp4', 'next.mp4']) await queue.act(messages.queue.retry, name);
    await queue.checked(3, 3);
    await queue.expectJudged('victim.mp4', 'next.mp4');
    await queue.expectBeforeKept();
  });

  it('for the whole tab: the browser ends it, and what was finished is there when it is opened again', async () => {
    await using context = await app.browser.newContext({ serviceWorkers: 'block' });
    let queue = await QueuePage.open(context, app.server.url);
    await queue.choose(file('before.mp4'), file('victim.mp4'));
    await queue.checked(1, 2);
    const outcome = await queue.state('before.mp4');
    const crashed = queue.page.waitForEvent('crash');
    await Promise.all([crashed, queue.page.goto('chrome://crash').catch(() => undefined)]);
    queue = await QueuePage.open(context, app.server.url);
    await queue.button(messages.queue.showEarlier).click();
    expect(await queue.state('before.mp4')).toBe(outcome);
    // The file that was being checked is told of too. Made again, it is another file by its date.
    expect(await queue.state('victim.mp4')).toBe(messages.queue.interrupted);
    await queue.act(messages.queue.remove, 'victim.mp4');
    await queue.choose(file('victim.mp4'));
    await queue.checked(2, 2);
    await queue.expectJudged('before.mp4', 'victim.mp4');
  });
});

describe('a GPU that is lost', () => {
  it.each<[when: string, submissions: number, how: 'destroyed' | 'out of memory' | 'silent' | 'unsaid']>([
    ['while the detector is loaded', 28, 'destroyed'],
    ['while faces are judged', 34, 'destroyed'],
    ['for lack of its memory, while faces are judged', 34, 'out of memory'],
    ['or answers no more, while the detector is loaded,', 28, 'silent'],
    ['or answers no more, while faces are judged,', 34, 'silent'],
    ['or fails without a word of it, while faces are judged,', 34, 'unsaid'],
  ])(
    '%s is replaced by WebAssembly for the same file, and the record says so',
    async (_when, submissions, how) => {
      // The software GPU passes as a real one, of which a small network asks enough. It is lost when it is given so many
      // pieces of work: 27 are its self-test, 29 all of its loading.
      use.copy.serveModel(await madeModel());
      const queue = await beginWith(
        'detector-worker',
        ([allowed, loss]) => {
          const info = { vendor: 'made for a test', architecture: '', device: '', description: '' };
          Object.defineProperty(GPUAdapter.prototype, 'info', { get: () => info });
          const { requestDevice } = GPUAdapter.prototype;
          const { submit } = GPUQueue.prototype;
          GPUAdapter.prototype.requestDevice = async function (...args) {
            const device = await requestDevice.apply(this, args);
            let left = allowed;
            GPUQueue.prototype.submit = function (work) {
              if (--left === 0 && loss === 'destroyed') device.destroy();
              if (left === 0 && loss === 'silent')
                GPUBuffer.prototype.mapAsync = () => new Promise(() => undefined);
              if (left === 0 && loss === 'unsaid')
                GPUBuffer.prototype.mapAsync = () => Promise.reject(new Error('made for a test'));
              if (left === 0 && loss === 'out of memory') {
                // What Chromium sends when a buffer finds no room; the GPU leaves the work out and goes on.
                const error = new GPUOutOfMemoryError('made for a test');
                device.dispatchEvent(new GPUUncapturedErrorEvent('uncapturederror', { error }));
                return undefined;
              }
              return submit.call(this, work);
            };
            return device;
          };
        },
        [submissions, how] as const,
      );
      // The minute and a half that it is given to answer pass in ten seconds.
      if (how === 'silent') await (await queue.worker('worker')).evaluate(hurry, 9);
      await queue.choose(file('victim.mp4'), file('next.mp4'));
      await queue.checked(3, 3);
      await queue.expectJudged('victim.mp4', 'next.mp4');
      await queue.result('victim.mp4', messages.result.givenUp.gpu);
      await queue.expectBeforeKept();
    },
  );

  it('and is lent to later workers than the first leaves all of them to WebAssembly, as the record says', async () => {
    use.copy.beforeWorker(
      'worker',
      (cores) => Object.defineProperty(navigator, 'hardwareConcurrency', { value: cores }),
      3,
    );
    const queue = await beginWith(
      'detector-worker',
      (used) => {
        const forever = (): Promise<never> => new Promise(() => undefined);
        const first = new Promise<boolean>((tell) => {
          void navigator.locks.request('first worker', { ifAvailable: true }, (lock) => {
            tell(lock !== null);
            return lock === null ? undefined : forever();
          });
        });
        const info = { vendor: 'made for a test', architecture: '', device: '', description: '' };
        Object.defineProperty(GPUAdapter.prototype, 'info', { get: () => info });
        const requestAdapter = navigator.gpu.requestAdapter.bind(navigator.gpu);
        GPU.prototype.requestAdapter = async (options) => ((await first) ? null : requestAdapter(options));
        GPUAdapter.prototype.requestDevice = () => {
          void navigator.locks.request(used, { mode: 'shared' }, forever);
          return Promise.reject(new Error('made for a test'));
        };
      },
      'a GPU was used',
    );
    await queue.choose(file('victim.mp4'));
    await queue.checked(2, 2);
    await queue.expectJudged('victim.mp4');
    await queue.result('victim.mp4', messages.result.threads(2));
    const { held = [] } = await queue.page.evaluate(() => navigator.locks.query());
    expect(held.map(({ name }) => name)).toContain('first worker');
    expect(held.map(({ name }) => name)).not.toContain('a GPU was used');
  });
});

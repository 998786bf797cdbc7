import { createComponent, createGroup, createParallel } from './component';

const recorder = () => {
  const calls: string[] = [];
  const make = (name: string, fails: 'start' | 'stop' | undefined = undefined) =>
    createComponent(name, {
      start() {
        calls.push(`start ${name}`);
        if (fails === 'start') throw new Error(`${name} does not start`);
      },
      stop() {
        calls.push(`stop ${name}`);
        if (fails === 'stop') throw new Error(`${name} does not stop`);
      },
    });
  return { calls, make };
};

describe('a component', () => {
  it('starts once and stops once, however often it is asked', async () => {
    const { calls, make } = recorder();
    const component = make('a');
    await Promise.all([component.start(), component.start()]);
    await Promise.all([component.stop(), component.stop()]);
    expect(calls).toEqual(['start a', 'stop a']);
  });

  it('may be stopped before it was started, and then never starts', async () => {
    const { calls, make } = recorder();
    const component = make('a');
    await component.stop();
    await expect(component.start()).rejects.toThrow('a was stopped');
    expect(calls).toEqual([]);
  });

  it('waits for a start under way before it stops', async () => {
    const calls: string[] = [];
    let ready: () => void = () => undefined;
    const component = createComponent('slow', {
      start: () =>
        new Promise<void>((resolve) => {
          ready = () => {
            calls.push('started');
            resolve();
          };
        }),
      stop: () => void calls.push('stopped'),
    });
    const starting = component.start();
    const stopping = component.stop();
    ready();
    await Promise.all([starting, stopping]);
    expect(calls).toEqual(['started', 'stopped']);
  });
});

describe('a group', () => {
  it('starts in order and stops in the reverse order', async () => {
    const { calls, make } = recorder();
    const group = createGroup('g', [make('a'), make('b')]);
    await group.start();
    await group.stop();
    expect(calls).toEqual(['start a', 'start b', 'stop b', 'stop a']);
  });

  it('stops only the components that had begun, when one does not start', async () => {
    const { calls, make } = recorder();
    const group = createGroup('g', [make('a'), make('b', 'start'), make('c')]);
    await expect(group.start()).rejects.toThrow('b does not start');
    await group.stop();
    expect(calls).toEqual(['start a', 'start b', 'stop b', 'stop a']);
  });

  it('stops all of them even where one fails to stop, and says so', async () => {
    const { calls, make } = recorder();
    const group = createGroup('g', [make('a'), make('b', 'stop'), make('c')]);
    await group.start();
    await expect(group.stop()).rejects.toThrow('b does not stop');
    expect(calls.slice(3)).toEqual(['stop c', 'stop b', 'stop a']);
  });
});

it('ends a start that would never end', async () => {
  let giveUp: () => void = () => undefined;
  const waiting = createComponent('waiting', {
    start: () =>
      new Promise((_, reject) => {
        giveUp = () => reject(new Error('gave up'));
      }),
  });
  const interruptible = {
    ...waiting,
    stop() {
      giveUp();
      return waiting.stop();
    },
  };
  const { calls, make } = recorder();
  const group = createGroup('g', [make('a'), interruptible, make('c')]);
  const starting = group.start();
  starting.catch(() => undefined);
  await Promise.resolve();
  await group.stop();
  await expect(starting).rejects.toThrow('gave up');
  expect(calls).toEqual(['start a', 'stop a']);
});

describe('components side by side', () => {
  it('stop without waiting for each other, all of them even where one fails to stop', async () => {
    const { calls, make } = recorder();
    let release: () => void = () => undefined;
    const slow = createComponent('slow', {
      stop: () =>
        new Promise<void>((resolve) => {
          release = resolve;
        }),
    });
    const both = createParallel('both', [slow, make('a', 'stop')]);
    await both.start();
    const stopping = both.stop();
    while (!calls.includes('stop a')) await Promise.resolve();
    release();
    await expect(stopping).rejects.toThrow('a does not stop');
  });
});

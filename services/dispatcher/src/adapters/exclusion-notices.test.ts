import type { Control } from '@cyberstroll/contracts';
import type { Publisher } from '@cyberstroll/messaging';
import { createExclusionWatch, type OpenExclusion } from '@cyberstroll/store';
import { NEVER } from '@cyberstroll/task-state';
import { createExclusionNotices } from './exclusion-notices';

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 5, 8, 0, seconds));
const MONDAY_AT_EIGHT = { days: ['mon' as const], from: '08:00', to: '08:01', time_zone: 'UTC' };

function setup(open: OpenExclusion[]) {
  const published: unknown[] = [];
  let isConnected = true;
  const publisher = {
    tryPublish(_exchange: string, _key: string, control: Control) {
      if (isConnected) published.push(control);
      return isConnected;
    },
  } as unknown as Publisher;
  const store = { exclusions: { findOpen: async () => open } } as unknown as Parameters<typeof createExclusionWatch>[0];
  const notices = createExclusionNotices({ publisher, exclusions: createExclusionWatch(store, 0) });
  return {
    published,
    notices,
    setConnected: (is: boolean) => {
      isConnected = is;
    },
  };
}

const toExclusion = (more: object = {}): OpenExclusion => ({
  exclusion_id: 'e',
  target: '10.0.0.1',
  reason: 'r',
  start: at(0),
  until: NEVER,
  ...more,
});

it('publishes what is excluded at once when it changes, again and again, and for a while that it is over', async () => {
  const exclusion = toExclusion({ hours: [MONDAY_AT_EIGHT] });
  const { notices, published } = setup([exclusion]);
  const excluded = { state: 'excluded', exclude_target: '10.0.0.1' };
  expect(await notices.publishChange(at(-1))).toBeUndefined();
  await notices.repeat(at(-1));
  expect(published).toEqual([]);
  await notices.publishChange(at(0));
  expect(await notices.publishChange(at(1))).toBeUndefined();
  await notices.repeat(at(2));
  expect(published.splice(0)).toEqual([excluded, excluded]);
  await notices.repeat(at(58));
  // Its hours are over.
  await notices.publishChange(at(60));
  await notices.repeat(at(100));
  expect(published.splice(0)).toEqual([excluded, { state: 'excluded' }, { state: 'excluded' }]);
  await notices.repeat(at(120));
  expect(await notices.publishChange(at(120))).toBeUndefined();
  expect(published).toEqual([]);
});

it('publishes it once more while RabbitMQ does not take it, and says so', async () => {
  const { notices, published, setConnected } = setup([toExclusion({ ports: '22' })]);
  setConnected(false);
  await notices.publishChange(at(0));
  expect(await notices.repeat(at(0))).toBe(false);
  setConnected(true);
  await notices.publishChange(at(1));
  expect(published).toEqual([{ state: 'excluded', exclude_ports: [{ target: '10.0.0.1', ports: '22' }] }]);
});

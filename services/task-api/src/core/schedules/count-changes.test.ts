import { createChangeCounter } from './count-changes';

const CHANGES = [
  { port: 22, change: 'opened' },
  { port: 23, change: 'closed' },
  { port: 80, change: 'service_changed' },
  { port: 80, change: 'banner_changed' },
  { port: 22, change: 'not_scanned' },
] as const;

it.each([
  ['all of them without ports of interest', undefined, 4],
  ['those on the ports of interest', { threshold: 1, ports: '20-22,80' }, 3],
] as const)('an alert counts %s; what was not scanned is no change', (_what, alert, alerting) => {
  const counter = createChangeCounter(alert);
  counter.add(CHANGES);
  expect(counter.counts).toEqual({ opened: 1, closed: 1, changed: 2, alerting });
});

import { isTracing } from '@cyberstroll/runtime';
import { type System, startSystem } from './system';

const TRACEPARENT = `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01`;
let system: System;

beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system?.stop());

const ofTask = (taskId: string) => ({
  jobs: system.jobs.filter(({ body }) => (body as { task_id: string }).task_id === taskId),
  envelopes: system.envelopes
    .map(({ body }) => body as { node_id?: string; updates: { task_id: string }[]; traces?: Record<string, string> })
    .filter(({ node_id, updates }) => node_id && updates.some(({ task_id }) => task_id === taskId)),
});

it('carries a client’s traceparent through every hand as it came, and begins none', async () => {
  const traced = await system.runTask({ traceparent: TRACEPARENT });
  const untraced = await system.runTask({ traceparent: 'nonsense' });
  expect(isTracing()).toBe(false);

  expect(traced.task.traceparent).toBe(TRACEPARENT);
  expect(new Set(traced.frames.map(({ traceparent }) => traceparent))).toEqual(new Set([TRACEPARENT]));
  const { jobs, envelopes } = ofTask(traced.task.task_id);
  expect(new Set(jobs.map(({ headers }) => headers['traceparent']))).toEqual(new Set([TRACEPARENT]));
  expect(envelopes.length).toBeGreaterThan(0);
  for (const { traces } of envelopes) expect(traces).toEqual({ [traced.task.task_id]: TRACEPARENT });

  expect(untraced.task).not.toHaveProperty('traceparent');
  for (const frame of untraced.frames) expect(frame).not.toHaveProperty('traceparent');
  for (const { headers } of ofTask(untraced.task.task_id).jobs) expect(headers).not.toHaveProperty('traceparent');
  for (const { traces } of ofTask(untraced.task.task_id).envelopes) expect(traces).toBeUndefined();
});

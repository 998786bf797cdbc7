import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { checkAnswer, createQueuedTask, eventually, report } from '@cyberstroll/testkit';
import { toProblemOf } from './api-client';
import { KEYS } from './create-service';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await setup({ MAX_EVENT_STREAMS_PER_KEY: '3' });
});
afterAll(() => fixture?.cleanup());

interface Stream {
  response: IncomingMessage;
  /** `<event> <status>`, in their order. */
  events: string[];
  ids: string[];
  text(): string;
  /** Resolves when the stream ends; rejects if it is cut off. */
  ended: Promise<void>;
}

async function open(taskId: string, lastEventId?: string): Promise<Stream> {
  const path = `/api/tasks/${taskId}/events`;
  const request = get({
    port: fixture.service.port(),
    path,
    headers: { authorization: `Bearer ${KEYS.viewer}`, ...(lastEventId && { 'last-event-id': lastEventId }) },
  });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const { statusCode: status = 0 } = response;
  const headers = new Headers(response.headers as Record<string, string>);
  const stream = { events: [] as string[], ids: [] as string[] };
  let text = '';
  response.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    const all = [...text.matchAll(/^id: (.*)\nevent: (.*)\ndata: (.*)\n\n/gm)];
    stream.events = all.map(([, , event, data]) => `${event} ${JSON.parse(data!).status}`);
    stream.ids = all.map(([, id]) => id!);
    if (status === 200) checkAnswer({ method: 'GET', path, status, headers, body: text });
  });
  const ended = new Promise<void>((resolve, reject) => response.once('end', resolve).once('error', reject));
  ended.catch(() => undefined);
  return Object.assign(stream, { response, ended, text: () => text });
}

/** Completes the subtask at `index`, and publishes the progress. */
async function complete(taskId: string, index: number) {
  await report(fixture.store, taskId, [index], { status: 'COMPLETED' });
  const { snapshot } = await fixture.store.tasks.calculateTaskProgress(taskId);
  await fixture.realtime.publishProgress(snapshot);
}
const command = (taskId: string, name: string) => fixture.api('POST', `/api/tasks/${taskId}/${name}`);
const changesOf = ({ events }: Stream) => events.filter((event) => !event.startsWith('progress'));

it('follows a task to its end; a client that connects again misses no change and gets nothing twice', async () => {
  const id = await createQueuedTask(fixture.store, '127.0.0.0/30');
  const first = await open(id);
  expect(first.response.headers['content-type']).toMatch(/^text\/event-stream/);
  await eventually(() => expect(first.events).toEqual(['status QUEUED', 'progress QUEUED']));
  expect(first.text()).toMatch(/^retry: \d+\n\n/);
  await complete(id, 0);
  await eventually(() => expect(first.events.slice(2)).toEqual(['status RUNNING', 'progress RUNNING']));

  first.response.destroy();
  for (const name of ['pause', 'resume', 'pause', 'resume']) expect((await command(id, name)).status).toBe(200);
  const second = await open(id, first.ids.at(-1));
  const paused = ['status PAUSED', 'status RUNNING', 'status PAUSED', 'status RUNNING'];
  await eventually(() => expect(changesOf(second)).toEqual(paused));
  for (const index of [1, 2, 3]) await complete(id, index);
  await second.ended;
  expect(changesOf(second)).toEqual([...paused, 'status COMPLETED', 'ended COMPLETED']);
  expect(second.events.slice(-2)).toEqual(['progress COMPLETED', 'ended COMPLETED']);
  const seqs = [...first.ids, ...second.ids].map((each) => Number(each.split('-')[1]));
  expect(seqs).toEqual([...seqs].sort((a, b) => a - b));

  const again = await open(id, second.ids.at(-2));
  await again.ended;
  expect(again.events).toEqual(['ended COMPLETED']);
  expect((await open(id, second.ids.at(-1))).response.statusCode).toBe(204);
});

it('a task that ended long ago has its end at once, and an unknown one is not found', async () => {
  toProblemOf(await fixture.api('GET', `/api/tasks/${'f'.repeat(24)}/events`), 404, 'task_not_found');
  const id = await createQueuedTask(fixture.store, '127.0.0.1');
  await command(id, 'cancel');
  const stream = await open(id);
  await stream.ended;
  expect(stream.events).toEqual(['status CANCELLED', 'progress CANCELLED', 'ended CANCELLED']);
});

it('limits the streams of a key, and frees a place when one closes', async () => {
  const id = await createQueuedTask(fixture.store, '127.0.0.1');
  const opened = [await open(id), await open(id), await open(id)];
  const path = `/api/tasks/${id}/events`;
  toProblemOf(await fixture.api('GET', path, { key: KEYS.viewer }), 429, 'too_many_connections');
  opened.pop()!.response.destroy();
  await eventually(async () => {
    const stream = await open(id);
    stream.response.destroy();
    expect(stream.response.statusCode).toBe(200);
  });
  for (const { response } of opened) response.destroy();
});

it('streams end cleanly when the service stops, so that their clients connect elsewhere', async () => {
  const id = await createQueuedTask(fixture.store, '127.0.0.1');
  const stream = await open(id);
  await eventually(() => expect(stream.events).toHaveLength(2));
  const stopped = fixture.service.stop();
  await stream.ended;
  await stopped;
});

import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Alert, DeadLetterSummary, Page } from '@cyberstroll/contracts';
import { findSchemathesis } from '@cyberstroll/local';
import { createGroup } from '@cyberstroll/runtime';
import {
  createTestBroker,
  createTestStore,
  eventually,
  FAILURE,
  sendOut,
  sendUpdates,
  toUpdate,
} from '@cyberstroll/testkit';
import { startLightStack } from '../e2e/light-stack';
import type { TestStack } from '../e2e/test-stack';

/** Requests of each operation and phase in the long form (`npm run test:api`); the short one has the examples alone. */
const EXAMPLES = process.env['SCHEMATHESIS_EXAMPLES'];
const PHASES = EXAMPLES ? ['examples', 'coverage', 'fuzzing', 'stateful'] : ['examples'];

const PARAMETERS = ['task_id', 'other_id', 'subtask_id', 'node_id', 'alert_id', 'dead_letter_id', 'key_id'];

let system: TestStack;

beforeAll(async () => {
  system = await startLightStack({
    nodes: { 'node-a': {} },
    serviceEnvironment: { 'task-api': { RATE_LIMIT_PER_MINUTE: '1000000' } },
  });
});
afterAll(() => system?.stop());

it(
  'schemathesis finds no answer that docs/openapi.json does not promise',
  async () => {
    const { ids, endedTask } = await prepare();
    const { code, output } = await runSchemathesis(ids, endedTask);
    console.info(output.slice(output.indexOf('= SUMMARY =')));
    if (code !== 0) throw new Error(output);
    for (const phase of PHASES) expect(output).toMatch(new RegExp(`✅ ${phase}`, 'i'));
  },
  1_800_000 + Number(EXAMPLES ?? 0) * 120_000,
);

/** One thing of each kind, so that requests find something, by the name of the path's parameter; and an ended task. */
async function prepare(): Promise<{ ids: Record<string, string[]>; endedTask: string }> {
  const { api } = system;
  const store = createTestStore(system.stack.describe());
  const broker = createTestBroker(system.stack.describe());
  const publisher = broker.createPublisher();
  const clients = createGroup('clients', [store, broker, publisher]);
  await clients.start();
  // No node serves the pool: what there is to report, this test reports.
  const create = () => api.createTask({ task_target: '127.0.9.1-9', config: { pool: 'nobody', max_retries: 0 } });
  const { task_id } = await create();
  const toCancel = await create();
  const ended = await create();
  const toDelete = await create();
  for (const task of [ended, toDelete]) await api.command(task.task_id, 'cancel');
  await sendOut(store, task_id);
  await sendUpdates(publisher, [toUpdate(task_id, 0)]);
  await sendUpdates(publisher, [toUpdate(task_id, 0, FAILURE), toUpdate(task_id, 1_000)]);
  const find = (path: string) =>
    eventually(async () => {
      const { items } = await api.get<Page<Alert & DeadLetterSummary>>(path);
      expect(items).not.toEqual([]);
      return items[0]!;
    });
  await find(`/api/tasks/${task_id}/subtasks?status=FAILED`);
  const { dead_letter_id } = await find('/api/dead-letters');
  const { alert_id } = await find('/api/alerts');
  const [key_id, keyToRevoke] = await Promise.all(
    ['rotated', 'revoked'].map(
      async (name) => (await store.apiKeys.create({ name, role: 'viewer' }, 'test', new Date())).key_id,
    ),
  );
  await clients.stop();
  const ids = {
    task_id: [task_id],
    other_id: [toCancel.task_id],
    task_to_cancel: [toCancel.task_id],
    task_to_delete: [toDelete.task_id],
    subtask_id: [`${task_id}-0`],
    node_id: ['node-a'],
    alert_id: [alert_id],
    dead_letter_id: [dead_letter_id],
    key_id: [key_id!],
    key_to_revoke: [keyToRevoke!],
  };
  return { ids, endedTask: ended.task_id };
}

function runSchemathesis(ids: Record<string, string[]>, endedTask: string): Promise<{ code: number; output: string }> {
  const program = findSchemathesis();
  if (!program) throw new Error('schemathesis is missing: npm run setup');
  const { api_url, api_key } = system.stack.describe();
  const config = join(system.dir, 'schemathesis.toml');
  writeFileSync(
    config,
    [readFileSync(join(__dirname, 'schemathesis.toml'), 'utf8'), ...toDictionaries(ids)].join('\n'),
  );
  const key = ['--header', `Authorization: Bearer ${api_key}`];
  const amount = ['--phases', PHASES.join(), '--max-examples', EXAMPLES ?? '1'];
  const args = ['--config-file', config, 'run', `${api_url}/openapi.json`, ...amount, ...key];
  const env = {
    ...process.env,
    SCHEMATHESIS_HOOKS: 'schemathesis_hooks',
    ENDED_TASK: endedTask,
    PYTHONPATH: __dirname,
    PYTHONDONTWRITEBYTECODE: '1',
  };
  return new Promise((resolve) => {
    execFile(program, [...args, '--no-color'], { cwd: system.dir, env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) =>
      resolve({ code: error ? 1 : 0, output: stdout + stderr }),
    );
  });
}

/** Of the values of each of these parameters, every second is one that exists. */
function toDictionaries(ids: Record<string, string[]>): string[] {
  const bind = (name: string, dictionary = name) =>
    `"path.${name}" = { dictionary = "${dictionary}", probability = 0.5 }`;
  return [
    // The examples alone do not reach everything that is there.
    `[warnings]\nfail-on = ${EXAMPLES !== undefined}`,
    '[parameters]',
    ...PARAMETERS.map((name) => bind(name)),
    // Nothing can be done any more with a cancelled task or a revoked key: it is another one.
    ...toOverride('cancelTask', bind('task_id', 'task_to_cancel')),
    ...toOverride('revokeKey', bind('key_id', 'key_to_revoke')),
    ...toOverride('deleteTask', bind('task_id', 'task_to_delete')),
    // Which of them a task permits is its state, which other requests change: most get 409, or 412 for a made-up ETag.
    ...['deleteTask', 'cancelTask', 'pauseTask', 'resumeTask'].flatMap((id) => [
      '[[operations]]',
      `include-operation-id = "${id}"`,
      'warnings = false',
    ]),
    ...Object.entries(ids).map(([name, values]) => `[dictionaries.${name}]\nvalues = ${JSON.stringify(values)}`),
  ];
}

const toOverride = (operationId: string, binding: string) => [
  '[[operations]]',
  `include-operation-id = "${operationId}"`,
  '[operations.parameters]',
  binding,
];

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runConformance } from '@cyberstroll/conformance';
import { withOwnVhost } from './vhost-for';

const root = resolve(__dirname, '../..');
const example = join(root, 'packages/nodes/examples/python-node');
const sdk = join(root, 'packages/nodes/scanner-sdk-python/cyberstroll_sdk');

/** One line of the SDK for Python, replaced: the rule that the example node breaks then. */
const SINS = [
  { breaks: 'heartbeat-fields', file: 'heartbeats', line: 'self._options.capacity,', by: '1,' },
  { breaks: 'pool-queue', file: 'session', line: '_PREFETCH = 1', by: '_PREFETCH = 10' },
  { breaks: 'amqp-heartbeat', file: 'session', line: '_AMQP_HEARTBEAT_S = 10', by: '_AMQP_HEARTBEAT_S = 60' },
  { breaks: 'claims-before-ack', file: 'job_consumer', line: 'await asyncio.wait(confirms)', by: 'pass' },
  { breaks: 'older-attempt', file: 'job_consumer', line: 'if newest > subtask.attempt:', by: 'if False:' },
  { breaks: 'other-method', file: 'job_consumer', line: 'job.plan.method not in self._methods', by: 'False' },
  { breaks: 'excluded-address', file: 'job_consumer', line: 'if plan.excludes(ip)', by: 'if False' },
  {
    breaks: 'unreadable-exclusion',
    file: 'excluded',
    line: 'parse_targets(target)',
    by: 'parse_targets(target.removesuffix(", everything-of-ours"))',
  },
  { breaks: 'unreadable-field', file: 'job', line: 'if name in message', by: 'if type(message.get(name)) is str' },
  {
    breaks: 'excluded-port',
    file: 'job',
    line: 'return self.excluded.ports_left(ip, self.ports)',
    by: 'return self.ports',
  },
  { breaks: 'excluded-now', file: 'control_listener', line: 'state == "excluded"', by: 'state == "never"' },
  {
    breaks: 'unreadable-job',
    file: 'job_consumer',
    line: 'message.reject(requeue=False)',
    by: 'message.reject(requeue=True)',
  },
  { breaks: 'subtask-timeout', file: 'scan_runner', line: '(claim, claim.plan.timeout_s)', by: '(claim, 60)' },
  {
    breaks: 'paused-job',
    file: 'job_consumer',
    line: 'self._state_of(job.task_id) != "running"',
    by: 'self._state_of(job.task_id) == "ended"',
  },
  {
    breaks: 'running-lifts-ended',
    file: 'controlled_tasks',
    line: 'self._tasks.pop(task_id, None)',
    by: 'state = "ended" if self._tasks.pop(task_id, ("",))[0] == "ended" else state',
  },
  { breaks: 'lost-lease', file: 'control_listener', line: 'state == "lost"', by: 'state == "never"' },
  {
    breaks: 'not-after',
    file: 'server_clock',
    line: 'return self._to_server_time(now) >= server_time',
    by: 'return __import__("time").time() * 1_000 >= server_time',
  },
  { breaks: 'old-job', file: 'server_clock', line: ' or rules_time < self._jobs_since', by: '' },
  {
    breaks: 'waits-for-repeated',
    file: 'server_clock',
    line: 'self._listening_since_ms = now',
    by: 'self._listening_since_ms = float("-inf") if self._said_at > 0 else now',
  },
  {
    breaks: 'waits-at-start',
    file: 'server_clock',
    line: 'return self._is_complete and',
    by: 'return self._said_at < 0 or self._is_complete and',
  },
  { breaks: 'stale-repeats', file: 'server_clock', line: '_KNOWN_FOR_MS = 2_000', by: '_KNOWN_FOR_MS = 2_000_000' },
  { breaks: 'superseded', file: 'node', line: 'if self._is_superseded:', by: 'if False:' },
  { breaks: 'drain', file: 'node', line: 'await self._heartbeats.say_offline()', by: 'pass' },
  { breaks: 'killed', file: 'node', line: 'self.instance_id = str(uuid.uuid4())', by: 'self.instance_id = "the-same"' },
  {
    breaks: 'valid-updates',
    file: 'claim',
    line: '"error_message": message[:MAX_ERROR_MESSAGE_LENGTH]',
    by: '"error_message": 1',
  },
  {
    breaks: 'publishes',
    file: 'publisher',
    line: 'DeliveryMode.PERSISTENT',
    by: 'DeliveryMode.NOT_PERSISTENT',
  },
];
/** One of each kind: what a node says, takes, claims, scans, obeys and publishes. `npm run test:bad-nodes` has all. */
const KINDS = [
  'heartbeat-fields',
  'unreadable-job',
  'claims-before-ack',
  'excluded-address',
  'lost-lease',
  'publishes',
];
const isLong = process.env['BAD_NODES'] === 'each';
const BAD_NODES = SINS.filter(({ breaks }) => isLong || KINDS.includes(breaks));
/** Checked of every node beside its own rule. In the long form, so are the rules that the other nodes break. */
const OTHERS = ['registers', 'scans', 'repeated-job', 'one-lease', 'sizes'];
if (isLong) OTHERS.push(...SINS.map(({ breaks }) => breaks));

const AT_ONCE = 6;

async function findBrokenRules({ breaks, file, line, by }: (typeof SINS)[number]): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bad-node-'));
  try {
    cpSync(example, folder, { recursive: true });
    // A module beside the program comes before an installed one.
    cpSync(sdk, join(folder, 'cyberstroll_sdk'), { recursive: true });
    const path = join(folder, 'cyberstroll_sdk', `${file}.py`);
    const source = readFileSync(path, 'utf8');
    if (!source.includes(line)) throw new Error(`${file}.py has no ${line}`);
    writeFileSync(path, source.replace(line, by));
    const command = `${root}/.local/python-node/bin/python ${folder}/node.py`;
    const verdicts = await withOwnVhost((rabbitmqUrl) =>
      runConformance({ command, rabbitmqUrl, quick: true, patient: true, only: [...OTHERS, breaks] }),
    );
    const broken = verdicts.filter(({ verdict }) => verdict !== 'ok');
    if (broken.length !== 1) console.error(broken);
    return broken.map(({ name }) => name);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

it('a node that breaks one rule fails that rule and no other', async () => {
  const found: Record<string, string[]> = {};
  const left = [...BAD_NODES];
  // Several at once: a rule waits most of its time.
  const checkNext = async () => {
    for (let sin = left.shift(); sin; sin = left.shift()) found[sin.breaks] = await findBrokenRules(sin);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, checkNext));
  expect(found).toEqual(Object.fromEntries(BAD_NODES.map(({ breaks }) => [breaks, [breaks]])));
}, 900_000);

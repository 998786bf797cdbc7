/** One system and one browser for all tests of pages, with something to read on each page. */
import { EXCHANGES, type ExchangeName, QUEUES } from '@cyberstroll/contracts';
import { findFreePort } from '@cyberstroll/local';
import { createScannerNode, DEFAULT_SCOPE, parseScope } from '@cyberstroll/scanner-sdk';
import { eventually, testLogger } from '@cyberstroll/testkit';
import { connect } from 'amqplib';
import type { Page } from 'playwright-core';
import type { Api } from '../../e2e/api';
import { startLightStack } from '../../e2e/light-stack';
import { greetAsSsh, openListeners } from '../../e2e/listeners';
import type { TestStack } from '../../e2e/test-stack';
import { createBrowser, roleApiKeys, type TestBrowser } from '../browser';

export const WITHIN = { timeoutMs: 120_000, intervalMs: 200 };
/** A word that no line has room for. */
export const LONG = 'W'.repeat(100);
/** What a scanned host may send to harm whoever reads it: a script, a change of the direction, marks in a heap. */
const HOSTILE = `<script>document.title='taken'</script><img src=x onerror=alert(1)>\u202Egnp.exe${'\u0301'.repeat(5_000)}`;

export interface PagesBed {
  system: TestStack;
  browser: TestBrowser;
  /** A task that ends, of 127.5.0.0/28. */
  taskId: string;
  /** A paused task whose name, labels, initiator and reason are long words. */
  longId: string;
  /** Its reason is a long word. */
  exclusionId: string;
  /** Of an update whose status is no status. */
  deadLetterId: string;
  /** About that dead letter. */
  alertId: string;
  /** The items of the first page of a list. */
  findAll(path: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

export async function startPagesBed(): Promise<PagesBed> {
  const closes: (() => Promise<void>)[] = [];
  const close = async () => {
    for (let end = closes.pop(); end; end = closes.pop()) await end();
  };
  try {
    return { ...(await fill(closes)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function fill(closes: (() => Promise<void>)[]): Promise<Omit<PagesBed, 'close'>> {
  // More ports than the box of a host's services has lines.
  const open = await Promise.all(Array.from({ length: 6 }, findFreePort));
  const listeners = await openListeners(open.map((port) => ({ address: '127.5.0.1', port, greet: greetAsSsh })));
  closes.push(() => listeners.close());
  // Scans of the pool `slow` last longer than the tests.
  const slow = { POOLS: 'slow', SCANNER: 'noop', SCAN_MS: '600000' };
  const system = await startLightStack({ nodes: { 'node-a': {}, slow }, environment: { API_KEYS: roleApiKeys } });
  closes.push(() => system.stop());
  const browser = await createBrowser();
  closes.push(() => browser.close());
  const { api, stack } = system;
  const findAll = async (path: string) => (await api.get<{ items: Record<string, unknown>[] }>(path)).items;
  const findFirst = async (path: string, id: string) =>
    String((await eventually(async () => (await findAll(path))[0] ?? null, WITHIN))[id]);

  const { task_id: taskId } = await api.createTask({ task_target: '127.5.0.0/28', ports: `80,${open}` });
  const auditor = createAuditor(stack.describe().rabbitmq_url);
  await auditor.start();
  closes.push(() => auditor.stop());
  await api.call('POST', '/api/tasks', AUDIT);
  const longId = await createLongTask(api);
  const exclusionId = await createLongRules(api);
  await publishBadUpdate(stack.describe().rabbitmq_url, taskId);
  await findFirst('/api/findings', 'finding_id');
  const deadLetterId = await findFirst('/api/dead-letters', 'dead_letter_id');
  const alertId = await findFirst('/api/alerts', 'alert_id');
  return { system, browser, taskId, longId, exclusionId, deadLetterId, alertId, findAll };
}

const AUDIT = {
  task_target: '127.5.0.1',
  task_initiator: 'test',
  scan: { method: 'audit' },
  config: { pool: 'audits' },
};

/** A node that finds what a host may write to harm whoever reads it. */
const createAuditor = (rabbitmqUrl: string) =>
  createScannerNode({
    rabbitmqUrl,
    nodeId: 'auditor',
    pools: ['audits'],
    methods: ['audit'],
    capacity: 1,
    scope: parseScope(DEFAULT_SCOPE),
    logger: testLogger,
    scan: async () => ({
      open_ports: [],
      services: [],
      response_time: 0,
      ports: [{ port: 53, protocol: 'udp', state: 'open', service: LONG, banner: HOSTILE.slice(0, 512) }],
      hostnames: [LONG],
      findings: [
        {
          id: LONG,
          kind: 'cve',
          severity: 'high',
          title: HOSTILE.slice(0, 512),
          data: { [LONG]: HOSTILE.slice(0, 512) },
        },
      ],
    }),
  });

async function createLongTask(api: Api): Promise<string> {
  const { body } = await api.call('POST', '/api/tasks', {
    task_target: '127.5.1.0/28',
    scan: { ports: '80' },
    config: { pool: 'slow' },
    name: LONG,
    task_initiator: LONG,
    labels: [LONG],
  });
  const id = String(body['task_id']);
  await eventually(async () => (await api.getTask(id)).status === 'RUNNING', WITHIN);
  const paused = await api.call('POST', `/api/tasks/${id}/pause`, { reason: LONG + LONG });
  expect(paused.status).toBe(200);
  return id;
}

/** A limit, an exclusion, a blackout and a webhook, for no task of these tests. Answers with the exclusion's id. */
async function createLongRules(api: Api): Promise<string> {
  const reason = LONG + LONG;
  const covers = { label: `${LONG.slice(1)}w` };
  const blackout = { covers, reason, from: '2099-12-29T20:00:00Z', until: '2099-12-31T04:00:00Z' };
  await api.call('POST', '/api/limits', {
    covers,
    max_concurrent: 1_000_000,
    max_starts_per_second: 0.01,
    reason,
  });
  await api.call('POST', '/api/freezes', blackout);
  await api.call('POST', '/api/webhooks', { name: LONG, url: `http://127.0.0.1:1/${LONG}${LONG}` });
  const { status, body } = await api.call('POST', '/api/exclusions', { target: '127.99.0.0/16', reason });
  expect(status).toBe(201);
  return String(body['exclusion_id']);
}

/** An update whose status is no status. */
const publishBadUpdate = (rabbitmqUrl: string, taskId: string) =>
  publish(
    rabbitmqUrl,
    EXCHANGES.state.name,
    { node_id: 'node-z', instance_id: 'z' },
    { task_id: taskId, subtask_id: `${taskId}-0`, attempt: 1, lease_id: 'a', status: HOSTILE },
  );

export const waitUntilRead = (page: Page) =>
  eventually(async () => (await page.locator('[aria-busy="true"]').count()) === 0, WITHIN);

export async function publish(
  rabbitmqUrl: string,
  exchange: ExchangeName,
  sender: object,
  update: object,
): Promise<void> {
  const connection = await connect(rabbitmqUrl);
  const channel = await connection.createConfirmChannel();
  const envelope = { ...sender, sent_time: new Date().toISOString(), updates: [update] };
  channel.publish(exchange, QUEUES.stateUpdates.routingKey, Buffer.from(JSON.stringify(envelope)));
  await channel.waitForConfirms();
  await connection.close();
}

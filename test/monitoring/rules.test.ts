import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALERT_RULES, NODE_SILENT_AFTER_MS, type StateRule, toRunbook } from '@cyberstroll/contracts';
import { loadConfig } from '@cyberstroll/runtime';
import { parse } from 'yaml';
import { configShape } from '../../services/heartbeat-monitor/src/config';
import { ROOT } from '../e2e/test-stack';
import { readPanelQueries } from './dashboard';
import { runPromtool } from './prometheus';
import { RULES_DIR, readRuleFile, readRules, toImpatient } from './rule-files';

const alerts = readRules().filter(({ alert }) => alert);

it('are understood by promtool, with the configuration beside them', () => {
  expect(runPromtool(['check', 'rules', 'cyberstroll.rules.yml'], { cwd: RULES_DIR })).toMatchObject({ status: 0 });
  expect(runPromtool(['check', 'config', 'prometheus.yml'], { cwd: RULES_DIR })).toMatchObject({ status: 0 });
});

it('pass their unit tests', () => {
  const { status, output } = runPromtool(['test', 'rules', 'cyberstroll.rules.test.yml'], { cwd: RULES_DIR });
  console.info(output);
  expect([status, output]).toEqual([0, expect.stringContaining('SUCCESS')]);
});

it('have a unit test each in which they fire, and one in which they do not', () => {
  const { tests } = parse(readFileSync(join(RULES_DIR, 'cyberstroll.rules.test.yml'), 'utf8')) as {
    tests: { alert_rule_test?: { alertname: string; exp_alerts: unknown[] }[] }[];
  };
  const cases = tests.flatMap(({ alert_rule_test = [] }) => alert_rule_test);
  const names = (isFiring: boolean) => [
    ...new Set(cases.filter(({ exp_alerts }) => exp_alerts.length > 0 === isFiring).map(({ alertname }) => alertname)),
  ];
  const all = alerts.map(({ alert }) => alert).sort();
  expect([names(true).sort(), names(false).sort()]).toEqual([all, all]);
});

it('and those of the heartbeat-monitor have the same thresholds and times', () => {
  const config = loadConfig(configShape, {});
  const find = (alert: string) => {
    const rule = alerts.find((each) => each.alert === alert)!;
    const [, count, unit] = rule.for!.match(/^(\d+)([sm])$/)!;
    return {
      limits: [...rule.expr.matchAll(/>=? ([\d.]+)(?!\))$/gm)].map(([, limit]) => Number(limit)),
      forMs: Number(count) * (unit === 'm' ? 60_000 : 1_000),
    };
  };
  expect(find('CyberstrollTaskFailureRate')).toEqual({
    limits: [config.ALERT_FAILURE_RATE, config.ALERT_FAILURE_RATE_MIN_TARGETS],
    forMs: config.ALERT_FAILURE_RATE_FOR_MS,
  });
  expect(find('CyberstrollTaskOverlong')).toEqual({
    limits: [config.ALERT_TASK_OVERLONG_RATIO],
    forMs: config.ALERT_TASK_OVERLONG_FOR_MS,
  });
  expect(find('CyberstrollNodeSilent').forMs + NODE_SILENT_AFTER_MS).toBe(config.ALERT_NODE_SILENT_MS);
  expect(find('CyberstrollQueueBacklog')).toEqual({
    limits: [config.ALERT_UPDATES_BACKLOG, config.ALERT_JOBS_BACKLOG],
    forMs: config.ALERT_BACKLOG_FOR_MS,
  });
});

it('miss each service that is scraped, except the nodes: there may be no node', () => {
  const { expr } = alerts.find(({ alert }) => alert === 'CyberstrollServiceMissing')!;
  const [{ dns_sd_configs }] = parse(readFileSync(join(RULES_DIR, 'prometheus.yml'), 'utf8')).scrape_configs;
  const missed = [...expr.matchAll(/service="([\w-]+)"/g)].map(([, service]) => service);
  expect([...missed, 'scanner-node']).toEqual(dns_sd_configs[0].names);
});

it('name a runbook each, and know the four of the contract', () => {
  const pages = readdirSync(join(ROOT, 'docs/runbooks')).map((name) => `docs/runbooks/${name}`);
  const runbooks = alerts.map(({ annotations }) => annotations!['runbook_url']);
  expect(pages).toEqual(expect.arrayContaining(runbooks));
  // These are in documents alone: nothing measures them.
  const ofContract = (Object.keys(ALERT_RULES) as StateRule[]).filter(
    (rule) =>
      ALERT_RULES[rule].kind === 'state' &&
      !['exclusion', 'schedule', 'key', 'document'].includes(ALERT_RULES[rule].of),
  );
  expect(runbooks).toEqual(expect.arrayContaining(ofContract.map(toRunbook)));
});

it('are the same but for their patience where a test waits for one', () => {
  const impatient = readRules(parse(toImpatient(readRuleFile())));
  expect(impatient.map(({ for: _, ...rule }) => rule)).toEqual(readRules().map(({ for: _, ...rule }) => rule));
  expect(impatient.filter((rule) => rule.alert && rule.for !== '0s')).toEqual([]);
});

it('and the dashboard ask only for metrics that there are', () => {
  const known = new Set(
    [...readFileSync(join(ROOT, 'docs/metrics.md'), 'utf8').matchAll(/^\| `(\w+)` \| (\w+)/gm)].flatMap(
      ([, name, type]) => (type === 'histogram' ? ['_bucket', '_sum', '_count'].map((part) => name + part) : [name!]),
    ),
  );
  for (const { record } of readRules()) if (record) known.add(record);
  const asked = [...readRules(), ...readPanelQueries()].flatMap(
    ({ expr }) => expr.match(/\bcyberstroll[_:][\w:]+/g) ?? [],
  );
  expect(asked.length).toBeGreaterThan(50);
  expect(asked.filter((name) => !known.has(name))).toEqual([]);
});

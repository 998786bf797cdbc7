import { ALERT_RULE_NAMES, ALERT_STATES, type AlertCommand } from '@cyberstroll/contracts';
import { Option } from 'commander';
import type { ApiAlert } from '../../api-types';
import type { CommandContext } from '../../command-context';
import type { CliCommand } from '../../help/cli-command';
import { defineTexts, say, sayCode } from '../../language/say';
import { createTable, type Field, toFieldLines, toFields } from '../../text/table';
import type { TimeText } from '../../text/time-text';
import { addListOptions, followPages, printPages, toPageOptions } from '../pages';

const t = defineTexts({
  noun: ['alerts', '告警'],
  alert: ['list, acknowledge and resolve alerts', '列出、确认和解除告警'],
  needs_somebody: ['what needs somebody now', '当前需要处理的告警'],
  list: ['list alerts, newest first', '列出告警，最新的在前'],
  state: ['only alerts in this state', '只列出此状态的告警'],
  rule: ['only alerts of this rule', '只列出此规则的告警'],
  show: ['show one alert with its history', '查看一条告警及其历史'],
  numbers_runbook: ['its numbers, and the runbook', '告警的数值和处理手册'],
  ack: ['acknowledge an alert: somebody works on it', '确认告警：已有人处理'],
  resolve: [
    'resolve an alert; it is raised again only after its condition has ended once',
    '解除告警；条件至少消失一次之后才会再次触发',
  ],
  reason: ['stored in its history', '写入其历史的原因'],
  done: ['alert {alert} {state}: {rule} {subject}', '告警 {alert} {state}：{rule} {subject}'],
  time_operator: ['{time} by {operator}: {reason}', '{time}，操作者 {operator}：{reason}'],
});

/** What the API calls a command. */
const COMMANDS: Record<'ack' | 'resolve', AlertCommand> = { ack: 'acknowledge', resolve: 'resolve' };

export function addAlertCommands(program: CliCommand, toContext: (command: CliCommand) => CommandContext): void {
  const alerts = program
    .command('alert')
    .description(t('alert'))
    .examples(['alert list --state firing', t('needs_somebody')]);

  addListOptions(
    alerts
      .command('list')
      .description(t('list'))
      .examples(['alert list --state firing', t('needs_somebody')]),
  )
    .addOption(new Option('--state <state>', t('state')).choices(ALERT_STATES))
    .addOption(new Option('--rule <rule>', t('rule')).choices(ALERT_RULE_NAMES))
    .action(async ({ state, rule, ...options }, command) => {
      const { output, connect } = toContext(command);
      const { GET, call } = connect();
      const pages = followPages(
        (page) => call(GET('/api/alerts', { params: { query: { ...page, state, rule } } }), 'items'),
        toPageOptions(options),
      );
      await printPages(pages, output, { table: createAlertTable(output.toTimeText), noun: t('noun') });
    });

  alerts
    .command('show')
    .description(t('show'))
    .examples(['alert show 66b2f0c3a1d4e5f607182930', t('numbers_runbook')])
    .argument('<alert_id>')
    .action(async (id: string, _options, command) => {
      const { output, connect } = toContext(command);
      const { GET, call } = connect();
      const alert = await call(GET('/api/alerts/{alert_id}', ofAlert(id)), 'alert_id');
      await (output.json ? output.jsonLine(alert) : output.line(toAlertText(alert, output.toTimeText)));
    });

  for (const name of ['ack', 'resolve'] as const) {
    alerts
      .command(name)
      .description(t(name))
      .examples([`alert ${name} 66b2f0c3a1d4e5f607182930 --reason "on it"`, say('why_in_history')])
      .argument('<alert_id>')
      .option('--reason <reason>', t('reason'))
      .action(async (id: string, { reason }, command) => {
        const { output, connect } = toContext(command);
        const { POST, call } = connect();
        const sent = POST(`/api/alerts/{alert_id}/${COMMANDS[name]}`, { ...ofAlert(id), body: { reason } });
        const alert = await call(sent, 'alert_id');
        if (output.json) return output.jsonLine(alert);
        const { alert_id, state, rule, subject } = alert;
        const values = { alert: alert_id, state: sayCode(state), rule, subject };
        await output.line(t('done', values));
      });
  }
}

const ofAlert = (alert_id: string) => ({ params: { path: { alert_id } } });

const createAlertTable = (toTimeText: TimeText) =>
  createTable<ApiAlert>([
    { title: 'ALERT_ID', value: (alert) => alert.alert_id },
    { title: 'STATE', value: (alert) => alert.state, isState: true },
    { title: 'SEVERITY', value: (alert) => alert.severity },
    { title: 'RULE', value: (alert) => alert.rule },
    { title: 'SUBJECT', value: (alert) => alert.subject, max: 40 },
    { title: 'RAISED', value: (alert) => toTimeText(alert.raised_time) },
    { title: 'SUMMARY', value: (alert) => alert.summary, max: 80 },
  ]);

const toAlertText = (alert: ApiAlert, toTimeText: TimeText): string =>
  toFieldLines([
    ...toFields(
      alert,
      'alert_id',
      'rule',
      'subject',
      'severity',
      'state',
      'summary',
      'value',
      'threshold',
      'occurrences',
    ),
    ['updated', toTimeText(alert.updated_time)],
    ['runbook', alert.runbook],
    ...alert.history.map(
      ({ state, timestamp, operator, reason }): Field => [
        state,
        t('time_operator', { time: toTimeText(timestamp) ?? timestamp, operator, reason }),
      ],
    ),
  ]);

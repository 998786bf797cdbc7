import { ALERT_RULE_NAMES, ALERT_STATES, type AlertCommand, type AlertRule } from '@cyberstroll/contracts';
import { Option } from 'commander';
import type { ApiAlert } from '../../api-types';
import type { CliCommand } from '../../help/cli-command';
import { defineTexts, say, sayCode } from '../../language/say';
import { type Column, createTable, type Field, toFieldLines, toFields } from '../../text/table';
import type { TimeText } from '../../text/time-text';
import { addListOptions, printPages } from '../pages';

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
  'ack-all': ['acknowledge all firing alerts of a rule', '确认某条规则的所有触发中的告警'],
  'resolve-all': ['resolve all open alerts of a rule', '解除某条规则的所有未解除的告警'],
  up_to: ['only those that are not newer than this alert', '仅不晚于此告警的'],
  more: ['there are more: repeat the command', '还有更多告警：请重复此命令'],
  all_done: ['{count} {count|alert|alerts} of {rule} changed', '{rule}：已更改 {count} 条告警'],
  reason: ['stored in its history', '写入其历史的原因'],
  done: ['alert {alert} {state}: {rule} {subject}', '告警 {alert} {state}：{rule} {subject}'],
  silenced: ['until {until} by {operator}: {reason}', '至 {until}，操作者 {operator}：{reason}'],
  time_operator: ['{time} by {operator}: {reason}', '{time}，操作者 {operator}：{reason}'],
});

/** What the API calls a command. */
const COMMANDS: Record<'ack' | 'resolve', AlertCommand> = { ack: 'acknowledge', resolve: 'resolve' };

export function addCommands(program: CliCommand): void {
  const alerts = program.add('alert', t('alert')).examples(['alert list --state firing', t('needs_somebody')]);

  alerts
    .add('list', t('list'))
    .examples(['alert list --state firing', t('needs_somebody')])
    .with(addListOptions)
    .addOption(new Option('--state <state>', t('state')).choices(ALERT_STATES))
    .addOption(new Option('--rule <rule>', t('rule')).choices(ALERT_RULE_NAMES))
    .run(({ output, api: { GET, call } }, { state, rule, ...options }) =>
      printPages(output, options, {
        fetch: (page) => call(GET('/api/alerts', { params: { query: { ...page, state, rule } } }), 'items'),
        table: createTable(COLUMNS),
        noun: t('noun'),
      }),
    );

  alerts
    .add('show <alert_id>', t('show'))
    .examples(['alert show 66b2f0c3a1d4e5f607182930', t('numbers_runbook')])
    .run(async ({ output, api: { GET, call } }, _options, id: string) => {
      const alert = await call(GET('/api/alerts/{alert_id}', ofAlert(id)), 'alert_id');
      await output.answer(alert, (shown) => toAlertText(shown, output.toTimeText));
    });

  for (const name of ['ack', 'resolve'] as const) {
    alerts
      .add(`${name} <alert_id>`, t(name))
      .examples([`alert ${name} 66b2f0c3a1d4e5f607182930 --reason "on it"`, say('why_in_history')])
      .option('--reason <reason>', t('reason'))
      .run(async ({ output, api: { POST, call } }, { reason }, id: string) => {
        const sent = POST(`/api/alerts/{alert_id}/${COMMANDS[name]}`, { ...ofAlert(id), body: { reason } });
        await output.answer(await call(sent, 'alert_id'), ({ alert_id: alert, state, rule, subject }) =>
          t('done', { alert, state: sayCode(state), rule, subject }),
        );
      });
  }

  for (const name of ['ack', 'resolve'] as const) {
    alerts
      .add(`${name}-all <rule>`, t(`${name}-all`))
      .examples([`alert ${name}-all node_silent --reason "the switch was down"`, say('why_in_history')])
      .option('--up-to <alert_id>', t('up_to'))
      .option('--reason <reason>', t('reason'))
      .run(async ({ output, api: { POST, call } }, { upTo, reason }, rule: AlertRule) => {
        const body = { rule, up_to: upTo, reason };
        const answer = await call(POST(`/api/alerts/${COMMANDS[name]}`, { body }), 'changed');
        await output.answer(answer, ({ changed: count, more }) =>
          [t('all_done', { count, rule }), ...(more ? [t('more')] : [])].join('\n'),
        );
      });
  }
}

const ofAlert = (alert_id: string) => ({ params: { path: { alert_id } } });

const COLUMNS: readonly Column<ApiAlert>[] = [
  { title: 'ALERT_ID', value: (alert) => alert.alert_id },
  { title: 'STATE', value: (alert) => alert.state, isState: true },
  { title: 'SEVERITY', value: (alert) => alert.severity },
  { title: 'RULE', value: (alert) => alert.rule },
  { title: 'SUBJECT', value: (alert) => alert.subject, max: 40 },
  { title: 'SILENCED', value: (alert, toTimeText) => toTimeText(alert.silence?.until) },
  { title: 'RAISED', value: (alert, toTimeText) => toTimeText(alert.raised_time) },
  { title: 'SUMMARY', value: (alert) => alert.summary, max: 80 },
];

const NAMES = [
  'alert_id',
  'rule',
  'subject',
  'severity',
  'state',
  'summary',
  'value',
  'threshold',
  'occurrences',
] as const;

const toAlertText = (alert: ApiAlert, toTimeText: TimeText): string =>
  toFieldLines([
    ...toFields(alert, ...NAMES),
    ['updated', toTimeText(alert.updated_time)],
    ['runbook', alert.runbook],
    [
      'silence',
      alert.silence &&
        t('silenced', {
          until: toTimeText(alert.silence.until) ?? alert.silence.until,
          operator: alert.silence.operator,
          reason: alert.silence.reason,
        }),
    ],
    ...alert.history.map(
      ({ state, timestamp, operator, reason }): Field => [
        state,
        t('time_operator', { time: toTimeText(timestamp) ?? timestamp, operator, reason }),
      ],
    ),
  ]);

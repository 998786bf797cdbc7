import type { FleetEvent } from '@cyberstroll/client';
import type { CliCommand } from '../../help/cli-command';
import { defineTexts, say } from '../../language/say';
import { type Column, createTable } from '../../text/table';
import { integer } from '../option-values';

const t = defineTexts({
  events: [
    'what happened in the last minutes: tasks began and ended, nodes came and went, freezes began and ended',
    '最近若干分钟发生的事：任务开始和结束、节点出现和消失、冻结开始和结束',
  ],
  minutes: ['how far back; default 60', '回溯的分钟数；默认 60'],
  node: ['only events of this node', '只限此节点'],
  last_day: ['the last day', '最近一天'],
  of_node: ['when a node restarted or was lost', '某节点何时重启或失联'],
  noun: ['events', '事件'],
});

const MAX_MINUTES = 43_200;

export function addCommands(program: CliCommand): void {
  program
    .add('events', t('events'))
    .examples(['events --minutes 1440', t('last_day')], ['events --node node-a --minutes 10080', t('of_node')])
    .option('--minutes <number>', t('minutes'), integer(1, MAX_MINUTES))
    .option('--node <node_id>', t('node'))
    .run(async ({ output, api: { GET, call } }, { minutes, node }) => {
      const query = { minutes, node_id: node };
      const events = await call(GET('/api/statistics/events', { params: { query } }), 'items');
      if (output.json) return output.jsonLine(events);
      if (events.items.length === 0) return output.message(say('no', { noun: t('noun') }));
      await output.line(createTable(COLUMNS).toText(events.items, output));
    });
}

const COLUMNS: readonly Column<FleetEvent>[] = [
  { title: 'TIME', value: ({ time }, toTimeText) => toTimeText(time) },
  { title: 'KIND', value: ({ kind }) => kind, isState: true },
  { title: 'STATUS', value: ({ status }) => status, isState: true },
  { title: 'SUBJECT', value: ({ subject }) => subject, max: 40 },
  { title: 'NAME', value: ({ name }) => name, max: 40 },
  { title: 'DETAIL', value: ({ detail }) => detail, max: 60 },
];

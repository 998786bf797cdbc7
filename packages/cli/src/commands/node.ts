import type { Command } from 'commander';
import type { NodeView } from '../api-types';
import type { CommandContext } from '../command-context';
import { followPages, printPages } from '../pages';
import { createTable } from '../table';
import { toTimeText } from '../time-text';

export function addNodeCommands(program: Command, toContext: (command: Command) => CommandContext): void {
  const node = program.command('node').description('inspect the scanner nodes');

  node
    .command('list')
    .description('list the scanner nodes')
    .action(async (_options, command) => {
      const { output, connect } = toContext(command);
      const client = connect();
      const pages = followPages(({ cursor }) => client.listNodes({ cursor }), { limit: Number.POSITIVE_INFINITY });
      await printPages(pages, output, { table: createNodeTable(), noun: 'nodes' });
    });
}

const toPercent = (value: number | undefined) => (value === undefined ? undefined : `${Math.round(value)}%`);

const createNodeTable = () =>
  createTable<NodeView>([
    { title: 'NODE_ID', value: (node) => node.node_id, max: 40 },
    { title: 'STATUS', value: (node) => node.status },
    { title: 'RUNNING', value: (node) => node.current_task_count, align: 'right' },
    { title: 'CAPACITY', value: (node) => node.capacity, align: 'right' },
    { title: 'POOLS', value: (node) => node.pools?.join(','), max: 30 },
    { title: 'CPU', value: (node) => toPercent(node.system_info?.cpu_usage), align: 'right' },
    { title: 'MEMORY', value: (node) => toPercent(node.system_info?.memory_usage), align: 'right' },
    { title: 'LAST_SEEN', value: (node) => toTimeText(node.last_seen) },
    { title: 'VERSION', value: (node) => node.version, max: 20 },
  ]);

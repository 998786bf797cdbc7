import type { Node } from '@cyberstroll/client';
import { Sparkline } from '../../components/chart';
import { choose } from '../../components/filter';
import { HostileText } from '../../components/hostile-text';
import { NodeLink } from '../../components/name-link';
import { SlotBar } from '../../components/progress-bar';
import { type Column, Table } from '../../components/table';
import { Time } from '../../components/time';
import { usedSlots } from '../../fleet/standing';
import { formatNumber } from '../../language/define-texts';
import { NodeState } from '../../states/state-badge';
import { DESCENDING, NODE_SORTS, type Sort, type Standing } from './choose-nodes';
import { type NodeRate, toRateNow } from './node-rates';
import { t } from './texts';
import '../../fleet/fleet.css';

/** The heads, in the order of the table, and what a click on each sorts by. */
const HEADS = {
  name: 'node',
  trouble: 'state',
  pool: 'pools',
  load: 'slots',
  rate: 'rate',
  failures: 'failures',
  heartbeat: 'last_heartbeat',
  version: 'version',
} as const satisfies Record<Sort, string>;

interface NodeTableProps {
  nodes: readonly Standing[];
  sort: Sort;
  isReversed: boolean;
}

/** A page of the nodes, a line each. */
export function NodeTable({ nodes, sort, isReversed }: NodeTableProps) {
  const toColumn = (name: Sort, cell: Column<Standing>[1], look?: Column<Standing>[2]): Column<Standing> => [
    t(HEADS[name]),
    cell,
    look,
    {
      direction: name !== sort ? undefined : DESCENDING.includes(name) === isReversed ? 'ascending' : 'descending',
      onSort: () =>
        choose({
          sort: name === NODE_SORTS[0] ? undefined : name,
          order: name === sort && !isReversed ? 'reversed' : undefined,
        }),
    },
  ];
  return (
    <Table
      class="node-table"
      rows={nodes}
      toKey={({ node }) => node.node_id}
      columns={[
        toColumn('name', ({ node }) => <NodeLink nodeId={node.node_id} />, 'name'),
        toColumn('trouble', ({ standing }) => <NodeState standing={standing} />),
        toColumn('pool', ({ node }) => <Pools of={node.pools} />),
        toColumn('load', ({ node }) => <Slots node={node} />),
        toColumn('rate', ({ rate }) => <RateLine of={rate} />),
        toColumn('failures', ({ rate }) => (rate ? formatNumber(rate.failures) : '–'), 'number'),
        [t('machine'), ({ node }) => toMachineText(node)],
        toColumn('heartbeat', ({ node, standing }) => (
          <span class={standing === 'silent' ? 'trouble' : ''}>
            <Time at={node.last_seen} />
          </span>
        )),
        toColumn('version', ({ node: { version } }) =>
          version === undefined ? '–' : <HostileText text={version} most={50} />,
        ),
      ]}
    />
  );
}

function Pools({ of }: { of: readonly string[] }) {
  const pools = of.join(', ');
  return <bdi title={pools}>{pools}</bdi>;
}

function Slots({ node }: { node: Node }) {
  const used = usedSlots(node);
  const label = t('slots_of_node', { used, all: node.capacity, node: node.node_id });
  return <SlotBar used={used} all={node.capacity} label={label} />;
}

const toMachineText = ({ system_info: { cpu_usage: cpu, memory_usage: memory } }: Node) =>
  t('load_of_machine', { cpu: Math.round(cpu), memory: Math.round(memory) });

/** How fast a node scans, and how fast it did in the last hour. */
export function RateLine({ of }: { of: NodeRate | undefined }) {
  if (!of) return <span class="weak">–</span>;
  const [least, most] = [Math.min(...of.rates), Math.max(...of.rates)].map(formatRate) as [string, string];
  return (
    <span class="node-rate">
      {/* The scale of a sparkline ends at 1 or more: a slow node has a shape, too. */}
      <Sparkline
        label={t('rate_line', { least, most })}
        times={[...of.rates.keys()]}
        values={of.rates.map((rate) => rate * 1_000)}
      />
      <span>{t('per_second', { n: formatRate(toRateNow(of)) })}</span>
    </span>
  );
}

const formatRate = (rate: number) => formatNumber(rate, { maximumFractionDigits: rate < 10 ? 1 : 0 });

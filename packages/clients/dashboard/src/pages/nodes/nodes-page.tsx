import { type Node, paginate } from '@cyberstroll/client';
import { useMemo } from 'preact/hooks';
import { client } from '../../api/session';
import { useData, useGet } from '../../api/use-data';
import { serverNow } from '../../browser/clock';
import { query, withQuery } from '../../browser/navigation';
import { Sparkline } from '../../components/chart';
import { SlotBar } from '../../components/figures';
import { anyOf, choose, SelectFilter } from '../../components/filter';
import { Pager } from '../../components/list-table';
import { NodeLink } from '../../components/name-link';
import { Empty, Loaded } from '../../components/notice';
import { HostileText } from '../../components/scroll-box';
import { type Column, Table } from '../../components/table';
import { Time } from '../../components/time';
import { usedSlots } from '../../fleet/standing';
import { formatNumber, stateName } from '../../language/define-texts';
import { NodeState } from '../../states/state-badge';
import { NODE_STANDINGS } from '../../states/states';
import {
  chooseNodes,
  DESCENDING,
  NODE_SORTS,
  type Sort,
  type Standing,
  takeNodesPage,
  toStandings,
} from './choose-nodes';
import { type NodeRate, toNodeRates, toRateNow } from './node-rates';
import { t } from './texts';
import '../../fleet/fleet.css';

const PER_PAGE = 100;
const MOST = 5_000;

/** The scanner nodes: how they stand, how busy and how fast they are, when they were heard last. */
export default function NodesPage() {
  const nodes = useData(readNodes, { key: 'nodes', every: 2_000 });
  return (
    <>
      <h1>{t('title')}</h1>
      <Loaded data={nodes}>
        {(all) => (all.length === 0 ? <Empty>{t('none')}</Empty> : <NodesView nodes={all} />)}
      </Loaded>
    </>
  );
}

const NO_RATE = () => undefined;

function NodesView({ nodes }: { nodes: readonly Node[] }) {
  const counts = useGet('/api/statistics/nodes', {}, 15_000);
  const findRate = useMemo(() => (counts.value ? toNodeRates(counts.value) : NO_RATE), [counts.value]);
  const standing = query.value.get('state') ?? undefined;
  const pool = query.value.get('pool') ?? undefined;
  const sort = NODE_SORTS.find((name) => name === query.value.get('sort')) ?? NODE_SORTS[0];
  const isReversed = query.value.get('order') === 'reversed';
  // What a read that fails has said before may be old.
  const standings = toStandings(nodes, serverNow.value, counts.error ? NO_RATE : findRate);
  const chosen = chooseNodes(standings, { ...(standing && { standing }), ...(pool && { pool }), sort, isReversed });
  const { items, next } = takeNodesPage(chosen, query.value.get('cursor'), PER_PAGE);
  const pools = [...new Set(nodes.flatMap((node) => node.pools))].sort();
  const count = (name: string) => standings.filter((each) => each.standing === name).length;
  return (
    <>
      <search class="filters" aria-label={t('filters')}>
        <SelectFilter
          name="state"
          label={t('state')}
          options={anyOf(t('all'), NODE_STANDINGS, (name) => `${stateName(name)} (${count(name)})`)}
        />
        <SelectFilter name="pool" label={t('pool')} options={anyOf(t('all'), pools, String)} />
        <span class="weak filters-count">{t('shown', { shown: chosen.length, all: nodes.length })}</span>
      </search>
      {nodes.length === MOST && <p class="weak">{t('first_ones', { count: MOST })}</p>}
      {chosen.length === 0 ? (
        <Empty>
          {t('no_match')} <a href={withQuery({ state: undefined, pool: undefined })}>{t('all_nodes')}</a>
        </Empty>
      ) : (
        <NodeTable nodes={items} sort={sort} isReversed={isReversed} />
      )}
      <Pager next={next} />
    </>
  );
}

async function readNodes(signal: AbortSignal): Promise<Node[]> {
  const nodes: Node[] = [];
  const pages = paginate((page) => client.GET('/api/nodes', { params: { query: { ...page, limit: 1_000 } }, signal }));
  for await (const node of pages) {
    nodes.push(node);
    if (nodes.length === MOST) break;
  }
  return nodes;
}

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

function NodeTable({ nodes, sort, isReversed }: { nodes: readonly Standing[]; sort: Sort; isReversed: boolean }) {
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
function RateLine({ of }: { of: NodeRate | undefined }) {
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

import { type Node, paginate } from '@cyberstroll/client';
import { useMemo } from 'preact/hooks';
import { client } from '../../api/session';
import { useData, useGet } from '../../api/use-data';
import { serverNow } from '../../browser/clock';
import { query, withQuery } from '../../browser/navigation';
import { Fact } from '../../components/figures';
import { anyOf, SelectFilter } from '../../components/filter';
import { HostileText } from '../../components/hostile-text';
import { Pager } from '../../components/list-table';
import { Empty, Loaded } from '../../components/notice';
import { SlotBar } from '../../components/progress-bar';
import { Time } from '../../components/time';
import { usedSlots } from '../../fleet/standing';
import { formatNumber, stateName } from '../../language/define-texts';
import { NodeState } from '../../states/state-badge';
import { NODE_STANDINGS } from '../../states/states';
import { chooseNodes, NODE_SORTS, type Standing, takeNodesPage, toStandings } from './choose-nodes';
import { toNodeRates } from './node-rates';
import { NodeTable } from './node-table';
import './nodes.css';
import { RateLine } from './rate-line';
import { t } from './texts';
import { toNodePath } from './to-node-path';

/** Nodes of a page. Where there are as many or more, they are in a table, unless the reader chooses. */
const PER_PAGE = 100;
/** Nodes that are read at most. */
const MOST = 5_000;
const VIEWS = ['cards', 'table'] as const;

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
  const usual = nodes.length < PER_PAGE ? 'cards' : 'table';
  const view = VIEWS.find((name) => name === query.value.get('view')) ?? usual;
  // A click on a head of the table does it.
  const isReversed = view === 'table' && query.value.get('order') === 'reversed';
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
        {view === 'cards' && (
          <SelectFilter
            name="sort"
            label={t('sort')}
            options={Object.fromEntries(NODE_SORTS.map((name) => [name, t(`by_${name}`)]))}
          />
        )}
        <nav class="range-links" aria-label={t('view')}>
          {VIEWS.map((name) => (
            <a
              key={name}
              href={withQuery({ view: name === usual ? undefined : name, cursor: undefined })}
              aria-current={name === view ? 'true' : undefined}
            >
              {t(name)}
            </a>
          ))}
        </nav>
        <span class="weak filters-count">{t('shown', { shown: chosen.length, all: nodes.length })}</span>
      </search>
      {nodes.length === MOST && <p class="weak">{t('first_ones', { count: MOST })}</p>}
      {chosen.length === 0 ? (
        <Empty>
          {t('no_match')} <a href={withQuery({ state: undefined, pool: undefined })}>{t('all_nodes')}</a>
        </Empty>
      ) : view === 'table' ? (
        <NodeTable nodes={items} sort={sort} isReversed={isReversed} />
      ) : (
        <ul class="tiles live">
          {items.map((each) => (
            <Tile key={each.node.node_id} {...each} />
          ))}
        </ul>
      )}
      <Pager next={next} />
    </>
  );
}

function Tile({ node, standing, rate }: Standing) {
  const used = usedSlots(node);
  const { cpu_usage: cpu, memory_usage: memory } = node.system_info;
  return (
    <li class={`tile tile-${standing}`}>
      <div class="tile-head">
        <a href={toNodePath(node.node_id)}>
          <bdi>{node.node_id}</bdi>
        </a>
        <NodeState standing={standing} />
      </div>
      <SlotBar
        used={used}
        all={node.capacity}
        label={t('slots_of_node', { used, all: node.capacity, node: node.node_id })}
      />
      <dl class="facts">
        <Fact name={t('last_heartbeat')} isTrouble={standing === 'silent'}>
          <Time at={node.last_seen} />
        </Fact>
        <Fact name={t('rate')}>
          <RateLine of={rate} />
        </Fact>
        <Fact name={t('failures')}>{rate ? formatNumber(rate.failures) : '–'}</Fact>
        <Fact name={t('machine')}>{t('load_of_machine', { cpu: Math.round(cpu), memory: Math.round(memory) })}</Fact>
        <Fact name={t('pools')}>
          <bdi>{node.pools.join(', ')}</bdi>
        </Fact>
        <Fact name={t('version')}>
          {node.version === undefined ? '–' : <HostileText text={node.version} most={50} />}
        </Fact>
      </dl>
    </li>
  );
}

/** All nodes, by name. */
async function readNodes(signal: AbortSignal): Promise<Node[]> {
  const nodes: Node[] = [];
  const pages = paginate((page) => client.GET('/api/nodes', { params: { query: { ...page, limit: 1_000 } }, signal }));
  for await (const node of pages) {
    nodes.push(node);
    if (nodes.length === MOST) break;
  }
  return nodes;
}

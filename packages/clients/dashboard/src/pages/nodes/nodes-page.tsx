import { type Node, paginate } from '@cyberstroll/client';
import { useMemo } from 'preact/hooks';
import { client } from '../../api/session';
import { useData, useGet } from '../../api/use-data';
import { serverNow } from '../../browser/clock';
import { query, withQuery } from '../../browser/navigation';
import { anyOf, SelectFilter } from '../../components/filter';
import { Pager } from '../../components/list-table';
import { Empty, Loaded } from '../../components/notice';
import { stateName } from '../../language/define-texts';
import { NODE_STANDINGS } from '../../states/states';
import { chooseNodes, NODE_SORTS, takeNodesPage, toStandings } from './choose-nodes';
import { toNodeRates } from './node-rates';
import { NodeTable } from './node-table';
import { t } from './texts';

/** Nodes of a page. */
const PER_PAGE = 100;
/** Nodes that are read at most. */
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

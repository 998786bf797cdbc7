import { type Node, paginate } from '@cyberstroll/client';
import { client } from '../../api/session';
import { useData } from '../../api/use-data';
import { serverNow } from '../../browser/clock';
import { query, withQuery } from '../../browser/navigation';
import { Fact } from '../../components/figures';
import { anyOf, SelectFilter } from '../../components/filter';
import { HostileText } from '../../components/hostile-text';
import { Empty, Loaded } from '../../components/notice';
import { SlotBar } from '../../components/progress-bar';
import { Time } from '../../components/time';
import { usedSlots } from '../../fleet/standing';
import { defineTexts, stateName } from '../../language/define-texts';
import { NodeState } from '../../states/state-badge';
import { NODE_STANDINGS } from '../../states/states';
import { chooseNodes, NODE_SORTS, type Standing, toStandings } from './choose-nodes';
import './nodes.css';

const t = defineTexts({
  title: ['Nodes', '节点'],
  filters: ['Filter and sort', '筛选与排序'],
  sort: ['Sort by', '排序'],
  all: ['all', '全部'],
  trouble: ['trouble first', '异常优先'],
  name: ['name', '名称'],
  load: ['slots used', '已用并发槽'],
  heartbeat: ['oldest heartbeat', '心跳最久未更新'],
  shown: ['{shown} of {all} {all|node|nodes}', '{shown} / {all} 个节点'],
  slots_of_node: ['{used} of {all} slots of {node} are used', '{node} 已用 {used} / {all} 个并发槽'],
  last_heartbeat: ['Heartbeat', '心跳'],
  machine: ['Machine', '机器'],
  load_of_machine: ['CPU {cpu} %, memory {memory} %', 'CPU {cpu} %，内存 {memory} %'],
  none: [
    'No nodes yet. A node appears here with its first heartbeat.',
    '尚未收到任何节点的心跳。节点发出第一个心跳后即显示在此。',
  ],
  no_match: ['No node matches.', '没有符合条件的节点。'],
  all_nodes: ['Show all nodes', '显示所有节点'],
});

export const title = () => t('title');

/** The scanner nodes as tiles: how they stand, how busy they are, when they were heard last. */
export default function NodesPage() {
  const nodes = useData(readNodes, { key: 'nodes', every: 2_000 });
  return (
    <>
      <h1>{t('title')}</h1>
      <Loaded data={nodes}>{(all) => (all.length === 0 ? <Empty>{t('none')}</Empty> : <Tiles nodes={all} />)}</Loaded>
    </>
  );
}

function Tiles({ nodes }: { nodes: readonly Node[] }) {
  const standing = query.value.get('state') ?? undefined;
  const pool = query.value.get('pool') ?? undefined;
  const sort = NODE_SORTS.find((name) => name === query.value.get('sort')) ?? NODE_SORTS[0];
  const standings = toStandings(nodes, serverNow.value);
  const shown = chooseNodes(standings, { ...(standing && { standing }), ...(pool && { pool }), sort });
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
        <SelectFilter
          name="sort"
          label={t('sort')}
          options={Object.fromEntries(NODE_SORTS.map((name) => [name, t(name)]))}
        />
        <span class="weak filters-count">{t('shown', { shown: shown.length, all: nodes.length })}</span>
      </search>
      {shown.length === 0 && (
        <Empty>
          {t('no_match')} <a href={withQuery({ state: undefined, pool: undefined })}>{t('all_nodes')}</a>
        </Empty>
      )}
      <ul class="tiles live">
        {shown.map((each) => (
          <Tile key={each.node.node_id} {...each} />
        ))}
      </ul>
    </>
  );
}

function Tile({ node, standing }: Standing) {
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

/** Nodes that a page shows at most. */
const MOST = 5_000;

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

const toNodePath = (nodeId: string): string => `/nodes/${encodeURIComponent(nodeId)}`;

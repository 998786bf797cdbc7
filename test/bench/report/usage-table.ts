import type { Table } from './table';

/** What each process used. Memory is that of services and nodes: `rss_mb` has no other. */
export const toUsageTable = (
  { cores, rss_mb }: { cores: Record<string, number>; rss_mb: Record<string, number> },
  coresOf = 'cores',
): Table => ({
  head: ['process', coresOf, 'highest memory, MB', 'aim, MB'],
  rows: Object.entries(cores).map(([name, used]) => [
    name,
    String(used),
    ...(name in rss_mb ? [String(rss_mb[name]), '≤ 200'] : []),
  ]),
});

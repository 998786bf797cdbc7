/** Reads the inventory, in the order of addresses, and its changes, in the order of their numbers. */
import type {
  ChangePage,
  FoundService,
  Host,
  InventoryChange,
  ListChangesQuery,
  ListHostsQuery,
  ListServicesQuery,
  Page,
  Webhook,
} from '@cyberstroll/contracts';
import { findKeyRange, type KeyRange, toAddressKey } from '@cyberstroll/targets';
import type { mongo } from 'mongoose';
import type { Database } from '../mongodb/models/database';
import type { HostChangeDocument, HostDocument } from '../mongodb/models/documents';
import { indexFirst } from '../mongodb/queries/index-first';
import { PAGE_BATCH } from '../mongodb/queries/take-page';
import { toHostTest, toServiceTest } from './host-filter';

/** `within`: only addresses in one of these ranges. */
type Within = { within?: readonly KeyRange[] | undefined };

/** What a webhook asks for, too. */
export type ChangeFilter = Pick<Webhook, 'kind' | 'target' | 'ports' | 'severity' | 'label'> & Within;
type ChangeQuery = ChangeFilter & Pick<ListChangesQuery, 'from' | 'limit'>;

/** After this long a page ends with what it has. */
const PAGE_WITHIN_MS = 4_000;

export function createHostRepository(db: Database) {
  /** `after`: the key of an address. It comes again where a page ended in the middle of its services. */
  function find(query: Pick<ListHostsQuery, 'target' | 'port' | 'label'> & Within, first?: object) {
    const { target, within, port, label } = query;
    const range = target === undefined ? undefined : (findKeyRange(target) ?? NO);
    return db.hosts
      .find<HostDocument>(
        indexFirst(
          { ...(port !== undefined && { 'services.port': port }), ...first },
          range ? toKeys(range) : {},
          within ? { $or: within.map(toKeys) } : {},
          label === undefined ? {} : { labels: label },
        ),
      )
      .sort({ _id: 1 })
      .batchSize(PAGE_BATCH);
  }

  return {
    /** Undefined if nothing was ever found on the address. */
    async findOne(ip: string, within?: readonly KeyRange[]): Promise<Host | undefined> {
      const key = toAddressKey(ip);
      if (within && !within.some(({ first, last }) => first <= key && key <= last)) return undefined;
      const found = await db.hosts.findOne({ _id: key });
      return found ? toHost(found) : undefined;
    },

    /** A page ends early after four seconds. */
    async findPage({ limit, cursor, ...query }: ListHostsQuery & Within): Promise<Page<Host>> {
      const isAsked = toHostTest(query);
      const severity = query.severity ? { 'findings.severity': { $in: query.severity } } : {};
      const found = find(query, { ...severity, ...(cursor !== undefined && { _id: { $gt: cursor } }) });
      return read(found, limit, (host, put) => !isAsked(host) || put(toHost(host), host._id));
    },

    /** A page ends early after four seconds. */
    async findServices({ limit, cursor, ...query }: ListServicesQuery & Within): Promise<Page<FoundService>> {
      const isAsked = toServiceTest(query);
      const [after, place] = splitCursor(cursor);
      const found = find(query, after === undefined ? {} : { _id: { $gte: after } });
      return read(found, limit, (host, put) =>
        host.services
          .filter((service) => isAsked(service) && (host._id !== after || isBeyond(service, place)))
          .every((service) => put({ ip: host.ip, ...service }, `${host._id}-${service.port}-${service.protocol}`)),
      );
    },

    /** Reads for four seconds at most. */
    async findChanges({ from = '0', limit, ...query }: ChangeQuery): Promise<ChangePage> {
      const isAsked = toChangeTest(query);
      const items: InventoryChange[] = [];
      let next = from;
      const giveUp = performance.now() + PAGE_WITHIN_MS;
      // A change that a failover may take back is not read: another would get its number.
      const found = db.hostChanges
        .find({ _id: { $gt: Number(from) } }, { readConcern: 'majority' })
        .sort({ _id: 1 })
        .batchSize(PAGE_BATCH);
      for await (const { _id: change, address_key, ...rest } of found) {
        if (items.length === limit || performance.now() > giveUp) return { items, next, is_complete: false };
        if (isAsked({ address_key, ...rest })) items.push({ change, ...rest });
        next = String(change);
      }
      return { items, next, is_complete: true };
    },

    /** The number of the last change; 0 before the first one. */
    async findLastChange(): Promise<number> {
      const options = { sort: { _id: -1 }, projection: { _id: 1 }, readConcern: 'majority' } as const;
      return (await db.hostChanges.findOne({}, options))?._id ?? 0;
    },
  };
}

const NO: KeyRange = { first: '7', last: '4' };
const toKeys = ({ first, last }: KeyRange) => ({ _id: { $gte: first, $lte: last } });

type Put<Item> = (item: Item, cursor: string) => boolean;

/**
 * A page of what `take` puts in it. `take` is called with each host, and returns false where the page is full. The
 * cursor is the last one that was put, or that of the last host that was looked at.
 */
async function read<Item>(
  found: mongo.FindCursor<HostDocument>,
  limit: number,
  take: (host: HostDocument, put: Put<Item>) => boolean,
): Promise<Page<Item>> {
  const items: Item[] = [];
  let next_cursor: string | undefined;
  const giveUp = performance.now() + PAGE_WITHIN_MS;
  const put: Put<Item> = (item, cursor) => {
    if (items.length === limit) return false;
    items.push(item);
    next_cursor = cursor;
    return true;
  };
  for await (const host of found) {
    if (next_cursor !== undefined && performance.now() > giveUp) return { items, next_cursor };
    if (!take(host, put)) return { items, next_cursor: next_cursor! };
  }
  return { items };
}

type Place = Pick<FoundService, 'port' | 'protocol'>;

function splitCursor(cursor: string | undefined): [after?: string, place?: Place] {
  const [after, port, protocol] = cursor?.split('-') ?? [];
  return after === undefined ? [] : [after, { port: Number(port), protocol: protocol as Place['protocol'] }];
}

const isBeyond = (service: Place, place: Place | undefined): boolean =>
  !place || service.port > place.port || (service.port === place.port && service.protocol > place.protocol);

/** As its readers see it. */
function toHost({ _id, findings, ...host }: HostDocument): Host {
  return { ...host, findings: findings.map(({ scan_key, ...finding }) => finding) };
}

function toChangeTest({ target, within, kind, ports, severity, label }: ChangeFilter) {
  const range = target === undefined ? undefined : (findKeyRange(target) ?? NO);
  const isIn = ({ first, last }: KeyRange, key: string) => first <= key && key <= last;
  return (change: Omit<HostChangeDocument, '_id'>): boolean =>
    (!range || isIn(range, change.address_key)) &&
    (!within || within.some((each) => isIn(each, change.address_key))) &&
    (!kind || kind.includes(change.kind)) &&
    (!ports || (change.port !== undefined && ports.includes(change.port))) &&
    (!severity || (change.severity !== undefined && severity.includes(change.severity))) &&
    (label === undefined || change.labels?.includes(label) === true);
}

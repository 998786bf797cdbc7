import * as z from 'zod';
import { operationsOf, pageOf } from '../operation';
import {
  changePageSchema,
  hostFindingSchema,
  hostSchema,
  hostServiceSchema,
  INVENTORY_CHANGE_DAYS,
  inventoryChangeSchema,
  listChangesQuerySchema,
  listHostsQuerySchema,
  listServicesQuerySchema,
  serviceViewSchema,
  streamChangesQuerySchema,
} from './host';

const PAGES =
  'In the order of addresses. A page that is not full after 4 seconds is short, perhaps empty, and has a `next_cursor`.';

/** The operations of the tag `inventory`. */
export const HOST_OPERATIONS = operationsOf('inventory', {
  listHosts: {
    route: 'GET /api/hosts',
    summary: 'Find hosts by what is open on them now, or was',
    description: `With several filters of services, one service matches them all. ${PAGES}`,
    role: 'viewer',
    networks: 'filtered',
    query: listHostsQuerySchema,
    answers: { 200: { when: 'Hosts that match every filter', body: pageOf(hostSchema) } },
  },
  getHost: {
    route: 'GET /api/hosts/{ip}',
    summary: 'See what is open on one host, and what was',
    role: 'viewer',
    networks: 'filtered',
    answers: { 200: { when: 'The host', body: hostSchema } },
    problems: ['host_not_found'],
  },
  listServices: {
    route: 'GET /api/services',
    summary: 'List the services of all hosts, one by one',
    description: PAGES,
    role: 'viewer',
    networks: 'filtered',
    query: listServicesQuerySchema,
    answers: { 200: { when: 'Services that match every filter', body: pageOf(serviceViewSchema) } },
  },
  listChanges: {
    route: 'GET /api/changes',
    summary: 'List what changed on hosts: ports that opened or closed, findings that came or went',
    description:
      `Each change has a number, and is kept for ${INVENTORY_CHANGE_DAYS} days. To follow them, ask again with \`from\` as ` +
      '`next` says: nothing is left out or comes twice.',
    role: 'viewer',
    networks: 'filtered',
    query: listChangesQuerySchema,
    answers: { 200: { when: 'Changes that match every filter, the oldest first', body: changePageSchema } },
  },
  streamChanges: {
    route: 'GET /api/changes/events',
    summary: 'Follow the changes on hosts by server-sent events',
    description:
      'For `curl -N`. `change`: each change that matches every filter, in the order of their numbers, about a second ' +
      'after the inventory has it. A comment each 15 seconds shows that the stream is alive. The id of an event is the ' +
      'number of its change: a stream that ends is continued by a request with the `Last-Event-ID`, and nothing is left ' +
      'out or comes twice.',
    role: 'viewer',
    networks: 'filtered',
    query: streamChangesQuerySchema,
    answers: { 200: { when: 'Events until the client goes', body: z.string() } },
    events: { change: inventoryChangeSchema },
    problems: ['too_many_connections'],
  },
});

/** Their answers, by the names that generators of clients give to the types. */
export const HOST_ANSWERS = {
  Host: hostSchema,
  HostPage: pageOf(hostSchema),
  HostService: hostServiceSchema,
  HostFinding: hostFindingSchema,
  Service: serviceViewSchema,
  ServicePage: pageOf(serviceViewSchema),
  InventoryChange: inventoryChangeSchema,
  ChangePage: changePageSchema,
};

import { createFacets } from './count-facets';

const RESULTS = [
  { ip: '10.0.0.1', open_ports: [22, 80, 443], services: ['22/tcp ssh OpenSSH_9.6', '80/tcp http', '443/tcp http'] },
  { ip: '10.0.0.2', open_ports: [22, 80], services: ['22/tcp ssh dropbear', '80/tcp http-proxy'] },
  // Another task has found the same host, and its node named a port twice.
  { ip: '10.0.0.2', open_ports: [22, 8080, 22], services: ['22/tcp telnet'] },
];
function count(filter: { port?: number; service?: string } = {}, maxServices?: number) {
  const facets = createFacets(filter, maxServices);
  for (const result of RESULTS) facets.add(result);
  return facets.toAnswer(3, true);
}

it('counts each result once by port and by service, each address once, the most results first', () => {
  expect(count()).toEqual({
    results: 3,
    hosts: 2,
    is_complete: true,
    ports: [
      { port: 22, results: 3 },
      { port: 80, results: 2 },
      { port: 443, results: 1 },
    ],
    services: [
      { service: 'ssh', results: 2 },
      { service: '', results: 1 },
      { service: 'http', results: 1 },
    ],
  });
});

it('of the ports only those that match are counted', () => {
  expect(count({ port: 22 })).toMatchObject({
    ports: [{ port: 22, results: 3 }],
    services: [
      { service: 'ssh', results: 2 },
      { service: 'telnet', results: 1 },
    ],
  });
  expect(count({ service: 'HTTP', port: 80 })).toMatchObject({
    ports: [{ port: 80, results: 2 }],
    services: [
      { service: 'http', results: 1 },
      { service: 'http-proxy', results: 1 },
    ],
  });
});

it('is not complete with more names of services than it holds', () => {
  expect(count({}, 2)).toMatchObject({ is_complete: false, services: [{ service: 'ssh' }, { service: 'http' }] });
});

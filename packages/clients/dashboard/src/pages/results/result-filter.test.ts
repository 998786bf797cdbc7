import { readResultFilter, toExportName, toResultQuery } from './result-filter';

const address = new URLSearchParams('port=22&service=&target=10.0.0.0/8&label=night+shift&cursor=4a-b&tab=results&x=1');

it('the address has the filters by their names in the API, and nothing else goes there', () => {
  const filter = { port: '22', target: '10.0.0.0/8', label: 'night shift' };
  expect(readResultFilter(address)).toEqual(filter);
  expect(readResultFilter(address, ['port', 'service'])).toEqual({ port: '22' });
  expect(toResultQuery(filter, address)).toEqual({ ...filter, cursor: '4a-b' });
  expect(toResultQuery({}, new URLSearchParams('sort=address'))).toEqual({ sort: 'address' });
});

it('a file is named by what it has', () => {
  expect([{}, { port: '22', label: 'prod' }, { after: '2026-01-01' }].map(toExportName)).toEqual([
    'results',
    'results-port22-prod',
    'results-after-2026-01-01',
  ]);
});

import { loadConfig, mongodbConfigShape } from './config';
import { findBrokenPromises } from './mongodb-options';

const uri = (options: string) => `mongodb://user:hidden@one,two/db?${options}`;
const namesIn = (options: string) => findBrokenPromises(uri(options)).map(({ name }) => name);

it.each([
  'readPreference=secondaryPreferred',
  'readPreference=hidden',
  'readPreferenceTags=dc:a',
  'maxStalenessSeconds=120',
  'readConcernLevel=available',
  'readConcernLevel=linearizable',
  'readConcernLevel=snapshot',
  'retryWrites=false',
  'w=0',
  'w=1',
  'w=2',
  'w=hidden',
  'journal=false',
  'j=false',
  'fsync=false',
  // MongoDB does not look at the case of a name.
  'READPREFERENCE=nearest',
])('%s breaks a promise', (option) => {
  expect(namesIn(`replicaSet=rs&${option}`)).toEqual([option.split('=')[0]]);
});

it.each([
  'readPreference=primary&retryWrites=true&w=majority&journal=true',
  'readConcernLevel=local',
  'readConcernLevel=majority',
  'replicaSet=rs&tls=true&authSource=admin&appName=w=1&compressors=zstd',
])('%s breaks none', (options) => {
  expect(namesIn(options)).toEqual([]);
});

it('a service does not start with them: one error names each and what to write instead, and shows no value', () => {
  const start = () =>
    loadConfig(mongodbConfigShape, { MONGODB_URI: uri('readPreference=hidden&retryWrites=hidden&w=1') });
  expect(start).toThrow(
    /MONGODB_URI: readPreference: write primary or remove it.*; MONGODB_URI: retryWrites: .*; MONGODB_URI: w: /,
  );
  expect(start).not.toThrow(/hidden/);
});

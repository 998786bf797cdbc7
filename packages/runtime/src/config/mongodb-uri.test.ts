import { loadConfig, mongodbConfigShape } from './config';
import { findBrokenPromises } from './mongodb-uri';

const load = (text: string) => loadConfig(mongodbConfigShape, { MONGODB_URI: text }).MONGODB_URI;

it.each([
  'mongodb://one',
  'mongodb://u:p@one:27017,two:27017,[::1]:27017/db?replicaSet=rs&tls=true',
  'mongodb+srv://u:p@cluster.example/db',
  'mongodb://%2Ftmp%2Fmongodb-27017.sock/db',
  'mongodb://CN=client,OU=scans@one/db?authMechanism=MONGODB-X509&tls=true&tlsCertificateKeyFile=/etc/client.pem',
  'mongodb+srv://cluster.example/db?authMechanism=MONGODB-AWS&authSource=$external',
])('takes %s', (text) => {
  expect(load(text)).toBe(text);
});

it.each([
  ['u:hidden@mongodb', 'the value does not'],
  ['http://u:hidden@one', 'the value does not'],
  ['mongodb://u:hid/den@one,two/db', 'the value does not'],
  ['mongodb://u:hid den@one', 'the value does not'],
  ['mongodb://u:hid@den@one', 'the value does not'],
  ['mongodb://u:hidden@', 'the value does not'],
  ['mongodb://u:hid:den@one', 'its password has a : [ or ] that is not percent-encoded'],
  ['mongodb://u:hid[den@one', 'its password has a : [ or ] that is not percent-encoded'],
  ['mongodb://u:hidden%@one', 'its password has a % that does not begin percent-encoded UTF-8'],
  ['mongodb://u:hidden%FF@one', 'its password has a % that does not begin percent-encoded UTF-8'],
  ['mongodb://:hidden@one', 'it has an @ without a user before it'],
  ['mongodb://u:hidden@one:port,two/db', 'its host 1 of 2 is not host or host:port'],
  ['mongodb://u:hidden@one,,two/db', 'its host 2 of 3 is not host or host:port'],
  ['mongodb+srv://u:hidden@one,two/db', 'mongodb+srv:// takes one host without a port: the SRV record has the rest'],
  ['mongodb+srv://u:hidden@one:27017/db', 'mongodb+srv:// takes one host without a port: the SRV record has the rest'],
])('refuses %s: %s', (text, fault) => {
  expect(() => load(text)).toThrow(
    /^the configuration is not valid: MONGODB_URI: must have the form mongodb:.*%40.*; /,
  );
  expect(() => load(text)).toThrow(`; ${fault}`);
  expect(() => load(text)).not.toThrow(/hid/);
});

const uri = (options: string) => `mongodb://user:hidden@one,two/db?${options}`;
const namesIn = (options: string) => findBrokenPromises(uri(options)).map(({ name }) => name);

it.each([
  'readPreference=secondaryPreferred',
  'readPreference=hidden',
  'readPreferenceTags=dc:a',
  'maxStalenessSeconds=120',
  'readConcernLevel=local',
  'readConcernLevel=majority',
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

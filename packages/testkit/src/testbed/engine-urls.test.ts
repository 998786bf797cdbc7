import { withDatabase, withVhost } from './engine-urls';

describe('withDatabase', () => {
  it.each([
    ['mongodb://127.0.0.1:1', 'mongodb://127.0.0.1:1/db'],
    ['mongodb://127.0.0.1:1/', 'mongodb://127.0.0.1:1/db'],
    ['mongodb://127.0.0.1:1/?directConnection=true', 'mongodb://127.0.0.1:1/db?directConnection=true'],
    ['mongodb://u:p@a:1,b:2/old?replicaSet=rs', 'mongodb://u:p@a:1,b:2/db?replicaSet=rs'],
  ])('puts the database into %s', (uri, expected) => {
    expect(withDatabase(uri, 'db')).toBe(expected);
  });
});

describe('withVhost', () => {
  it('replaces the vhost and escapes it', () => {
    expect(withVhost('amqp://u:p@127.0.0.1:5/old', 'a/b')).toBe('amqp://u:p@127.0.0.1:5/a%2Fb');
    expect(withVhost('amqp://u:p@one:5,two?heartbeat=5', 'v')).toBe('amqp://u:p@one:5,two/v?heartbeat=5');
  });
});

import { loadConfig, tlsConfigShape, toTls } from '@cyberstroll/runtime';
import { createCertificates } from '@cyberstroll/testkit';

const load = (env: NodeJS.ProcessEnv) => toTls(loadConfig(tlsConfigShape, env));

it('gives the settings that are set, and no others', async () => {
  const { ca, cert, key } = await createCertificates();
  expect(load({})).toEqual({});
  expect(load({ TLS_CA: ca })).toEqual({ ca });
  expect(load({ TLS_CA: ca, TLS_CERT: cert, TLS_KEY: key })).toEqual({ ca, cert, key });
});

it('names every variable that holds no PEM text, and shows no value', () => {
  expect(() => load({ TLS_CA: 'hidden', TLS_CERT: 'hidden', TLS_KEY: 'hidden' })).toThrow(
    /^(?!.*hidden).*TLS_CA: .*TLS_CERT: .*TLS_KEY: /,
  );
});

it('refuses a certificate without its own key', async () => {
  const [one, other] = [await createCertificates(), await createCertificates()];
  expect(() => load({ TLS_CERT: one.cert })).toThrow(/TLS_CERT and TLS_KEY/);
  expect(() => load({ TLS_CERT: one.cert, TLS_KEY: other.key })).toThrow(/TLS_CERT and TLS_KEY/);
});

import { createOpenApi } from '@cyberstroll/contracts';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

const get = (path: string) => fetch(`http://127.0.0.1:${fixture.service.port()}${path}`);

describe('the description of the API, without an API key', () => {
  it('/openapi.json is the document of the contracts', async () => {
    const response = await get('/openapi.json');
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await response.json()).toEqual(createOpenApi('0.1.0'));
  });

  it('/docs is a page that loads only what the service has', async () => {
    const page = await get('/docs');
    const text = await page.text();
    const loaded = [...text.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, url]) => url!);
    expect(loaded).toHaveLength(3);
    for (const url of loaded) {
      expect(url).not.toMatch(/^https?:|^\/\//);
      expect([url, (await get(`/${url}`)).status]).toEqual([url, 200]);
    }
    const policy = page.headers.get('content-security-policy');
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('upgrade-insecure-requests');
  });
});
